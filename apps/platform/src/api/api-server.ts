import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { type BootHandler, cutOffUnlessComplete } from '@bootcast/boot'
import { type Route, type RouteName, routes } from '@bootcast/contract'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { DurableAudit } from '../audit/audit.ts'
import type { Session } from '../identity/sessions.ts'
import type { ExportedBundle } from '../publishing/export-bundle.ts'
import { Admission, type AdmissionOptions } from './admission.ts'
import { addBootStream, type BootStreamOptions } from './boot-stream.ts'
import type { Proxies } from './client-address.ts'
import { addConsolePages, type ConsoleFiles, sendConsole, wantsHtml } from './console-pages.ts'
import type { Handlers } from './handlers.ts'
import { createHttpServer } from './http-server.ts'
import { openApiDocument } from './openapi.ts'
import { problemResponse, Refused } from './problem-response.ts'
import { RequestRate } from './request-rate.ts'
import { toldOf } from './told.ts'
import { addUploads, type UploadOptions } from './tus.ts'
import { Stopping, Upload } from './upload.ts'

export type ApiOptions = {
  readonly handlers: Handlers
  /** Who sent a request; rejects when nobody is signed in by it. */
  readonly sessionOf: AdmissionOptions['sessionOf']
  readonly audit: DurableAudit
  /** Fulfilled when the platform can do its work; rejected with the reason when it cannot. */
  readonly health: () => Promise<void>
  readonly boot: BootHandler
  /** From where a request comes, when not always from the other end of its connection. */
  readonly clientAddress?: Proxies['clientAddress'] | undefined
  readonly uploads: Pick<UploadOptions, 'uploads' | 'mostBytes'>
  /** News of boots. */
  readonly feed: BootStreamOptions['feed']
  /** A release as a tar; `docs/protocols/bundle.md`. */
  readonly bundleOf: (image: string, number: number) => Promise<ExportedBundle>
  readonly version: string
  /** Absent: it was not built. */
  readonly console?: ConsoleFiles | undefined
  /** Hears that a call may have changed something. */
  readonly onChange?: () => void
  readonly log: FastifyBaseLogger
  /** Pages for people, each set with its own parsers and its own way to tell errors. */
  readonly pages?: readonly ((app: FastifyInstance, admission: Admission) => void)[]
  /** How often an address may ask that nobody is signed in from. */
  readonly rate?: RequestRate
  /** Aborted when the platform stops. */
  readonly stopping: AbortSignal
  readonly timing?: {
    readonly headMs?: number
    readonly stallMs?: number
    readonly bodyMs?: number
    readonly lingerMs?: number
    readonly heartbeatMs?: number
  }
}

type Admitting = ApiOptions & { readonly admission: Admission }

declare module 'fastify' {
  interface FastifyRequest {
    user: string
    session: Session
  }
  interface FastifyContextConfig {
    /** What the log says in place of the path, where that holds what people typed. */
    loggedPath?: string
  }
}

const bodyLimit = 256 * 1024

