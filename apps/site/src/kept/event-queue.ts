import type { BootEvent } from '@bootcast/boot'
import type { SiteDatabase } from './site-database.ts'

export type QueuedEvent = { readonly at: number; readonly event: BootEvent }
/** Consecutive events; the first has the number `first`. */
export type EventBatch = { readonly first: number; readonly events: readonly QueuedEvent[] }

export type EventQueueSettings = {
  readonly database: SiteDatabase
  /** Events could not be written, or there was no room for them: how many went, `count` since the start of the site. */
  readonly onDropped: (dropped: { readonly events: number; readonly count: number }) => void
  readonly onError: (error: unknown) => void
  readonly most?: QueueLimits
}
export type QueueLimits = {
  readonly events: number
  /** Of their texts. */
  readonly bytes: number
}

const usualMost: QueueLimits = { events: 200_000, bytes: 256 * 2 ** 20 }
/** What happened waits for so long, so that a storm is few transactions. */
const writeAfterMs = 250
/** After a write has failed. */
const retryMs = 5_000
/** Events that wait to be written; more are lost. */
const mostUnwritten = 10_000
/** An event is a few hundred; this one has been made up. */
const longestEvent = 16_384
/** Room is made for so many at once. */
const roomAtOnce = 1_000

/** Kinds that an address is enough for, so that attackers can have any number of them. */
const chatter: ReadonlySet<BootEvent['kind']> = new Set<BootEvent['kind']>([
  ...(['discover', 'offer', 'ignored', 'request'] as const),
  ...(['other-offer', 'lease', 'address-refused', 'system'] as const),
])

type Unwritten = { readonly at: number; readonly text: string; readonly chatter: 0 | 1 }
type Row = { readonly id: number; readonly at: number; readonly event: string; readonly n: number | null }

/**
 * Events on their way to the upstream, on disk. They are written behind, within a quarter of a second: what is younger
 * is lost when the process is killed; in a power cut, what came since the last time that something was made durable
 * (each lease, each batch that is sent). An event gets its number, from 1 on, when it is handed out first, durably; then
 * it is kept until it is forgotten, and its number never means another one. Memory: what waits to be written.
 */
export class EventQueue {
  readonly #settings: EventQueueSettings
  readonly #most: QueueLimits
  readonly #listeners = new Set<() => void>()
  #unwritten: Unwritten[] = []
  #timer: NodeJS.Timeout | undefined
  #events: number
  #bytes: number
  #lastNumber: number
  #dropped: number

  constructor(settings: EventQueueSettings) {
    this.#settings = settings
    this.#most = settings.most ?? usualMost
    const { sqlite } = settings.database
    const sums = sqlite.prepare('SELECT count(*) AS events, total(octet_length(event)) AS bytes FROM events')
    const { events, bytes } = sums.get() as { events: number; bytes: number }
    this.#events = events
    this.#bytes = bytes
    this.#lastNumber = this.#count('last_number')
    this.#dropped = this.#count('dropped')
  }

  /** Events that wait, and those that found no room, ever. */
  get counts(): { readonly events: number; readonly bytes: number; readonly dropped: number } {
    return { events: this.#events + this.#unwritten.length, bytes: this.#bytes, dropped: this.#dropped }
  }

  /** The number that the next new event gets. */
  get nextNumber(): number {
    return this.#lastNumber + 1
  }

  /** Returns at once and never throws. */
  append(event: BootEvent, at: number): void {
    const text = this.#textOf(event)
    if (text === undefined) return
    this.#unwritten.push({
      at: Math.round(Number.isFinite(at) ? at : Date.now()),
      text,
      chatter: chatter.has(event.kind) ? 1 : 0,
    })
    if (this.#unwritten.length > mostUnwritten) {
      this.#unwritten.shift()
      this.#lose(1)
    }
    this.#timer ??= setTimeout(() => this.#write(), writeAfterMs)
    for (const listener of this.#listeners) listener()
  }

