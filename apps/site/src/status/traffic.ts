import type { BootEvent, BootJournal } from '@bootcast/boot'
import type { SiteDatabase } from '../kept/site-database.ts'

export type Traffic = {
  /** Bytes sent to machines. */
  readonly bytes: number
  /** Of these, those that were here before the machine asked. */
  readonly cachedBytes: number
  /** Bytes fetched from the upstream, as they went over the line. */
  readonly wanBytes: number
}

export type TrafficMeterSettings = {
  readonly database: SiteDatabase
  /** Bytes that came over the line since the start of this process. */
  readonly wanBytes: () => number
  /** Bytes of blobs that came so. */
  readonly fetchedBytes: () => number
  /** It could not be kept now: a full disk. */
  readonly onError: (error: unknown) => void
}

const saveMs = 10_000

/**
 * How much was sent, and how much had to be fetched for it; since the cache was made. Kept now and then: a crash loses
 * the last ten seconds of it.
 */
export class TrafficMeter implements BootJournal {
  readonly #settings: TrafficMeterSettings
  readonly #before: Traffic & { readonly fetched: number }
  #sent = 0
  #saved = ''
  #timer: NodeJS.Timeout | undefined

  constructor(settings: TrafficMeterSettings) {
    this.#settings = settings
    const { database } = settings
    const { sent = 0, fetched = 0, wan = 0 } = database.sqlite.prepare('SELECT * FROM traffic').get() ?? {}
    this.#before = { bytes: Number(sent), fetched: Number(fetched), wanBytes: Number(wan), cachedBytes: 0 }
  }

  start(): void {
    this.#timer = setInterval(() => this.#save(), saveMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#save()
  }

  note(event: BootEvent): void {
    if (event.kind === 'file' && event.what !== 'loader') this.#sent += event.bytes
  }

  get now(): Traffic {
    const bytes = this.#before.bytes + this.#sent
    const fetched = this.#before.fetched + this.#settings.fetchedBytes()
    return {
      bytes,
      cachedBytes: Math.max(0, bytes - fetched),
      wanBytes: this.#before.wanBytes + this.#settings.wanBytes(),
    }
  }

  /** A full disk costs the count of a crash, nothing else. */
  #save(): void {
    const { bytes, wanBytes } = this.now
    const fetched = this.#before.fetched + this.#settings.fetchedBytes()
    const text = [bytes, fetched, wanBytes].join(' ')
    if (text === this.#saved) return
    const { database, onError } = this.#settings
    try {
      database.unhurried(() =>
        database.sqlite
          .prepare('INSERT OR REPLACE INTO traffic (id, sent, fetched, wan) VALUES (1, ?, ?, ?)')
          .run(bytes, fetched, wanBytes),
      )
      this.#saved = text
    } catch (error) {
      onError(error)
    }
  }
}

/** Several that hear of everything. */
export const journalsOf = (...journals: readonly BootJournal[]): BootJournal => ({
  note: (event) => {
    for (const journal of journals) journal.note(event)
  },
})
