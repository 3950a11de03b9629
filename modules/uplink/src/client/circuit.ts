import { UpstreamAway } from './upstream-errors.ts'

export type UpstreamState = 'there' | 'away'

export type CircuitOptions = {
  /** Asks the upstream something cheap. Rejects while it is away. */
  readonly probe: () => Promise<void>
  /** Between two probes. */
  readonly probeMs: number
}

/**
 * Whether the upstream is there. While it is away nobody waits for it but one probe at a time, two seconds and a bit of
 * chance after the one before; the first that succeeds ends it.
 */
export class Circuit {
  readonly #options: CircuitOptions
  readonly #listeners = new Set<(state: UpstreamState) => void>()
  #why: UpstreamAway | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: CircuitOptions) {
    this.#options = options
  }

  get state(): UpstreamState {
    return this.#why === undefined ? 'there' : 'away'
  }

  /** Why it is away. */
  get why(): UpstreamAway | undefined {
    return this.#why
  }

  /** @throws {UpstreamAway} at once while it is away */
  check(): void {
    if (this.#why !== undefined) throw new UpstreamAway(this.#why.message, { cause: this.#why })
  }

  failed(why: UpstreamAway): void {
    const isNews = this.#why === undefined
    this.#why = why
    if (!isNews || this.#isClosed) return
    // Soon, since it may have been one connection that broke.
    this.#plan(this.#options.probeMs / 4)
    this.#tell()
  }

  succeeded(): void {
    if (this.#why === undefined) return
    this.#why = undefined
    clearTimeout(this.#timer)
    this.#tell()
  }

  /** Calls back at each change, until the returned function is called. */
  onChange(listener: (state: UpstreamState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#listeners.clear()
  }

  #plan(afterMs: number): void {
    clearTimeout(this.#timer)
    // Many sites lost it at the same moment.
    const ms = afterMs * (0.75 + Math.random() / 2)
    this.#timer = setTimeout(() => void this.#probe(), ms).unref()
  }

  async #probe(): Promise<void> {
    try {
      await this.#options.probe()
      this.succeeded()
    } catch (error) {
      if (error instanceof UpstreamAway) this.#why = this.#why && error
      if (this.#why !== undefined && !this.#isClosed) this.#plan(this.#options.probeMs)
    }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener(this.state)
  }
}