  /** The listener is called with each event that comes; it must not throw. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The oldest events, those that were handed out before first. @throws what SQLite throws: nothing was handed out */
  next(limit: number): EventBatch {
    this.#write()
    const { database } = this.#settings
    const handed = this.#rows('n IS NOT NULL ORDER BY n', limit)
    const fresh = this.#rows('n IS NULL ORDER BY id', Math.max(0, limit - handed.length))
    const first = handed[0]?.n ?? this.nextNumber
    if (fresh.length > 0)
      database.durably(() => {
        const number = database.sqlite.prepare('UPDATE events SET n = ? WHERE id = ?')
        for (const [place, { id }] of fresh.entries()) number.run(this.nextNumber + place, id)
        this.#keepCount('last_number', this.#lastNumber + fresh.length)
      })
    this.#lastNumber += fresh.length
    return { first, events: [...handed, ...fresh].map(({ at, event }) => ({ at, event: JSON.parse(event) })) }
  }

  /**
   * Everything up to this number has arrived. Beyond what was handed out: the numbers up to it were used before this
   * file was lost, or an older one was put in its place. @throws what SQLite throws
   */
  forget(upTo: number): void {
    const { database } = this.#settings
    const last = Math.max(this.#lastNumber, upTo)
    const { events, bytes } = database.unhurried(() => {
      if (last !== this.#lastNumber) this.#keepCount('last_number', last)
      return this.#delete('n <= ?', upTo)
    })
    this.#lastNumber = last
    this.#events -= events
    this.#bytes -= bytes
  }

  /** Writes what waits. */
  stop(): void {
    this.#write()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #textOf(event: BootEvent): string | undefined {
    try {
      const text = JSON.stringify(event)
      if (text.length <= longestEvent) return text
    } catch (error) {
      this.#settings.onError(error)
    }
    this.#lose(1)
    return undefined
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const some = this.#unwritten
    if (some.length === 0) return
    this.#unwritten = []
    const { database, onError } = this.#settings
    try {
      database.unhurried(() => {
        const insert = database.sqlite.prepare('INSERT INTO events (at, event, chatter) VALUES (?, ?, ?)')
        for (const one of some) insert.run(one.at, one.text, one.chatter)
      })
      this.#events += some.length
      this.#bytes += some.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
    } catch (error) {
      this.#unwritten = some
      this.#timer = setTimeout(() => this.#write(), retryMs)
      onError(error)
      return
    }
    try {
      this.#makeRoom()
    } catch (error) {
      onError(error)
    }
  }

  /** The oldest that only tells of DHCP goes first, then the oldest; never one that was handed out. */
  #makeRoom(): void {
    const { database } = this.#settings
    while (this.#events > this.#most.events || this.#bytes > this.#most.bytes) {
      const count = Math.min(roomAtOnce, Math.max(1, Math.ceil(this.#events / 100)))
      const gone = database.unhurried(() => {
        const oldest = 'id IN (SELECT id FROM events WHERE n IS NULL AND chatter = ? ORDER BY id LIMIT ?)'
        const ofDhcp = this.#delete(oldest, 1, count)
        const removed = ofDhcp.events > 0 ? ofDhcp : this.#delete(oldest, 0, count)
        this.#keepCount('dropped', this.#dropped + removed.events)
        return removed
      })
      if (gone.events === 0) return
      this.#events -= gone.events
      this.#bytes -= gone.bytes
      this.#lose(gone.events)
    }
  }

  #lose(events: number): void {
    this.#dropped += events
    this.#settings.onDropped({ events, count: this.#dropped })
  }

  #rows(which: string, limit: number): Row[] {
    const { sqlite } = this.#settings.database
    return sqlite.prepare(`SELECT id, at, event, n FROM events WHERE ${which} LIMIT ?`).all(limit) as Row[]
  }

  #delete(which: string, ...values: number[]): { readonly events: number; readonly bytes: number } {
    const { sqlite } = this.#settings.database
    const sizes = sqlite.prepare(`DELETE FROM events WHERE ${which} RETURNING octet_length(event) AS size`)
    const gone = sizes.all(...values) as { size: number }[]
    return { events: gone.length, bytes: gone.reduce((sum, { size }) => sum + size, 0) }
  }

  #count(name: string): number {
    const { sqlite } = this.#settings.database
    const row = sqlite.prepare('SELECT value FROM counts WHERE name = ?').get(name) as { value: number }
    return row.value
  }

  #keepCount(name: string, value: number): void {
    this.#settings.database.sqlite.prepare('UPDATE counts SET value = ? WHERE name = ?').run(value, name)
  }
}
