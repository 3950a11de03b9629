import type { IncomingMessage, ServerResponse } from 'node:http'
import { IpxeScript } from '@bootcast/netboot'
import { type BootJournal, noJournal } from './boot-journal.ts'
import type { BootPlan } from './boot-plan.ts'
import { bootScript } from './boot-script.ts'
import type { BootSource, ServedFile } from './boot-source.ts'
import { Counters } from './counters.ts'
import { diskReportFrom } from './disk-report.ts'
import type { FileSender } from './http/file-sender.ts'
import { type Served, type ServeFileOptions, serveFile } from './http/serve-file.ts'
import { type AskedFile, clientOf, fileNotes, noteOfAsking, noteOfPlan } from './journal-notes.ts'
import type { LoaderShelf } from './loader-shelf.ts'
import { type BootLog, tame } from './log.ts'
import type { MachineFacts } from './machine.ts'
import { machineFromQuery } from './machine-query.ts'
import { askAgain, firstScript } from './methods/first.ts'
import { rareWarnings } from './rare-warnings.ts'

export type HttpBootSettings = {
  readonly source: BootSource
  readonly shelf: LoaderShelf
  readonly sender: FileSender
  /** Where machines reach this HTTP listener when they came in at `address`; no slash at the end. */
  readonly baseUrl: (address: string) => string
  readonly log: BootLog
  /** Absent: nobody keeps timelines. */
  readonly journal?: BootJournal
}

export type HttpBoot = {
  /** Answers the paths of boot, GET and HEAD. False: not one of them, nothing was done. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Requests since the start. */
  counters(): Readonly<Record<string, number>>
}

/**
 * The HTTP side of booting: `/boot.ipxe`, `/autoexec.ipxe`, `/files/<64 hex>/<name>`, `/trees/<64 hex>/<path>`,
 * `/loaders/<name>`.
 * For UEFI HTTP Boot as EDK2 does it: HEAD with the same Content-Length as GET, no redirects, no chunked bodies.
 */
export function createHttpBoot(settings: HttpBootSettings): HttpBoot {
  const counters = new Counters()
  const levelOf = rareWarnings()
  return {
    handle(request, response) {
      const url = request.url ?? ''
      const [path = ''] = url.split('?', 1)
      const search = url.slice(path.length + 1)
      const route = routes.find(({ pattern }) => pattern.test(path))
      if (route === undefined) return false
      const { journal = noJournal } = settings
      const context = { settings, counters, levelOf, journal, request, response, search }
      const parts = route.pattern.exec(path)?.slice(1) ?? []
      counters.add(`http.${route.name}`)
      answer(route, context, parts).catch((error: unknown) => failed(context, path, error))
      return true
    },
    counters: () => counters.all(),
  }
}

type Context = {
  readonly settings: HttpBootSettings
  readonly counters: Counters
  readonly levelOf: ReturnType<typeof rareWarnings>
  readonly journal: BootJournal
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly search: string
}
type Route = {
  readonly name: string
  readonly pattern: RegExp
  readonly answer: (context: Context, parts: readonly string[]) => Promise<void>
}

const routes: readonly Route[] = [
  { name: 'script', pattern: /^\/boot\.ipxe$/, answer: bootIpxe },
  // iPXE looks beside the loader first, then in the root (src/interface/efi/efi_autoexec.c).
  { name: 'autoexec', pattern: /^\/(?:loaders\/)?autoexec\.ipxe$/, answer: autoexec },
  { name: 'file', pattern: /^\/files\/([0-9a-f]{64})\/([^/]+)$/, answer: releaseFile },
  { name: 'tree', pattern: /^\/trees\/([0-9a-f]{64})\/(.+)$/, answer: treeFile },
  { name: 'report', pattern: /^\/report$/, answer: diskReport },
  { name: 'loader', pattern: /^\/loaders\/([^/]+)$/, answer: loader },
]

async function answer(route: Route, context: Context, parts: readonly string[]): Promise<void> {
  const { method } = context.request
  if (method === 'GET' || method === 'HEAD') return route.answer(context, parts)
  context.response.setHeader('allow', 'GET, HEAD')
  sendText(context, 405, 'Only GET and HEAD work here.\n')
}

async function autoexec(context: Context): Promise<void> {
  const { journal, request } = context
  if (request.method === 'GET') journal.note({ kind: 'first-script', ...clientOf(request) })
  sendScript(context, firstScript(baseUrlOf(context)))
}

async function bootIpxe(context: Context): Promise<void> {
  const machine = machineFromQuery(context.search)
  const { log } = context.settings
  if (machine === 'none') return autoexec(context)
  if ('refused' in machine) {
    log(context.levelOf(machine.refused), 'a boot script was asked for in a way that names no machine', {
      reason: machine.refused,
    })
    return sendText(context, 400, `${machine.refused}\n`)
  }
  context.journal.note(noteOfAsking(machine, context.request))
  sendScript(context, await scriptFor(context, machine))
}

/** A machine that asks always gets a script: what went wrong must stand on its screen, and it must ask again. */
async function scriptFor(context: Context, machine: MachineFacts): Promise<IpxeScript> {
  const { settings, counters, journal } = context
  const base = baseUrlOf(context)
  try {
    const plan = await settings.source.planFor(machine)
    const script = bootScript(plan, base)
    counters.add(`plan.${plan.method}`)
    journal.note(noteOfPlan(machine.mac, plan))
    const { mac } = machine
    settings.log('info', 'a machine was told what to boot', { mac, method: plan.method, ...whatOf(plan) })
    return script
  } catch (error) {
    counters.add('plan.failed')
    const { mac } = machine
    const reason = reasonOf(error)
    journal.note({ kind: 'trouble', mac, where: 'script', reason })
    settings.log('error', 'no boot script could be made for a machine', { mac, reason })
    const script = new IpxeScript()
      .echo('Bootcast: the platform cannot answer now; its log says why')
      .echo('Bootcast: this machine is', machine.mac, `and asks again in ${retrySeconds} s`)
    return askAgain(script, base, retrySeconds)
  }
}

