import type { IncomingMessage, ServerResponse } from 'node:http'
import { noJournal } from './boot-journal.ts'
import { Counters } from './counters.ts'
import { HeldAnswers } from './grub/held-answers.ts'
import { reasonOf, tame, withoutKey } from './log.ts'
import { rareWarnings } from './rare-warnings.ts'
import { type Arrival, arrive } from './web/arrival.ts'
import { entry, firstStep } from './web/entry.ts'
import { diskReport, document, loader, phoneHome, releaseFile, treeFile } from './web/files.ts'
import { grub, keyedGrub } from './web/grub.ts'
import { sessionCalls } from './web/session.ts'
import { clientOf, type HttpBootSettings, type KeyedWeb, sendText, type Web } from './web/web.ts'

export type { HttpBootSettings } from './web/web.ts'

export type HttpBoot = {
  /** Answers the paths of boot, GET and HEAD. False: not one of them, nothing was done. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Answers a GET or HEAD of the loader of somebody whom the rest of the program let in. */
  arrive(request: IncomingMessage, response: ServerResponse, arrival: Arrival): Promise<void>
  /** Requests since the start. */
  counters(): Readonly<Record<string, number>>
}

/**
 * The three web services that answer all requests of machines: entry, session, files. See
 * `docs/protocols/boot-web-services.md`.
 * For UEFI HTTP Boot as EDK2 does it: HEAD with the same Content-Length as GET, no redirects, no chunked bodies.
 */
export function createHttpBoot(settings: HttpBootSettings): HttpBoot {
  const counters = new Counters()
  const levelOf = rareWarnings()
  const held = new HeldAnswers()
  const { journal = noJournal } = settings
  const webOf = (request: IncomingMessage, response: ServerResponse) => {
    const { url = '' } = request
    const [path = ''] = url.split('?', 1)
    const search = url.slice(path.length + 1)
    return { path, web: { settings, counters, levelOf, journal, held, request, response, search } }
  }
  return {
    handle(request, response) {
      const { path, web } = webOf(request, response)
      const answering = openAnswer(web, path) ?? keyedAnswer(web, path)
      if (answering === undefined) return false
      answering.catch((error: unknown) => failed(web, path, error))
      return true
    },
    async arrive(request, response, arrival) {
      const { path, web } = webOf(request, response)
      counters.add('http.arrival')
      await arrive(web, arrival).catch((error: unknown) => failed(web, path, error))
    },
    counters: () => counters.all(),
  }
}

type Methods = readonly string[]
const reading: Methods = ['GET', 'HEAD']
const readingOrForm: Methods = ['GET', 'HEAD', 'POST']

type Route<W> = {
  readonly name: string
  readonly pattern: RegExp
  readonly methods: Methods
  readonly answer: (web: W, parts: readonly string[]) => Promise<void>
}

const openRoutes: readonly Route<Web>[] = [
  { name: 'script', pattern: /^\/boot\.ipxe$/, methods: reading, answer: entry },
  { name: 'autoexec', pattern: /^\/(?:loaders\/)?autoexec\.ipxe$/, methods: reading, answer: firstStep },
  { name: 'grub', pattern: /^\/grub\/(.+)$/, methods: reading, answer: grub },
  // shim puts two slashes before the name of what it loads.
  { name: 'loader', pattern: /^\/loaders\/+([^/]+)$/, methods: reading, answer: loader },
]

/** Below `/b/<key>`. */
const keyedRoutes: readonly Route<KeyedWeb>[] = [
  { name: 'file', pattern: /^files\/([0-9a-f]{64})\/([^/]+)$/, methods: reading, answer: releaseFile },
  { name: 'tree', pattern: /^trees\/([0-9a-f]{64})\/(.+)$/, methods: reading, answer: treeFile },
  {
    name: 'document',
    pattern: /^documents\/([a-z][a-z0-9-]{0,31})\/(.*)$/,
    methods: reading,
    answer: document,
  },
  { name: 'grub', pattern: /^grub\/(.+)$/, methods: reading, answer: keyedGrub },
  { name: 'report', pattern: /^report$/, methods: reading, answer: diskReport },
  { name: 'phone-home', pattern: /^phone-home$/, methods: readingOrForm, answer: phoneHome },
  ...Object.entries(sessionCalls).map(([name, answer]) => ({
    name: `session.${name}`,
    pattern: new RegExp(`^session/${name.replace('.', '\\.')}$`),
    methods: name === 'check' ? readingOrForm : reading,
    answer,
  })),
]

const keyed = /^\/b\/([A-Za-z0-9_-]{22})\/(.+)$/

function openAnswer(web: Web, path: string): Promise<void> | undefined {
  const route = openRoutes.find(({ pattern }) => pattern.test(path))
  return route && run(route, web, path)
}

function keyedAnswer(web: Web, path: string): Promise<void> | undefined {
  const [, key = '', rest = ''] = keyed.exec(path) ?? []
  if (key === '') return undefined
  const route = keyedRoutes.find(({ pattern }) => pattern.test(rest))
  return route === undefined ? noSuchPath(web) : withKey(route, web, key, rest)
}

async function run<W extends Web>(route: Route<W>, web: W, path: string): Promise<void> {
  const { request, response, counters } = web
  counters.add(`http.${route.name}`)
  if (route.methods.includes(request.method ?? ''))
    return await route.answer(web, route.pattern.exec(path)?.slice(1) ?? [])
  response.setHeader('allow', route.methods.join(', '))
  sendText(web, 405, `Only ${route.methods.join(', ')} work here.\n`)
}

async function noSuchPath(web: Web): Promise<void> {
  sendText(web, 404, 'There is nothing here.\n')
}

/** A key that is not good for this machine now: 403, whatever the reason is; the log tells it. */
async function withKey(route: Route<KeyedWeb>, web: Web, key: string, rest: string): Promise<void> {
  const { settings, counters } = web
  const from = clientOf(web)
  const session = await settings.sessions.use(key, from)
  if (!('refused' in session)) return await run(route, { ...web, session, key }, rest)
  counters.add(`http.refused: ${session.refused}`)
  const mac = session.of?.machine.mac
  settings.log(web.levelOf(session.refused), 'a key was refused', { why: session.refused, from, of: mac })
  settings.source.refused?.({ mac, why: session.refused, from })
  web.journal.note({ kind: 'refused-file', address: from, name: route.name, why: session.refused })
  sendText(web, 403, 'This key is not good here. Start the machine again.\n')
}

/** The store is broken, or we are: 503, so that iPXE says so and its script tries again. */
function failed(web: Web, path: string, error: unknown): void {
  web.counters.add('http.failed')
  const safe = tame(withoutKey(path))
  const reason = reasonOf(error)
  web.journal.note({ kind: 'trouble', address: clientOf(web), where: 'file', reason })
  web.settings.log('error', 'a boot request failed', { path: safe, reason })
  if (web.response.headersSent) web.response.destroy()
  else sendText(web, 503, 'The platform cannot read this now; its log says why.\n')
}