/** The HTTP side of the platform: boot paths first, then the API made from the routes of the contract. */
export async function createApi(options: ApiOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => `req-${randomBytes(5).toString('hex')}`,
    bodyLimit,
    routerOptions: { maxParamLength: 16 * 1024 },
    exposeHeadRoutes: false,
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    serverFactory: (api) => createHttpServer(options.boot, api, options.timing?.headMs),
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.removeContentTypeParser('text/plain')
  app.decorateRequest('user', '')
  app.decorateRequest('session')
  app.setErrorHandler(answerError)
  const { console: files } = options
  app.setNotFoundHandler((request, reply) =>
    files !== undefined && isMistypedPage(request)
      ? sendConsole(reply.code(404), files)
      : answerError(notFound(request), request, reply),
  )
  const { clientAddress } = options
  if (clientAddress !== undefined)
    app.addHook('onRequest', async (request) => {
      Object.defineProperty(request, 'ip', { value: clientAddress(request.raw) })
    })
  app.addHook('onRequest', async (_, reply) => void reply.headers(securityHeaders))
  app.addHook('onResponse', async (request, reply) => {
    letGo(request, options.timing?.lingerMs ?? 5_000)
    const ms = Math.round(reply.elapsedTime)
    request.log[isReading(request) ? 'debug' : 'info'](
      { ...callOf(request), status: reply.statusCode, ms },
      'api',
    )
  })
  // Who only reads, or listens to boots, may go when it likes.
  app.addHook('onRequestAbort', async (request) =>
    request.log[isReading(request) ? 'debug' : 'warn'](callOf(request), 'the caller hung up'),
  )
  const admission = new Admission({ ...options, rate: options.rate ?? new RequestRate() })
  const admitting = { ...options, admission }
  addPlainPages(app, options)
  addRoutes(app, admitting, (route) => route.body !== 'bytes')
  await app.register((bytes, _, done) => {
    bytes.removeAllContentTypeParsers()
    bytes.addContentTypeParser('application/octet-stream', (_request, _payload, parsed) => parsed(null))
    addRoutes(bytes, admitting, (route) => route.body === 'bytes')
    done()
  })
  addBundles(app, admitting)
  for (const add of options.pages ?? [])
    await app.register((pages, _, done) => {
      add(pages, admission)
      done()
    })
  addBootStream(app, streamOf(admitting))
  await app.register((tus, _, done) => {
    const { stopping, timing } = options
    addUploads(tus, { ...options.uploads, admission, stopping, stallMs: timing?.stallMs })
    done()
  })
  return app
}

/** Somebody with a browser is told so by the console, among its pages. */
const isMistypedPage = (request: FastifyRequest): boolean =>
  request.method === 'GET' && wantsHtml(request) && !request.url.startsWith('/api/')

const isReading = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD'

function callOf({ method, url, user, ip: from, routeOptions }: FastifyRequest) {
  const path = routeOptions.config.loggedPath ?? url.split('?', 1)[0] ?? ''
  return { method, path: path.slice(0, 200), user, from }
}

const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

function addPlainPages(app: FastifyInstance, { health, version, console: files }: ApiOptions): void {
  const document = JSON.stringify(openApiDocument(version))
  app.get('/api/v1/openapi.json', (_, reply) => reply.type('application/json').send(document))
  app.get('/healthz', async (_, reply) => {
    await health()
    return reply.type('text/plain').send('ok\n')
  })
  if (files !== undefined) addConsolePages(app, files)
  app.get('/', (request, reply) =>
    files !== undefined && wantsHtml(request)
      ? sendConsole(reply, files)
      : reply.type('text/plain').send(plainHome(version) + (files === undefined ? noConsole : '')),
  )
}

const plainHome = (version: string): string =>
  `Bootcast ${version}\n\nThe API: /api/v1/openapi.json\nThe boot script: /boot.ipxe\nThe command: npx bootcast --help\n`

const noConsole = '\nThe console was not built: "npm start -- --version" builds it, then start anew.\n'

/** Not in the table of the contract: its answer is no JSON. */
function addBundles(app: FastifyInstance, { bundleOf, admission, stopping }: Admitting): void {
  app.get('/api/v1/images/:name/releases/:number/bundle', async (request, reply) => {
    if (stopping.aborted) throw new Stopping()
    request.user = (await admission.admit(request, 'images.read', 'bundle')).user
    const asked = routes.showRelease.params.safeParse(request.params)
    if (!asked.success) throw new Refused('invalid_request', 'There is no image or release of that name')
    const bundle = await bundleOf(asked.data.name, asked.data.number)
    return reply
      .headers({
        'content-type': 'application/x-tar',
        'content-length': String(bundle.size),
        'content-disposition': `attachment; filename="${bundle.name}"`,
      })
      .send(Readable.from(bundle.bytes(), { objectMode: false, signal: stopping }))
  })
}

function addRoutes(app: FastifyInstance, options: Admitting, isWanted: (route: Route) => boolean): void {
  for (const name of Object.keys(routes) as RouteName[]) {
    if (isWanted(routes[name])) addRoute(app, name, options)
  }
}

