import type { Boot, Line } from './boot.ts'

/** What there is to tell of a boot: a line that is new or went on, or only another state. */
export type News = {
  /** Grows with each. Names the start of this process too: numbers of before mean nothing now. */
  readonly id: string
  readonly boot: Boot
  readonly line: Line | undefined
}

export type Listener = {
  readonly onNews: (news: readonly News[]) => void
}

export type Listening = {
  /** What came since `after`, in order; `reset`: that is not known any more, so what is there has to be listed. */
  readonly since: readonly News[] | 'reset'
  /** The number of the last news of all. */
  readonly last: string
  stop(): void
}

export type BootFeedSettings = {
  /** Milliseconds since 1970, of the start. */
  readonly startedAt: number
  /** News that are kept for who was away for a moment. */
  readonly kept?: number
}

/**
 * News of boots as they happen, for any number of listeners. Listeners get what came in one turn of the event loop
 * together, and after who told it has gone on.
 */
export class BootFeed {
  readonly #startedAt: number
  readonly #kept: number
  /** News n stands at n modulo its length. */
  readonly #ring: News[] = []
  readonly #listeners = new Set<Listener>()
  #count = 0
  #told = 0
  #isScheduled = false

  constructor({ startedAt, kept = 2048 }: BootFeedSettings) {
    this.#startedAt = startedAt
    this.#kept = kept
  }

  get listeners(): number {
    return this.#listeners.size
  }

  tell(boot: Boot, line: Line | undefined): void {
    this.#count += 1
    this.#ring[this.#count % this.#kept] = { id: this.#id(this.#count), boot, line }
    if (this.#listeners.size === 0) return
    // What is told must leave the ring to its listeners before it is written over.
    if (this.#count - this.#told >= this.#kept / 2) this.#passOn()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(() => this.#passOn())
    }
  }

  /** News from now on go to the listener, and those since `after` come back. */
  listen(listener: Listener, after?: string): Listening {
    // Who listens already gets what waits; the new one has it from the ring.
    this.#passOn()
    this.#listeners.add(listener)
    return {
      since: this.#since(after),
      last: this.#id(this.#count),
      stop: () => void this.#listeners.delete(listener),
    }
  }

  #since(after: string | undefined): readonly News[] | 'reset' {
    const [, start, number] = /^(\d{1,15})-(\d{1,15})$/.exec(after ?? '') ?? []
    const last = Number(number)
    const isKept = last <= this.#count && last >= this.#count - this.#kept
    return Number(start) === this.#startedAt && isKept ? this.#from(last + 1) : 'reset'
  }

  #from(first: number): readonly News[] {
    const news: News[] = []
    for (let n = Math.max(first, this.#count - this.#kept + 1); n <= this.#count; n += 1) {
      const one = this.#ring[n % this.#kept]
      if (one !== undefined) news.push(one)
    }
    return news
  }

  #passOn(): void {
    this.#isScheduled = false
    const news = this.#from(this.#told + 1)
    this.#told = this.#count
    if (news.length === 0) return
    for (const listener of [...this.#listeners]) listener.onNews(news)
  }

  #id(n: number): string {
    return `${this.#startedAt}-${n}`
  }
}
