import type { Gate } from './gated.ts'

/** Bytes per second, asked again for each piece; `undefined`: no cap. */
export type RateCap = () => number | undefined

export type RateCapsOptions = {
  readonly total: RateCap
  readonly client: RateCap
}

const smallestPiece = 64 * 1024
const largestPiece = 4 * 1024 * 1024
/** A piece is what goes in this time, and so much time that nobody used is made up for. */
const beatMs = 100
/** A lower cap counts as this one: clients take a server for dead from which nothing comes. */
const lowestRate = 64 * 1024
const mostRested = 1024

type Waiting = { readonly wanted: number; readonly grant: (bytes: number) => void }

/**
 * Token buckets: one for all that is sent, and one for each client. Clients take turns, however many bodies each has,
 * so that what there is goes to them in equal parts. Growth: clients that wait, and those served within the last beat.
 */
export class RateCaps {
  readonly #caps: RateCapsOptions
  /** When the next piece may go: for all, and by client. */
  #freeAt = Number.NEGATIVE_INFINITY
  readonly #clientFreeAt = new Map<string, number>()
  #tidyAbove = mostRested
  /** By client, in the order of their turns; none is empty. */
  readonly #queues = new Map<string, Waiting[]>()
  #timer: NodeJS.Timeout | undefined

  constructor(caps: RateCapsOptions) {
    this.#caps = caps
  }

  /** The gate for a body that begins now; `undefined`: there is no cap. */
  gateFor(client: string): Gate | undefined {
    if (this.#caps.total() === undefined && this.#caps.client() === undefined) return undefined
    return async (first, last, signal) => first - 1 + (await this.#take(client, last - first + 1, signal))
  }

  async #take(client: string, wanted: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const queue = this.#queues.get(client) ?? []
    const leave = () => {
      const place = queue.indexOf(waiting)
      if (place !== -1) queue.splice(place, 1)
      if (queue.length === 0 && this.#queues.get(client) === queue) this.#queues.delete(client)
      reject(signal.reason)
    }
    const grant = (bytes: number) => {
      signal.removeEventListener('abort', leave)
      resolve(bytes)
    }
    const waiting = { wanted, grant }
    queue.push(waiting)
    this.#queues.set(client, queue)
    signal.addEventListener('abort', leave, { once: true })
    this.#serve()
    return promise
  }

  /** Gives out what may go now, and comes back when more may. */
  #serve(): void {
    clearTimeout(this.#timer)
    const now = performance.now()
    const rates = { total: rateOf(this.#caps.total), client: rateOf(this.#caps.client) }
    let client = this.#nextClient(now)
    for (; client !== undefined; client = this.#nextClient(now)) this.#grant(client, rates, now)
    if (this.#queues.size === 0) return
    const clients = [...this.#queues.keys()].map((waiting) => this.#clientFreeAt.get(waiting) ?? 0)
    const soonest = Math.max(this.#freeAt, Math.min(...clients))
    this.#timer = setTimeout(() => this.#serve(), Math.max(1, soonest - now))
  }

  #nextClient(now: number): string | undefined {
    if (this.#freeAt > now) return undefined
    for (const client of this.#queues.keys())
      if ((this.#clientFreeAt.get(client) ?? Number.NEGATIVE_INFINITY) <= now) return client
    return undefined
  }

  #grant(client: string, { total, client: own }: Rates, now: number): void {
    const queue = this.#queues.get(client) ?? []
    const share = Math.min(own, total / this.#queues.size)
    this.#queues.delete(client)
    const next = queue.shift()
    if (queue.length > 0) this.#queues.set(client, queue)
    if (next === undefined) return
    const piece = Math.min(largestPiece, Math.max(smallestPiece, Math.floor((share * beatMs) / 1000)))
    const bytes = Math.min(next.wanted, piece)
    this.#freeAt = later(this.#freeAt, bytes, total, now)
    if (own !== Number.POSITIVE_INFINITY) {
      this.#clientFreeAt.set(client, later(this.#clientFreeAt.get(client), bytes, own, now))
      this.#tidy(now)
    }
    next.grant(bytes)
  }

  /** Forgets clients whose buckets are full again. */
  #tidy(now: number): void {
    if (this.#clientFreeAt.size <= this.#tidyAbove) return
    for (const [client, at] of this.#clientFreeAt) if (at <= now - beatMs) this.#clientFreeAt.delete(client)
    this.#tidyAbove = Math.max(mostRested, 2 * this.#clientFreeAt.size)
  }
}

type Rates = { readonly total: number; readonly client: number }

const rateOf = (cap: RateCap): number => Math.max(lowestRate, cap() ?? Number.POSITIVE_INFINITY)

/** When a bucket is free again that gives out so many bytes now. */
const later = (freeAt = Number.NEGATIVE_INFINITY, bytes: number, rate: number, now: number): number =>
  Math.max(freeAt, now - beatMs) + (bytes / rate) * 1000
