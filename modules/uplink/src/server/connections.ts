import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { UplinkRefused } from '../problems.ts'
import { type Peer, siteOf } from './peer.ts'

/** Requests of one site at once; a parent site asks for all below it. */
const mostOfSite = 256
/** Requests on one connection whose answers are not out; our clients send one. */
const mostOnConnection = 8

/** Which connections and requests are whose. Growth: one entry for each that is open. */
export class Connections {
  readonly #ofSite = new Map<string, Set<Socket>>()
  /** Under way: who is asked for, and on which connection. */
  readonly #requests = new Set<{ readonly ids: readonly string[]; readonly socket: Socket }>()
  readonly #running = new Map<string, number>()
  readonly #onConnection = new WeakMap<Socket, number>()

  /** A connection whose handshake is done. */
  add(socket: TLSSocket, now: number): void {
    const found = siteOf(socket, now)
    if (!('site' in found)) return
    const sockets = this.#ofSite.get(found.site) ?? new Set()
    this.#ofSite.set(found.site, sockets.add(socket))
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0 && this.#ofSite.get(found.site) === sockets) this.#ofSite.delete(found.site)
    })
  }

  /**
   * Ends a connection that sends requests without taking the answers: Node reads on as long as nothing has been
   * written.
   */
  countOnConnection({ socket }: IncomingMessage, response: ServerResponse): boolean {
    const now = (this.#onConnection.get(socket) ?? 0) + 1
    this.#onConnection.set(socket, now)
    response.once('close', () => this.#onConnection.set(socket, (this.#onConnection.get(socket) ?? 1) - 1))
    if (now <= mostOnConnection) return true
    socket.destroy()
    return false
  }

  /** A request of a site, until its answer is out. @throws {UplinkRefused} when there are too many */
  begin({ site, chain }: Peer, { socket }: IncomingMessage, response: ServerResponse): void {
    const running = this.#running.get(site) ?? 0
    if (running >= mostOfSite)
      throw new UplinkRefused('too_many_requests', `More than ${mostOfSite} requests of this site at once`, 1)
    this.#running.set(site, running + 1)
    const request = { ids: [site, ...chain], socket }
    this.#requests.add(request)
    response.once('close', () => {
      this.#requests.delete(request)
      const left = (this.#running.get(site) ?? 1) - 1
      if (left > 0) this.#running.set(site, left)
      else this.#running.delete(site)
    })
  }

  /** Ends at once all connections of a site, and those on which another one asks for it at this moment. */
  drop(site: string): void {
    for (const socket of [...(this.#ofSite.get(site) ?? [])]) socket.destroy()
    for (const { ids, socket } of [...this.#requests]) if (ids.includes(site)) socket.destroy()
  }

  /** How many connections sites have open. */
  get size(): number {
    return [...this.#ofSite.values()].reduce((sum, sockets) => sum + sockets.size, 0)
  }
}
