import { setTimeout as sleep } from 'node:timers/promises'

/** So much may come at once after a rest, in seconds of the rate. */
const burstSeconds = 0.25

/** Holds back whoever takes bytes from the line, so that all together keep to a rate. */
export class WanPace {
  readonly #bytesPerSecond: () => number | undefined
  readonly #now: () => number
  /** When the bytes so far are paid for, milliseconds. */
  #paidUntil = 0

  constructor(bytesPerSecond: () => number | undefined, now: () => number = () => performance.now()) {
    this.#bytesPerSecond = bytesPerSecond
    this.#now = now
  }

  /** Fulfilled when these bytes were allowed to come. */
  async take(bytes: number): Promise<void> {
    const rate = this.#bytesPerSecond()
    if (rate === undefined || rate <= 0) return
    const now = this.#now()
    this.#paidUntil = Math.max(this.#paidUntil, now - burstSeconds * 1000) + (bytes / rate) * 1000
    const waitMs = this.#paidUntil - now
    if (waitMs > 1) await sleep(waitMs)
  }
}
