import { placeOf } from '../identity/attempts.ts'

/** Too many requests without a valid sign-in from one address. */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests'
  readonly code = 'too_many_requests'
  readonly retrySeconds: number

  constructor(retrySeconds: number) {
    super(`Too many requests from this address; try again in ${retrySeconds} seconds`)
    this.retrySeconds = retrySeconds
  }
}

export type RequestRateOptions = {
  /** Requests of one address in a minute. */
  readonly perMinute?: number
  readonly now?: () => number
  /** Addresses remembered; the one that came first is forgotten first. */
  readonly capacity?: number
}

const minuteMs = 60_000

/** Counts requests by address in minutes of its own. An IPv6 /64 is one address. */
export class RequestRate {
  readonly #options: Required<RequestRateOptions>
  readonly #counts = new Map<string, { until: number; count: number }>()

  constructor(options: RequestRateOptions = {}) {
    this.#options = { perMinute: 300, now: Date.now, capacity: 20_000, ...options }
  }

  get size(): number {
    return this.#counts.size
  }

  /** @throws {TooManyRequests} */
  count(address: string): void {
    const { perMinute, now, capacity } = this.#options
    const place = placeOf(address)
    const at = now()
    const known = this.#counts.get(place)
    if (known === undefined || known.until <= at) {
      this.#counts.delete(place)
      this.#counts.set(place, { until: at + minuteMs, count: 1 })
      const [first] = this.#counts.keys()
      if (this.#counts.size > capacity && first !== undefined) this.#counts.delete(first)
      return
    }
    known.count += 1
    if (known.count > perMinute) throw new TooManyRequests(Math.ceil((known.until - at) / 1000))
  }
}
