import { Agent, type AgentOptions } from 'node:https'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, checkServerIdentity, connect } from 'node:tls'
import type { TlsCredentials } from '../certificates/tls-credentials.ts'

/** Whom a connection goes to, and as whom. Without key and certificate: as nobody. */
export type Pinned = Pick<TlsCredentials, 'authorities'> &
  Partial<Omit<TlsCredentials, 'authorities'>> & {
    /** The name that must stand in the certificate of the other end, whatever its address is. */
    readonly serverName: string
  }

/** Longest from the first packet to the end of the TLS handshake. */
const connectMs = 10_000

/**
 * Keeps connections to the upstream. Each is made with what `pinned` says at that moment, and with nothing else: the
 * authorities of the system are not asked. No session is resumed, so both certificates are checked each time.
 */
export class PinnedAgent extends Agent {
  readonly #pinned: () => Pinned
  /** Counts what `pinned` said: connections of before are used up and not asked again. */
  #generation = 0

  constructor(pinned: () => Pinned, options: AgentOptions = {}) {
    super({ keepAlive: true, maxCachedSessions: 0, scheduling: 'lifo', ...options })
    this.#pinned = pinned
  }

  /** What is pinned has changed. Requests that are under way end on their old connections. */
  renew(): void {
    this.#generation++
    this.dropIdle()
  }

  /** Ends connections that nobody uses at the moment: after a cut they are dead, and nobody would know. */
  dropIdle(): void {
    for (const sockets of Object.values(this.freeSockets))
      for (const socket of [...(sockets ?? [])]) socket.destroy()
  }

  override getName(options?: AgentOptions): string {
    return `${super.getName(options)}:${this.#generation}`
  }

  override createConnection(options: ConnectionOptions): Duplex {
    const { authorities, key, certificate, serverName } = this.#pinned()
    const socket = connect({
      ...options,
      ca: [...authorities],
      ...(key !== undefined && { key }),
      ...(certificate !== undefined && { cert: certificate }),
      servername: serverName,
      checkServerIdentity: (_host, shown) => checkServerIdentity(serverName, shown),
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['http/1.1'],
    })
    const timer = setTimeout(
      () => socket.destroy(new Error('the connection was not made in time')),
      connectMs,
    )
    const over = () => clearTimeout(timer)
    socket.once('secureConnect', over).once('close', over)
    return socket
  }
}