const retrySeconds = 10

function whatOf(plan: BootPlan): { readonly title: string } | { readonly reason: string } {
  return 'title' in plan ? { title: plan.title } : { reason: plan.reason }
}

async function releaseFile(context: Context, [hex = '', raw = '']: readonly string[]): Promise<void> {
  const { settings, request, response } = context
  const digest = `sha256:${hex}`
  const asked: AskedFile = { what: 'file', name: decoded(raw) ?? raw, digest }
  const file = await settings.source.openFile(digest)
  if (file === undefined) return noSuchFile(context, asked, 'No published release has this file.\n')
  if (file.elsewhere !== undefined && follows(request.headers['user-agent'])) {
    const location = await file.elsewhere()
    response.writeHead(302, { location, 'cache-control': 'no-store', 'content-length': 0 })
    response.end()
    settings.log('debug', 'a machine was sent to the store', { what: digest })
    context.journal.note(fileNotes(request, { ...asked, size: file.size }).answered(302))
    return
  }
  await serve(context, asked, digest, file)
}

/** iPXE (src/net/tcp/httpcore.c), curl as dracut calls it, and both wgets follow a 302. */
const follows = (agent = '') => /^(iPXE|curl|Wget)\b/.test(agent)

async function treeFile(context: Context, [hex = '', raw = '']: readonly string[]): Promise<void> {
  const { settings } = context
  const path = decoded(raw)
  const digest = `sha256:${hex}`
  const asked: AskedFile = { what: 'tree', name: path ?? raw, digest }
  const file = path === undefined ? undefined : await settings.source.openTreeFile?.(digest, path)
  if (file === undefined) return noSuchFile(context, asked, 'No published release has this file.\n')
  await serve(context, asked, tame(`${hex.slice(0, 12)}/${path}`), file)
}

function noSuchFile(context: Context, asked: AskedFile, text: string): void {
  context.journal.note(fileNotes(context.request, asked).answered(404))
  sendText(context, 404, text)
}

async function serve(
  context: Context,
  asked: AskedFile,
  what: string,
  file: ServedFile,
  options?: ServeFileOptions,
): Promise<void> {
  const { settings, journal, request, response } = context
  const notes = fileNotes(request, { ...asked, size: file.size })
  if (request.method === 'GET') journal.note(notes.begins())
  const sent = await serveFile(request, response, file, settings.sender, options)
  journal.note(notes.sent(sent))
  logSent(context, what, sent)
}

async function diskReport(context: Context): Promise<void> {
  const report = diskReportFrom(context.search)
  if (report === undefined) return sendText(context, 400, 'This is no report of a machine.\n')
  context.settings.log('info', 'a machine reports on its disk', report)
  context.journal.note({ kind: 'disk-report', ...report })
  await context.settings.source.reported?.(report)
  sendText(context, 200, 'ok\n')
}

/** Installers put slashes together as they like: `//` is one. */
function decoded(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw)
      .replace(/\/{2,}/g, '/')
      .replace(/^\//, '')
  } catch {
    return undefined
  }
}

async function loader(context: Context, [name = '']: readonly string[]): Promise<void> {
  const file = context.settings.shelf.serve(name)
  const asked: AskedFile = { what: 'loader', name }
  if (file === undefined) return noSuchFile(context, asked, 'There is no boot loader of this name here.\n')
  // The bytes behind a name change when a loader is imported again.
  await serve(context, asked, name, file, { cacheControl: 'no-cache' })
}

function logSent({ settings, counters, request }: Context, what: string, sent: Served): void {
  if (!sent.completed) counters.add('http.cut-off')
  if (request.method === 'HEAD') return
  const { status, bytes, ms, end } = sent
  const fields = { what, client: request.socket.remoteAddress, status, bytes, ms: Math.round(ms), end }
  settings.log(
    sent.completed ? 'debug' : 'warn',
    sent.completed ? 'a file was sent' : 'a file was cut off',
    fields,
  )
}

/** The store is broken, or we are: 503, so that iPXE says so and its script tries again. */
function failed(context: Context, path: string, error: unknown): void {
  context.counters.add('http.failed')
  const reason = reasonOf(error)
  context.journal.note({ kind: 'trouble', ...clientOf(context.request), where: 'file', reason })
  context.settings.log('error', 'a boot request failed', { path: tame(path), reason })
  if (context.response.headersSent) context.response.destroy()
  else sendText(context, 503, 'The platform cannot read this now; its log says why.\n')
}

function sendScript(context: Context, script: IpxeScript): void {
  send(context, 200, 'text/plain; charset=us-ascii', script.toString())
}

function sendText(context: Context, status: number, text: string): void {
  send(context, status, 'text/plain; charset=utf-8', text)
}

function send({ request, response }: Context, status: number, type: string, text: string): void {
  const body = Buffer.from(text)
  response.writeHead(status, {
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'no-store',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function baseUrlOf({ settings, request }: Context): string {
  return settings.baseUrl((request.socket.localAddress ?? '127.0.0.1').replace(/^::ffff:/, ''))
}

function reasonOf(error: unknown): string {
  return tame(error instanceof Error ? error.message : String(error), 300)
}
