import { isIPv6 } from 'node:net'

/** Too many wrong passwords from there, or for that user. */
export class TooManyAttempts extends Error {
  override readonly name = 'TooManyAttempts'
  readonly code = 'too_many_attempts'
  readonly retrySeconds: number

  constructor(retrySeconds: number) {
    super(`Too many failed sign-ins; try again in ${retrySeconds} seconds`)
    this.retrySeconds = retrySeconds
  }
}

type Tally = { failures: number; lockedUntil: number; at: number }
type Limit = { readonly free: number; readonly longestSeconds: number }

/** One person who mistypes is not delayed; one who guesses gets some hundred guesses a day. */
const perUserAndAddress: Limit = { free: 5, longestSeconds: 900 }
/** One address that tries many users. */
const perAddress: Limit = { free: 30, longestSeconds: 900 }
const forgetAfterMs = 24 * 60 * 60 * 1000

/**
 * Counts failed sign-ins by user and address, and by address. Behind the free ones each failure doubles the wait,
 * up to 15 minutes. Memory: at most `capacity` tallies; the one that was quiet longest goes first.
 */
export class Attempts {
  readonly #tallies = new Map<string, Tally>()
  readonly #now: () => number
  readonly #capacity: number

  constructor({
    now = Date.now,
    capacity = 20_000,
  }: { readonly now?: () => number; readonly capacity?: number } = {}) {
    this.#now = now
    this.#capacity = capacity
  }

  /**
   * Counts an attempt as failed before it is judged, so that many at once are counted too.
   * @throws {TooManyAttempts} while locked; such an attempt is not counted
   */
  begin(user: string, address: string): void {
    const keys = keysOf(user, address)
    const locked = keys.map(({ key }) => this.#fresh(key)?.lockedUntil ?? 0)
    const waitMs = Math.max(...locked) - this.#now()
    if (waitMs > 0) throw new TooManyAttempts(Math.ceil(waitMs / 1000))
    for (const { key, limit } of keys) this.#fail(key, limit)
  }

  /** The password was right: what was counted for this user from there is forgotten. */
  succeeded(user: string, address: string): void {
    this.withdraw(user, address)
    this.#tallies.delete(keysOf(user, address)[0].key)
  }

  /** The attempt was not judged, so it does not count. */
  withdraw(user: string, address: string): void {
    for (const { key } of keysOf(user, address)) {
      const tally = this.#tallies.get(key)
      if (tally === undefined) continue
      tally.failures = Math.max(0, tally.failures - 1)
      tally.lockedUntil = 0
    }
  }

  get size(): number {
    return this.#tallies.size
  }

  #fresh(key: string): Tally | undefined {
    const tally = this.#tallies.get(key)
    return tally !== undefined && this.#now() - tally.at < forgetAfterMs ? tally : undefined
  }

  #fail(key: string, limit: Limit): void {
    const failures = (this.#fresh(key)?.failures ?? 0) + 1
    const over = failures - limit.free
    const seconds = over < 0 ? 0 : Math.min(limit.longestSeconds, 2 ** Math.min(over, 20))
    this.#tallies.delete(key)
    this.#tallies.set(key, { failures, lockedUntil: this.#now() + seconds * 1000, at: this.#now() })
    const [oldest] = this.#tallies.keys()
    if (this.#tallies.size > this.#capacity && oldest !== undefined) this.#tallies.delete(oldest)
  }
}

function keysOf(user: string, address: string) {
  const place = placeOf(address)
  return [
    { key: `${place} ${user}`, limit: perUserAndAddress },
    { key: place, limit: perAddress },
  ] as const
}

/** One customer usually holds a whole IPv6 /64 (RFC 6177), so it counts as one. */
export function placeOf(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (v4 !== undefined || !isIPv6(address)) return v4 ?? address
  const [head = '', tail = ''] = address.split('%')[0]?.split('::') ?? []
  const left = head.split(':').filter((group) => group !== '')
  const right = tail.split(':').filter((group) => group !== '')
  const zeros = address.includes('::')
    ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
    : []
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
