import { constants, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import { type BootLog, createFileSender, type FileSender } from '@bootcast/boot'
import type { TlsCredentials } from './certificates/tls-credentials.ts'
import { problemOf, UplinkRefused } from './problems.ts'
import { sendProblem } from './server/answers.ts'
import { Connections } from './server/connections.ts'
import { JoinRate } from './server/join-rate.ts'
import type { Peer } from './server/peer.ts'
import { readAway } from './server/request-body.ts'
import { type Routing, route } from './server/route.ts'
import type { ServedBlobs } from './server/served-blobs.ts'
import type { UplinkHandlers } from './uplink-handlers.ts'

export type UplinkServerSettings = {
  /** What it shows, and whom it believes. Asked at the start, every hour, and by `refresh()`. */
  readonly credentials: () => TlsCredentials | Promise<TlsCredentials>
  readonly handlers: UplinkHandlers
  readonly blobs: ServedBlobs
  /** Asked at every request of a site, before anything else; throws with `site_revoked` or another code. */
  readonly admit?: (peer: Peer) => void | Promise<void>
  /** A failure of ours; the site was told `incident`. */
  readonly onError: (error: unknown, incident: string) => void
  readonly log: BootLog
  readonly now?: () => number
  readonly limits?: Partial<UplinkLimits>
}

export type UplinkLimits = {
  /** The head of a request, and a TLS handshake. */
  readonly headMs: number
  readonly bodyMs: number
  /** A connection on which nothing moves. */
  readonly idleMs: number
  /** Attempts to join, of one address in a minute. */
  readonly joinsPerMinute: number
  /** What goes on when the server stops may take that long. */
  readonly graceMs: number
}

const usualLimits: UplinkLimits = {
  headMs: 15_000,
  bodyMs: 20_000,
  idleMs: 60_000,
  joinsPerMinute: 10,
  graceMs: 2_000,
}
const refreshMs = 60 * 60 * 1000

export async function createUplinkServer(settings: UplinkServerSettings): Promise<UplinkServer> {
  return new UplinkServer(settings, await settings.credentials())
}

/**
 * What sites ask: HTTPS with certificates on both sides. Who shows none, or one that does not count, may join and ask
 * for the authority; nothing else. Memory: about 1 MiB for each body that is being received or sent, flat otherwise.
 */
export class UplinkServer {
  readonly #settings: UplinkServerSettings
  readonly #limits: UplinkLimits
  readonly #now: () => number
  readonly #server: Server
  readonly #sender: FileSender
  readonly #connections = new Connections()
  readonly #routing: Routing
  readonly #underWay = new Set<AbortController>()
  readonly #refreshing: NodeJS.Timeout
  #credentials: TlsCredentials
  #stopping = false

  constructor(settings: UplinkServerSettings, credentials: TlsCredentials) {
    this.#settings = settings
    this.#limits = { ...usualLimits, ...settings.limits }
    this.#now = settings.now ?? Date.now
    this.#credentials = credentials
    // Through TLS the kernel cannot send files by itself.
    this.#sender = createFileSender({ threads: 0, stallMs: this.#limits.idleMs })
    this.#routing = {
      ...settings,
      now: this.#now,
      connections: this.#connections,
      joins: new JoinRate(this.#limits.joinsPerMinute, this.#now),
      sender: this.#sender,
      bodyMs: this.#limits.bodyMs,
    }
    this.#server = this.#createServer()
    this.#refreshing = setInterval(() => void this.#refreshOrTell(), refreshMs).unref()
  }

  /** @throws when the port cannot be had */
  async listen(port: number, host: string): Promise<AddressInfo> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    this.#server.listen(port, host, resolve)
    await promise
    this.#server.off('error', reject)
    this.#server.on('error', (error) => this.#settings.onError(error, 'listener'))
    return this.#server.address() as AddressInfo
  }

  /** Takes up a new certificate or a changed list of authorities; connections that are open stay. */
  async refresh(): Promise<void> {
    const credentials = await this.#settings.credentials()
    if (JSON.stringify(credentials) === JSON.stringify(this.#credentials)) return
    this.#credentials = credentials
    this.#server.setSecureContext(contextOf(credentials))
  }

  /** Ends all connections of a site at once. That it cannot come back is `admit`'s matter. */
  dropSite(id: string): void {
    this.#connections.drop(id)
  }

  /** Connections of sites that are open. */
  get connections(): number {
    return this.#connections.size
  }

  /** Long polls are answered, other calls have a moment to end, then connections are cut. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#refreshing)
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    for (const answer of this.#underWay) answer.abort()
    this.#server.closeIdleConnections()
    const timer = setTimeout(() => this.#server.closeAllConnections(), this.#limits.graceMs)
    await this.#sender.stop()
    await closed
    clearTimeout(timer)
  }

  #createServer(): Server {
    const { headMs, idleMs } = this.#limits
    const server = createServer({
      ...contextOf(this.#credentials),
      requestCert: true,
      // Who has no certificate may join; `peerOf` looks at what TLS found out.
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: headMs,
      maxHeaderSize: 16 * 1024,
      headersTimeout: headMs,
      requestTimeout: 0,
      keepAliveTimeout: idleMs,
      connectionsCheckingInterval: Math.ceil(headMs / 3),
    })
    server.maxConnections = 8192
    server.setTimeout(idleMs)
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      void this.#answer(request, response)
    server.on('request', answer)
    server.on('checkContinue', answer)
    server.on('secureConnection', (socket: TLSSocket) => this.#connections.add(socket, this.#now()))
    server.on('clientError', (_error, socket) => socket.destroy())
    server.on('tlsClientError', (error, socket) => {
      this.#settings.log('debug', 'a TLS handshake failed', { reason: error.message })
      socket.destroy()
    })
    return server
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#connections.countOnConnection(request, response)) return
    const answer = { now: new AbortController(), gone: new AbortController() }
    this.#underWay.add(answer.now)
    response.once('finish', () => readAway(request))
    response.once('close', () => {
      this.#underWay.delete(answer.now)
      answer.now.abort()
      if (!response.writableFinished) answer.gone.abort()
    })
    try {
      if (this.#stopping) throw new UplinkRefused('stopping', stoppingWords)
      await route(this.#routing, request, response, answer)
    } catch (error) {
      this.#fail(response, error)
    }
    if (this.#stopping) this.#server.closeIdleConnections()
  }

  #fail(response: ServerResponse, error: unknown): void {
    const { socket } = response.req
    if (socket.destroyed) return
    const known = problemOf(error)
    const incident = randomUUID()
    if (known === undefined) this.#settings.onError(error, incident)
    // Its length or its end was promised.
    if (response.headersSent) return void socket.destroy()
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    if (this.#stopping) response.setHeader('connection', 'close')
    const detail = `This is a failure of Bootcast. Its log tells more; look for ${incident}`
    const problem = known?.problem ?? { code: 'internal', status: 500, detail }
    sendProblem(response, problem, known?.retrySeconds)
  }

  async #refreshOrTell(): Promise<void> {
    try {
      await this.refresh()
    } catch (error) {
      this.#settings.onError(error, 'certificate')
    }
  }
}

const stoppingWords = 'This end of the uplink is being stopped; ask again soon'

/** No resumption: each connection shows its certificate anew, so one that is over or not believed opens none. */
function contextOf({ key, certificate, authorities }: TlsCredentials): SecureContextOptions {
  return {
    key,
    cert: certificate,
    ca: [...authorities],
    minVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_TICKET,
  }
}
