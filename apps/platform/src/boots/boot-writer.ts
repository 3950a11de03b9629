import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Boot, Line } from './boot.ts'
import { isOnlyDhcp } from './boot-facts.ts'
import type { BootRecord, BootStore, KeepLimits, SiteMark } from './boot-store.ts'

export type BootWriterSettings = {
  readonly store: Pick<BootStore, 'save' | 'prune'>
  /** What could not be kept, now and then. */
  readonly onError: (error: unknown) => void
  readonly now: () => number
  /** Absent: 20,000 boots, 5,000 that came no further than DHCP, 30 days. */
  readonly keep?: { readonly boots: number; readonly onlyDhcp: number; readonly days: number }
}

/** What happened waits for this long, so that a storm is few transactions. */
const flushMs = 1_000
/** After the store has failed. */
const retryMs = 5_000
/** Lines that only repeat themselves wait for this long: a thousand machines that wait repeat six each in 10 s. */
const repeatedMs = 60_000
/** A boot that ends in DHCP before this was no machine but made-up packets, and is not written at all. */
const strangerMs = 3_000
/** Boots in one transaction, and forgotten in one. */
const atOnce = 100
/** Lines that wait; when the store is away, more are lost. */
const mostLines = 50_000
const mostBoots = 20_000
/** After so many boots were written, old ones are forgotten. */
const pruneEvery = 500
const dayMs = 24 * 60 * 60_000

type Unsaved = { boot: Boot; readonly lines: Map<number, Line>; isNews: boolean; readonly since: number }

/** Boots on their way to the store: in batches, between which machines are answered, one batch at a time. */
export class BootWriter {
  readonly #settings: BootWriterSettings
  readonly #keep: NonNullable<BootWriterSettings['keep']>
  readonly #unsaved = new Map<string, Unsaved>()
  #lines = 0
  #lost = 0
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()
  #sincePrune = pruneEvery

  constructor(settings: BootWriterSettings) {
    this.#settings = settings
    this.#keep = settings.keep ?? { boots: 20_000, onlyDhcp: 5_000, days: 30 }
  }

  /** Boots and lines that wait, and lines that were lost since the store was too slow. */
  get counts(): { readonly boots: number; readonly lines: number; readonly lost: number } {
    return { boots: this.#unsaved.size, lines: this.#lines, lost: this.#lost }
  }

  add(boot: Boot, line: Line | undefined, isNews: boolean): void {
    const known = this.#unsaved.get(boot.id)
    const entry = known ?? this.#entry(boot)
    if (entry === undefined) {
      this.#lost += line === undefined ? 0 : 1
      return
    }
    entry.boot = boot
    entry.isNews ||= isNews
    if (line !== undefined) this.#addLine(entry, line)
    this.#wait(flushMs)
  }

  /** Fulfilled when all that was told until now is in the store, or was told to `onError`. */
  async written(): Promise<void> {
    await this.#flushInTurn(true)
  }

  /**
   * Keeps these in a transaction of their own, in turn with the others. Unlike what is added, they are not tried again.
   * @throws what the store throws
   */
  async keep(records: readonly BootRecord[], mark?: SiteMark): Promise<void> {
    const kept = this.#flushing.then(() => this.#settings.store.save(records, mark))
    this.#flushing = kept.then(
      () => {
        this.#sincePrune += records.length
        return this.#prune()
      },
      () => undefined,
    )
    await kept
  }

  async stop(): Promise<void> {
    await this.written()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #entry(boot: Boot): Unsaved | undefined {
    if (this.#unsaved.size >= mostBoots) return undefined
    const entry: Unsaved = { boot, lines: new Map(), isNews: false, since: this.#settings.now() }
    this.#unsaved.set(boot.id, entry)
    return entry
  }

  #addLine({ lines }: Unsaved, line: Line): void {
    if (lines.has(line.n)) lines.set(line.n, line)
    else if (this.#lines >= mostLines) this.#lost += 1
    else {
      lines.set(line.n, line)
      this.#lines += 1
    }
  }

  /** One at a time: a store that hangs must not be given more and more to do. */
  #flushInTurn(isUrgent: boolean): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flush(isUrgent))
    return this.#flushing
  }

  async #flush(isUrgent: boolean): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const now = this.#settings.now()
    for (const { boot } of this.#unsaved.values()) if (isMadeUp(boot)) this.#forget(boot.id)
    const due = [...this.#unsaved.values()].filter((entry) => isUrgent || isDue(entry, now))
    let isWell = true
    for (let at = 0; at < due.length && isWell; at += atOnce) {
      isWell = await this.#save(due.slice(at, at + atOnce))
      await nextTurn()
    }
    if (isWell) await this.#prune()
    if (this.#unsaved.size > 0) this.#wait(isWell ? flushMs : retryMs)
  }

  #wait(ms: number): void {
    this.#timer ??= setTimeout(() => void this.#flushInTurn(false), ms)
  }

  /** What changes meanwhile waits for the next time. */
  async #save(entries: readonly Unsaved[]): Promise<boolean> {
    const records: BootRecord[] = entries.map(({ boot, lines }) => ({ boot, lines: [...lines.values()] }))
    for (const { boot } of entries) this.#forget(boot.id)
    try {
      await this.#settings.store.save(records)
      this.#sincePrune += records.length
      return true
    } catch (error) {
      for (const { boot, lines } of records) this.#putBack(boot, lines)
      this.#settings.onError(error)
      return false
    }
  }

  #putBack(boot: Boot, lines: readonly Line[]): void {
    const entry = this.#unsaved.get(boot.id) ?? this.#entry(boot)
    if (entry === undefined) return
    entry.isNews = true
    // What came meanwhile is newer.
    for (const line of lines) if (!entry.lines.has(line.n)) this.#addLine(entry, line)
  }

  #forget(id: string): void {
    this.#lines -= this.#unsaved.get(id)?.lines.size ?? 0
    this.#unsaved.delete(id)
  }

  async #prune(): Promise<void> {
    if (this.#sincePrune < pruneEvery) return
    this.#sincePrune = 0
    const { store, now, onError } = this.#settings
    const { boots, onlyDhcp, days } = this.#keep
    const limits: KeepLimits = { boots, onlyDhcp, before: now() - days * dayMs }
    try {
      while ((await store.prune(limits, atOnce)) > 0) await nextTurn()
    } catch (error) {
      onError(error)
    }
  }
}

/** Packets that somebody invents are closed at once, to make room for the next. */
function isMadeUp({ facts, beganAt, closedAt }: Boot): boolean {
  return closedAt !== undefined && closedAt - beganAt < strangerMs && isOnlyDhcp(facts)
}

function isDue({ boot, isNews, since }: Unsaved, now: number): boolean {
  if (boot.closedAt === undefined && isOnlyDhcp(boot.facts)) return now - boot.beganAt >= strangerMs
  return isNews || boot.closedAt !== undefined || now - since >= repeatedMs
}
