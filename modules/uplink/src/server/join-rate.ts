import { isIPv6 } from 'node:net'
import { UplinkRefused } from '../problems.ts'

const minuteMs = 60_000

/** Counts attempts by address in minutes of its own. Memory: 20,000 addresses, the one that came first goes first. */
export class JoinRate {
  readonly #perMinute: number
  readonly #now: () => number
  readonly #counts = new Map<string, { readonly until: number; count: number }>()

  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute
    this.#now = now
  }

  /** @throws {UplinkRefused} too_many_requests */
  count(address: string): void {
    const place = placeOf(address)
    const at = this.#now()
    const known = this.#counts.get(place)
    if (known === undefined || known.until <= at) {
      this.#counts.delete(place)
      this.#counts.set(place, { until: at + minuteMs, count: 1 })
      const [first] = this.#counts.keys()
      if (this.#counts.size > 20_000 && first !== undefined) this.#counts.delete(first)
      return
    }
    known.count += 1
    if (known.count <= this.#perMinute) return
    const seconds = Math.ceil((known.until - at) / 1000)
    throw new UplinkRefused(
      'too_many_requests',
      `Too many attempts; try again in ${seconds} seconds`,
      seconds,
    )
  }
}

/** An IPv6 network of 64 bits belongs to one (RFC 6177 §2). */
const placeOf = (address: string): string =>
  isIPv6(address) ? address.replace(/%.*$/, '').split(':').slice(0, 4).join(':') : address
