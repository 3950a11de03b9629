import type { BootEvent, BootJournal } from '@bootcast/boot'
import type { Boot } from './boot.ts'
import { BootFeed } from './boot-feed.ts'
import type { BootQuery, BootRecord, BootStore } from './boot-store.ts'
import { type BootSums, hoursBetween } from './boot-sums.ts'
import { BootWriter, type BootWriterSettings } from './boot-writer.ts'
import type { Change } from './lines.ts'
import { LiveBoots } from './live-boots.ts'
import { checkBatch, type SiteBatch, SiteBoots } from './site-boots.ts'

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
 * that go on (15,000, and 6,000 at each site), what waits for the store (50,000 lines) and the news kept for listeners
 * (2,048).
 */
export class Boots implements BootJournal {
  readonly feed: BootFeed
  readonly #store: BootStore
  readonly #live: LiveBoots
  readonly #writer: BootWriter
  readonly #newId: (at: number) => string
  readonly #now: () => number
  readonly #onError: (error: unknown) => void
  /** By id, those that were heard of late. */
  readonly #sites = new Map<string, SiteBoots>()
  #ticker: NodeJS.Timeout | undefined

  constructor({ store, newId, onError, now = Date.now, keep }: BootsSettings) {
    this.#store = store
    this.#newId = newId
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
    for (const site of this.#sites.values()) await site.settled()
    await this.#writer.stop()
  }

  note(event: BootEvent): void {
    try {
      this.#live.take(event, this.#now())
    } catch (error) {
      this.#onError(error)
    }
  }

  /**
   * Takes events of a site, each once however often it is sent. The number of the last one that is in the records,
   * durably: what the site may forget.
   * @throws {SiteEventsRefused} @throws what the store throws: nothing was taken, the site sends them again
   */
  async take(batch: SiteBatch): Promise<number> {
    checkBatch(batch)
    return await this.#siteOf(batch).take(batch.first, batch.events)
  }

  async list(
    query: BootQuery,
  ): Promise<{ readonly items: readonly Boot[]; readonly next: string | undefined }> {
    await this.#writer.written()
    return await this.#store.list(query)
  }

  /** Of boots that began since then; `hours`: where each begins. */
  async sums({
    since,
    ...wanted
  }: Pick<BootQuery, 'site' | 'image' | 'machine'> & { readonly since: number }): Promise<
    BootSums & { readonly hours: readonly number[] }
  > {
    await this.#writer.written()
    const hours = hoursBetween(since, this.#now())
    return { hours, ...(await this.#store.sums({ hours, ...wanted })) }
  }

  /** @throws {BootNotFound} */
  async find(id: string): Promise<BootRecord> {
    await this.#writer.written()
    return await this.#store.find(id)
  }

  /** Boots that go on, events on their way to the store, and events that found no room on it. */
  sizes(): { readonly live: number; readonly unsaved: number; readonly lost: number } {
    const { lines: unsaved, lost } = this.#writer.counts
    const atSites = [...this.#sites.values()].reduce((sum, { size }) => sum + size, 0)
    return { live: this.#live.size + atSites, unsaved, lost }
  }

  #siteOf({ site, siteName }: SiteBatch): SiteBoots {
    const known = this.#sites.get(site)
    if (known?.isOf(siteName) === true) return known
    const opened = new SiteBoots({
      ...{ site, siteName, store: this.#store, newId: this.#newId, now: this.#now, onError: this.#onError },
      keep: (records, mark) => this.#writer.keep(records, mark),
      onNews: (boot, line) => this.feed.tell(boot, line),
    })
    this.#sites.set(site, opened)
    return opened
  }

  #look(): void {
    for (const [id, site] of this.#sites) {
      if (site.isGone) this.#sites.delete(id)
      else site.look()
    }
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
