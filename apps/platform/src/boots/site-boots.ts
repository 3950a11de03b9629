import type { BootEvent } from '@bootcast/boot'
import type { Boot, Line } from './boot.ts'
import type { BootRecord, BootStore, SiteMark } from './boot-store.ts'
import type { Change } from './lines.ts'
import { LiveBoots } from './live-boots.ts'

/** Events of a site in its order; it numbers them, the first of these is `first`. */
export type SiteBatch = {
  /** Its id. */
  readonly site: string
  readonly siteName: string
  readonly first: number
  /** At most 500; none: the site is there and has nothing to tell. */
  readonly events: readonly SiteEvent[]
}
/** `at`: when it happened, milliseconds since 1970 by the clock of the platform. */
export type SiteEvent = {
  readonly at: number
  /** `undefined`: of a kind that is not known here. It has its number all the same. */
  readonly event: BootEvent | undefined
}

export type SiteBootsSettings = {
  readonly site: string
  readonly siteName: string
  readonly store: Pick<BootStore, 'unfinished' | 'markOf'>
  /** All in one transaction. */
  readonly keep: (records: readonly BootRecord[], mark?: SiteMark) => Promise<void>
  /** What has happened and is kept, in its order. */
  readonly onNews: (boot: Boot, line: Line | undefined) => void
  readonly newId: (at: number) => string
  readonly onError: (error: unknown) => void
  readonly now: () => number
}

export const mostEvents = 500
/** At a site: see `MostBoots`. */
const most = { boots: 5_000, onlyDhcp: 1_000 }
/** A site that says nothing for so long may be cut off, and what happens there is not known. */
const mostQuietMs = 45_000
/** Of a site that was not heard for so long nothing is kept in memory. */
const goneMs = 10 * 60_000

type Loaded = {
  readonly live: LiveBoots
  mark: number
  /** Up to when it is known what happened at the site: the time of its newest event, and what has passed since. */
  clock: number
  heardAt: number
}
type Kept = { boot: Boot; readonly lines: Map<number, Line> }

/**
 * Boots at one site. Boots, lines and the mark of a batch are one transaction, and nothing else writes them; what is in
 * memory is what is in the store, or is thrown away and taken up from there. So whatever ends when, each event counts
 * once. Patience goes by the time at the site, which stands still while that is not heard: a boot is not given up for a
 * line that is cut. Memory: 6,000 boots for each site that was heard in the last ten minutes, one batch at a time. Made-up
 * machines are written too, since their events count; the store keeps the newest of those that stay in DHCP only.
 */
export class SiteBoots {
  readonly #settings: SiteBootsSettings
  #loaded: Loaded | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #isTaking = false
  #isLooking = false
  readonly #changes = new Map<string, Kept>()
  #news: { readonly boot: Boot; readonly line: Line | undefined }[] = []

  constructor(settings: SiteBootsSettings) {
    this.#settings = settings
  }

  get size(): number {
    return this.#loaded?.live.size ?? 0
  }

  isOf(siteName: string): boolean {
    return this.#settings.siteName === siteName
  }

