import type { IncomingMessage, ServerResponse } from 'node:http'
import { IpxeScript } from '@bootcast/netboot'
import type { BootPlan } from './boot-plan.ts'
import { bootScript } from './boot-script.ts'
import type { BootSource } from './boot-source.ts'
import { Counters } from './counters.ts'
import { diskReportFrom } from './disk-report.ts'
import { grubFile } from './grub/grub-files.ts'
import { HeldAnswers } from './grub/held-answers.ts'
import type { FileSender } from './http/file-sender.ts'
import { type Served, serveFile } from './http/serve-file.ts'
import type { LoaderShelf } from './loader-shelf.ts'
import { type BootLog, tame } from './log.ts'
import type { MachineFacts } from './machine.ts'
import { type Answering, answerMachine } from './machine-answer.ts'
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
}

export type HttpBoot = {
  /** Answers the paths of boot, GET and HEAD. False: not one of them, nothing was done. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Requests since the start. */
  counters(): Readonly<Record<string, number>>
}

/**
 * The HTTP side of booting: `/boot.ipxe`, `/autoexec.ipxe`, `/files/<64 hex>/<name>`, `/trees/<64 hex>/<path>`,
 * `/loaders/<name>`, `/grub/…`.
 * For UEFI HTTP Boot as EDK2 does it: HEAD with the same Content-Length as GET, no redirects, no chunked bodies.
 */
export function createHttpBoot(settings: HttpBootSettings): HttpBoot {
  const counters = new Counters()
  const levelOf = rareWarnings()
  const held = new HeldAnswers()
  return {
    handle(request, response) {
      const url = request.url ?? ''
      const [path = ''] = url.split('?', 1)
      const search = url.slice(path.length + 1)
      const route = routes.find(({ pattern }) => pattern.test(path))
      if (route === undefined) return false
      const context = { settings, counters, levelOf, held, request, response, search }
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
  readonly held: HeldAnswers
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
  { name: 'file', pattern: /^\/files\/([0-9a-f]{64})\/[^/]+$/, answer: releaseFile },
  { name: 'tree', pattern: /^\/trees\/([0-9a-f]{64})\/(.+)$/, answer: treeFile },
  { name: 'grub', pattern: /^\/grub\/(.+)$/, answer: grub },
  { name: 'report', pattern: /^\/report$/, answer: diskReport },
  // shim puts two slashes before the name of what it loads.
  { name: 'loader', pattern: /^\/loaders\/+([^/]+)$/, answer: loader },
]

async function answer(route: Route, context: Context, parts: readonly string[]): Promise<void> {
  const { method } = context.request
  if (method === 'GET' || method === 'HEAD') return route.answer(context, parts)
  context.response.setHeader('allow', 'GET, HEAD')
  sendText(context, 405, 'Only GET and HEAD work here.\n')
}

async function autoexec(context: Context): Promise<void> {
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
  sendScript(context, await scriptFor(context, machine))
}

function scriptFor(context: Context, machine: MachineFacts): Promise<IpxeScript> {
  const base = baseUrlOf(context)
  const say = (plan: BootPlan) => bootScript(plan, base)
  const sorry = (seconds: number) => {
    const script = new IpxeScript()
      .echo('Bootcast: the platform cannot answer now; its log says why')
      .echo('Bootcast: this machine is', machine.mac, `and asks again in ${seconds} s`)
    return askAgain(script, base, seconds)
  }
  return answerMachine(machine, { say, sorry }, answeringOf(context))
}

function answeringOf({ settings, counters }: Context): Answering {
  return { ...settings, counters }
}

/** GRUB asks by HEAD for the size, and then by GET for so many bytes: both get one answer. */
async function grub(context: Context, [path = '']: readonly string[]): Promise<void> {
  const { request, search, held } = context
  const client = addressOf(request.socket.remoteAddress)
  const question = `${client} ${request.url}`
  const text =
    held.take(question) ??
    (await grubFile({ path, search, client, baseUrl: baseUrlOf(context) }, answeringOf(context)))
  if (text === undefined) return sendText(context, 404, 'There is no such file for GRUB here.\n')
  if (request.method === 'HEAD') held.hold(question, text)
  send(context, 200, 'text/plain; charset=us-ascii', text)
}

async function releaseFile(context: Context, [hex = '']: readonly string[]): Promise<void> {
  const { settings, request, response } = context
  const file = await settings.source.openFile(`sha256:${hex}`)
  if (file === undefined) return sendText(context, 404, 'No published release has this file.\n')
  if (file.elsewhere !== undefined && follows(request.headers['user-agent'])) {
    const location = await file.elsewhere()
    response.writeHead(302, { location, 'cache-control': 'no-store', 'content-length': 0 })
    response.end()
    settings.log('debug', 'a machine was sent to the store', { what: `sha256:${hex}` })
    return
  }
  const sent = await serveFile(request, response, file, settings.sender)
  logSent(context, `sha256:${hex}`, sent)
}

/** iPXE (src/net/tcp/httpcore.c), curl as dracut calls it, and both wgets follow a 302. */
const follows = (agent = '') => /^(iPXE|curl|Wget)\b/.test(agent)

async function treeFile(context: Context, [hex = '', raw = '']: readonly string[]): Promise<void> {
  const { settings, request, response } = context
  const path = decoded(raw)
  const file = path === undefined ? undefined : await settings.source.openTreeFile?.(`sha256:${hex}`, path)
  if (file === undefined) return sendText(context, 404, 'No published release has this file.\n')
  logSent(
    context,
    tame(`${hex.slice(0, 12)}/${path}`),
    await serveFile(request, response, file, settings.sender),
  )
}

async function diskReport(context: Context): Promise<void> {
  const report = diskReportFrom(context.search)
  if (report === undefined) return sendText(context, 400, 'This is no report of a machine.\n')
  context.settings.log('info', 'a machine reports on its disk', report)
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
  const { settings, request, response } = context
  const file = settings.shelf.serve(name)
  if (file === undefined) return sendText(context, 404, 'There is no boot loader of this name here.\n')
  // The bytes behind a name change when a loader is imported again.
  const sent = await serveFile(request, response, file, settings.sender, { cacheControl: 'no-cache' })
  logSent(context, name, sent)
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
  context.settings.log('error', 'a boot request failed', { path: tame(path), reason: reasonOf(error) })
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
    // In these very letters, see http/serve-file.ts.
    'Content-Length': body.length,
    'cache-control': 'no-store',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function baseUrlOf({ settings, request }: Context): string {
  return settings.baseUrl(addressOf(request.socket.localAddress))
}

/** IPv4 as such, also where it came in at an IPv6 socket. */
function addressOf(address = '127.0.0.1'): string {
  return address.replace(/^::ffff:/, '')
}

function reasonOf(error: unknown): string {
  return tame(error instanceof Error ? error.message : String(error), 300)
}
