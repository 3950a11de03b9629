import type { BootEvent, BootJournal } from '@bootcast/boot'
import type { Boot } from './boot.ts'
import { BootFeed } from './boot-feed.ts'
import type { BootQuery, BootRecord, BootStore } from './boot-store.ts'
import { BootWriter, type BootWriterSettings } from './boot-writer.ts'
import type { Change } from './lines.ts'
import { LiveBoots } from './live-boots.ts'

export type BootsSettings = {
  readonly store: BootStore
  /** A new id that begins with this time: UUIDv7. */
  readonly newId: (at: number) => string
  /** What went wrong with the record of a boot; the boot itself goes on. */
  readonly onError: (error: unknown) => void
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly keep?: BootWriterSettings['keep']
}

const lookMs = 5_000
/** Boots of before a restart that are taken up again. */
const mostTakenUp = 10_000

/**
 * Every boot as one timeline: hears of what happens, tells who listens, and keeps it. Memory is bounded by the boots
 * that go on (15,000), what waits for the store (50,000 lines) and the news kept for listeners (2,048).
 */
export class Boots implements BootJournal {
  readonly feed: BootFeed
  readonly #store: BootStore
  readonly #live: LiveBoots
  readonly #writer: BootWriter
  readonly #now: () => number
  readonly #onError: (error: unknown) => void
  #ticker: NodeJS.Timeout | undefined

  constructor({ store, newId, onError, now = Date.now, keep }: BootsSettings) {
    this.#store = store
    this.#now = now
    this.#onError = onError
    this.feed = new BootFeed({ startedAt: now() })
    this.#writer = new BootWriter({ store, onError, now, ...(keep !== undefined && { keep }) })
    this.#live = new LiveBoots({
      newId,
      onChange: (boot, change, isNews) => this.#changed(boot, change, isNews),
    })
  }

  /** Takes up the boots of before. */
  async start(): Promise<void> {
    this.#live.takeUp(await this.#store.unfinished(mostTakenUp), this.#now())
    this.#ticker = setInterval(() => this.#look(), lookMs)
  }

  /** All that was heard is written. */
  async stop(): Promise<void> {
    clearInterval(this.#ticker)
    await this.#writer.stop()
  }

  note(event: BootEvent): void {
    try {
      this.#live.take(event, this.#now())
    } catch (error) {
      this.#onError(error)
    }
  }

  async list(
    query: BootQuery,
  ): Promise<{ readonly items: readonly Boot[]; readonly next: string | undefined }> {
    await this.#writer.written()
    return await this.#store.list(query)
  }

  /** @throws {BootNotFound} */
  async find(id: string): Promise<BootRecord> {
    await this.#writer.written()
    return await this.#store.find(id)
  }

  /** Boots that go on, events on their way to the store, and events that found no room on it. */
  sizes(): { readonly live: number; readonly unsaved: number; readonly lost: number } {
    const { lines: unsaved, lost } = this.#writer.counts
    return { live: this.#live.size, unsaved, lost }
  }

  #look(): void {
    try {
      this.#live.look(this.#now())
    } catch (error) {
      this.#onError(error)
    }
  }

  #changed(boot: Boot, change: Change | undefined, isNews: boolean): void {
    if (isNews) this.feed.tell(boot, change?.line)
    this.#writer.add(boot, change?.line, isNews)
  }
}