/** The types of one call are known by its handler (Handlers); here every call is alike. */
type AnyHandler = (call: Record<string, unknown>) => Promise<unknown>

function addRoute(app: FastifyInstance, name: RouteName, options: Admitting): void {
  const route: Route = routes[name]
  const handler = options.handlers[name] as unknown as AnyHandler
  const isBytes = route.body === 'bytes'
  app.route({
    method: route.method,
    url: route.path,
    bodyLimit: route.mostBytes ?? bodyLimit,
    schema: {
      ...(route.params && { params: route.params }),
      ...(route.query && { querystring: route.query }),
      ...(route.body !== undefined && route.body !== 'bytes' && { body: route.body }),
      ...(typeof route.reply === 'object' && { response: { 200: route.reply } }),
    },
    onRequest: async (request, reply) => {
      if (options.stopping.aborted) throw new Stopping()
      if (!isBytes) limitBodyTime(request, options.timing?.bodyMs ?? 20_000)
      request.session = await options.admission.admit(request, route.who, name)
      request.user = request.session.user
      if (request.headers.expect !== undefined) reply.raw.writeContinue()
    },
    handler: async (request, reply) => {
      const { params, query, body, user, session, ip: from } = request
      const upload = isBytes && new Upload(request.raw, { signal: options.stopping, ...stallOf(options) })
      const call = { params, query, body, user, session, from }
      const answer = await handler({ ...call, ...(upload && { upload }) })
      await noteChange(options.audit, route, name, request)
      if (isChange(route)) options.onChange?.()
      if (route.reply === undefined) return reply.code(204).send()
      return route.reply === 'png' ? reply.type('image/png').send(answer) : answer
    },
  })
}

const isChange = ({ method, changes }: Route): boolean =>
  method !== 'GET' && method !== 'HEAD' && changes !== 'nothing'

/** Every change that a user made, before it is answered. */
async function noteChange(audit: DurableAudit, route: Route, name: RouteName, request: FastifyRequest) {
  if (!isChange(route) || route.who === 'anybody') return
  const { user: who, ip: from, session, params, body } = request
  const because = session.tokenName === undefined ? {} : { because: `token ${session.tokenName}` }
  await audit.noteDurably({ who, action: name, about: toldOf(route, params, body), from, ...because })
}

function streamOf({
  feed,
  admission,
  stopping,
  timing,
}: ApiOptions & { readonly admission: Admission }): BootStreamOptions {
  const { heartbeatMs } = timing ?? {}
  return { feed, admission, stopping, ...(heartbeatMs !== undefined && { heartbeatMs }) }
}

const stallOf = ({ timing }: ApiOptions) => (timing?.stallMs === undefined ? {} : { stallMs: timing.stallMs })

/** A small body that takes longer than this comes from nobody with good intentions. */
function limitBodyTime({ raw }: FastifyRequest, ms: number): void {
  const hasBody =
    raw.headers['content-length'] !== undefined || raw.headers['transfer-encoding'] !== undefined
  if (hasBody) cutOffUnlessComplete(raw, ms)
}

/**
 * After an answer that came before the end of the body the rest is thrown away for a while, so that the caller
 * gets to read the answer; then the connection ends.
 */
function letGo({ raw }: FastifyRequest, ms: number): void {
  if (raw.complete || raw.socket.destroyed) return
  raw.resume()
  cutOffUnlessComplete(raw, ms)
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const { problem, headers } = problemResponse(error, request.id)
  if (problem.status >= 500) request.log.error({ err: error, incident: request.id }, problem.title)
  return reply
    .code(problem.status)
    .headers({ ...securityHeaders, ...headers })
    .type('application/problem+json')
    .serializer((body) => JSON.stringify(body))
    .send(problem)
}

function notFound({ method, url }: FastifyRequest): Error {
  const path = JSON.stringify((url.split('?', 1)[0] ?? '').slice(0, 100))
  return Object.assign(
    new Error(`There is nothing at ${method} ${path}; the calls stand in /api/v1/openapi.json`),
    {
      code: 'not_found',
    },
  )
}