  /** It was not heard for long, and nothing is under way. */
  get isGone(): boolean {
    const { now } = this.#settings
    if (this.#isTaking || this.#isLooking) return false
    return this.#loaded === undefined || now() - this.#loaded.heardAt > goneMs
  }

  /**
   * Takes the events that are not taken yet. The number of the last that is kept, durably.
   * @throws {SiteEventsRefused} while others of the site are being taken @throws what the store throws: nothing was taken
   */
  async take(first: number, events: readonly SiteEvent[]): Promise<number> {
    if (this.#isTaking) throw new SiteEventsRefused('are being taken already; send them again in a moment')
    this.#isTaking = true
    try {
      return await this.#inTurn(() => this.#take(first, events))
    } finally {
      this.#isTaking = false
    }
  }

  /** To be called every few seconds. */
  look(): void {
    if (this.#loaded === undefined || this.#isLooking) return
    this.#isLooking = true
    this.#inTurn(() => this.#look())
      .catch(this.#settings.onError)
      .finally(() => {
        this.#isLooking = false
      })
  }

  /** Fulfilled when nothing is under way. */
  async settled(): Promise<void> {
    await this.#turn
  }

  /** What fails has not happened: memory goes back to the store. */
  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {
      this.#loaded = undefined
    })
    return done
  }

  async #take(first: number, events: readonly SiteEvent[]): Promise<number> {
    const here = this.#loaded ?? (await this.#load())
    const last = first + events.length - 1
    here.clock = this.#timeThere(here)
    here.heardAt = this.#settings.now()
    if (events.length === 0 || last <= here.mark) return here.mark
    // Later than the next one: what is between was lost here (timelines thrown away), and the site has it no more.
    for (const one of events.slice(Math.max(0, here.mark + 1 - first))) this.#add(here, one)
    here.live.look(here.clock)
    await this.#keep({ site: this.#settings.site, from: here.mark, upTo: last })
    here.mark = last
    return last
  }

  /** One that fails is told and counts as taken: it would stand before all others for ever. */
  #add(here: Loaded, { at: told, event }: SiteEvent): void {
    const { now, onError } = this.#settings
    const at = Math.min(told, now())
    try {
      if (event !== undefined) here.live.take(event, at)
    } catch (error) {
      onError(error)
    }
    here.clock = Math.max(here.clock, at)
  }

  async #look(): Promise<void> {
    const here = this.#loaded
    if (here === undefined) return
    here.live.look(this.#timeThere(here))
    if (this.#changes.size > 0) await this.#keep()
  }

  #timeThere({ clock, heardAt }: Loaded): number {
    const passed = this.#settings.now() - heardAt
    return clock + Math.max(0, Math.min(passed, mostQuietMs))
  }

  async #load(): Promise<Loaded> {
    const { site, siteName, store, newId, now } = this.#settings
    this.#forgetChanges()
    const mark = await store.markOf(site)
    const boots = await store.unfinished(most.boots, siteName)
    const live = new LiveBoots({
      site: siteName,
      most,
      newId,
      onChange: (boot, change, isNews) => this.#changed(boot, change, isNews),
    })
    const clock = boots.reduce((latest, { lastAt }) => Math.max(latest, lastAt), 0)
    live.takeUp(boots, clock)
    this.#loaded = { live, mark, clock, heardAt: now() }
    return this.#loaded
  }

  #changed(boot: Boot, change: Change | undefined, isNews: boolean): void {
    const kept = this.#changes.get(boot.id) ?? { boot, lines: new Map() }
    kept.boot = boot
    if (change !== undefined) kept.lines.set(change.line.n, change.line)
    this.#changes.set(boot.id, kept)
    if (isNews) this.#news.push({ boot, line: change?.line })
  }

  async #keep(mark?: SiteMark): Promise<void> {
    const records = [...this.#changes.values()].map(({ boot, lines }) => ({
      boot,
      lines: [...lines.values()],
    }))
    const news = this.#news
    this.#forgetChanges()
    await this.#settings.keep(records, mark)
    for (const { boot, line } of news) this.#settings.onNews(boot, line)
  }

  #forgetChanges(): void {
    this.#changes.clear()
    this.#news = []
  }
}

/** @throws {SiteEventsRefused} */
export function checkBatch({ first, events }: SiteBatch): void {
  if (!Number.isSafeInteger(first) || first < 1) throw new SiteEventsRefused('are numbered from 1 on')
  if (events.length > mostEvents) throw new SiteEventsRefused(`come ${mostEvents} at a time, at most`)
  if (!events.every(({ at }) => Number.isSafeInteger(at) && at >= 0))
    throw new SiteEventsRefused('each have a time, in milliseconds since 1970')
}

export class SiteEventsRefused extends Error {
  override readonly name = 'SiteEventsRefused'
  readonly code = 'site_events_refused'

  constructor(why: string) {
    super(`the events of a site ${why}`)
  }
}
