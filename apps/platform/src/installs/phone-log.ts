import type { PhoneCall } from '@bootcast/boot'

/** One thing that a machine said of its installation. */
export type PhoneLine = {
  readonly mac: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly release: string
  readonly state: PhoneCall['state']
  readonly text: string
}

/** One suite for all implementations: `testing/phone-line-contract.ts`. */
export interface PhoneLineStore {
  /** Keeps the lines of machines that are known, of each the last `most`. */
  add(lines: readonly PhoneLine[], most: number): Promise<void>
  /** The oldest first. */
  of(mac: string): Promise<readonly PhoneLine[]>
}

export type PhoneLogSettings = {
  readonly store: PhoneLineStore
  readonly onError: (error: unknown) => void
  readonly now?: () => number
}

/** Lines kept of a machine. */
const mostOfOne = 50
/** Lines wait so long, so that many machines at once are a few transactions. */
const flushMs = 500
const mostWaiting = 5_000

/**
 * The last lines of each machine that phoned home. Written a little later; what comes faster than it can be kept is
 * dropped, of one machine the oldest.
 */
export class PhoneLog {
  readonly #store: PhoneLineStore
  readonly #onError: (error: unknown) => void
  readonly #now: () => number
  readonly #waiting = new Map<string, PhoneLine[]>()
  #count = 0
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()

  constructor({ store, onError, now = Date.now }: PhoneLogSettings) {
    this.#store = store
    this.#onError = onError
    this.#now = now
  }

  note({ mac, release, state, text }: PhoneCall): void {
    const lines = this.#waiting.get(mac) ?? []
    if (lines.length >= mostOfOne) lines.shift()
    else if (this.#count >= mostWaiting) return
    else this.#count += 1
    lines.push({ mac, at: this.#now(), release, state, text })
    this.#waiting.set(mac, lines)
    this.#timer ??= setTimeout(() => this.#flushInTurn(), flushMs)
  }

  /** With those that are not written yet. */
  async of(mac: string): Promise<readonly PhoneLine[]> {
    await this.written()
    return await this.#store.of(mac)
  }

  /** Fulfilled when all lines until now are in the store, or were told to `onError`. */
  async written(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#flushInTurn()
  }

  async stop(): Promise<void> {
    await this.written()
  }

  #flushInTurn(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flush())
    return this.#flushing
  }

  async #flush(): Promise<void> {
    this.#timer = undefined
    const lines = [...this.#waiting.values()].flat()
    this.#waiting.clear()
    this.#count = 0
    if (lines.length === 0) return
    await this.#store.add(lines, mostOfOne).catch(this.#onError)
  }
}
