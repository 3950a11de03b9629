import { setTimeout as sleep } from 'node:timers/promises'
import { FarUnreachable } from './far-blobs.ts'

export type PatienceOptions = {
  /** The first pause. Default 500. */
  readonly firstMs?: number
  /** The longest pause. Default 15,000. */
  readonly mostMs?: number
  /** For so long it is tried when nobody waits. Default 600,000. */
  readonly unwantedMs?: number
}

/** How long to go on with a far store that cannot be reached, and when to try again. */
export class Patience {
  readonly #options: Required<PatienceOptions>
  readonly #isWanted: () => boolean
  readonly #signal: AbortSignal
  #failures = 0
  #brokenAt: number | undefined
  #pause: Promise<void> = Promise.resolve()
  #pausing = false

  constructor(options: PatienceOptions, isWanted: () => boolean, signal: AbortSignal) {
    this.#options = { firstMs: 500, mostMs: 15_000, unwantedMs: 600_000, ...options }
    this.#isWanted = isWanted
    this.#signal = signal
  }

  /** Something verified has come. */
  worked(): void {
    this.#failures = 0
    this.#brokenAt = undefined
  }

  /** Fulfilled when it may be asked. */
  async pause(): Promise<void> {
    await this.#pause
  }

  /**
   * Fulfilled when it is time to try again. Failures of several requests at once are one.
   * @throws {unknown} the error, when trying again is no use or nobody waits any more
   */
  async outlast(error: unknown): Promise<void> {
    this.#signal.throwIfAborted()
    if (!(error instanceof FarUnreachable)) throw error
    if (!this.#pausing) {
      this.#brokenAt ??= Date.now()
      if (!this.#isWanted() && Date.now() - this.#brokenAt >= this.#options.unwantedMs) throw error
      this.#pausing = true
      this.#pause = this.#wait().finally(() => {
        this.#pausing = false
      })
    }
    await this.#pause
  }

  /** Doubled with each failure, half of it by chance: sites that lost the same upstream do not come back as one. */
  async #wait(): Promise<void> {
    const { firstMs, mostMs } = this.#options
    const ms = Math.min(mostMs, firstMs * 2 ** Math.min(this.#failures, 20))
    this.#failures++
    await sleep(ms * (0.5 + Math.random() / 2), undefined, { signal: this.#signal })
  }
}
