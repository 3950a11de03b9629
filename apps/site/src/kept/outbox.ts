import { setTimeout as sleep } from 'node:timers/promises'
import type { BootLog, DiskReport, PhoneCall, StartedBoot } from '@bootcast/boot'
import { type UplinkClient, UpstreamAway, UpstreamRefused } from '@bootcast/uplink'
import type { SiteDatabase } from './site-database.ts'

/** What happened to a machine and must reach the platform, since it changes what that machine boots next. */
export type OutboxCalls = {
  readonly started: StartedBoot
  readonly reported: DiskReport
  readonly phonedHome: PhoneCall
}
type Name = keyof OutboxCalls

export type OutboxSettings = {
  readonly database: SiteDatabase
  readonly uplink: Pick<UplinkClient, 'call'>
  readonly log: BootLog
}

/** When more wait, the oldest go: two days of a thousand machines. */
const mostWaiting = 20_000
const retryMs = 2_000

/** The site is not let in now, or asks too much: what it has to tell may well be taken later. */
const laterStatuses: ReadonlySet<number> = new Set([401, 429])

/**
 * Calls that outlive the WAN and this process, told in their order. Each may be told twice when an answer was lost;
 * telling it twice changes nothing. A disk that takes nothing more is waited for, too.
 */
export class Outbox {
  readonly #settings: OutboxSettings
  readonly #ending = new AbortController()
  #wake: () => void = () => undefined
  #hasNews = false
  #isBroken = false
  #running: Promise<void> = Promise.resolve()

  constructor(settings: OutboxSettings) {
    this.#settings = settings
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    this.#wake()
    await this.#running
  }

  get size(): number {
    const row = this.#sqlite.prepare('SELECT count(*) AS waiting FROM outbox').get()
    return Number(row?.['waiting'] ?? 0)
  }

  /**
   * Kept when fulfilled, and told when the upstream is there. What the disk has no room for is told at once.
   * @throws {UpstreamAway} then, when that cannot be
   */
  async add<N extends Name>(name: N, input: OutboxCalls[N]): Promise<void> {
    const text = JSON.stringify(input)
    try {
      this.#keep(name, text)
    } catch (error) {
      this.#broken(error)
      await this.#tell(name, text)
      return
    }
    this.#hasNews = true
    this.#wake()
  }

  get #sqlite() {
    return this.#settings.database.sqlite
  }

  #keep(name: Name, text: string): void {
    this.#settings.database.durably(() => {
      this.#sqlite.prepare('INSERT INTO outbox (name, input) VALUES (?, ?)').run(name, text)
      if (this.size > mostWaiting)
        this.#sqlite.exec('DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox)')
    })
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      this.#hasNews = false
      const told = await this.#tellNext()
      if (told === 'none') await this.#news()
      if (told === 'later')
        await sleep(retryMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined)
    }
  }

  async #tellNext(): Promise<'told' | 'none' | 'later'> {
    try {
      const row = this.#sqlite.prepare('SELECT id, name, input FROM outbox ORDER BY id LIMIT 1').get()
      if (row === undefined) return 'none'
      // Names come out of `add` alone.
      await this.#tell(row['name'] as Name, String(row['input']))
      this.#sqlite.prepare('DELETE FROM outbox WHERE id = ?').run(Number(row['id']))
      this.#isBroken = false
      return 'told'
    } catch (error) {
      if (!isLater(error) && !this.#ending.signal.aborted) this.#broken(error)
      return 'later'
    }
  }

  /** What the upstream refuses once it refuses always. @throws when it may be told later */
  async #tell(name: Name, text: string): Promise<void> {
    const { uplink, log } = this.#settings
    try {
      await uplink.call(name, JSON.parse(text), { signal: this.#ending.signal })
    } catch (error) {
      if (this.#ending.signal.aborted || isLater(error)) throw error
      log('warn', 'the platform does not take what a machine said', { call: name, reason: String(error) })
    }
  }

  /** Said once, and again when it has worked meanwhile. */
  #broken(error: unknown): void {
    if (!this.#isBroken)
      this.#settings.log('error', 'what machines said cannot be kept in site.db', { reason: String(error) })
    this.#isBroken = true
  }

  #news(): Promise<void> {
    if (this.#hasNews || this.#ending.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

const isLater = (error: unknown): boolean =>
  error instanceof UpstreamAway || (error instanceof UpstreamRefused && laterStatuses.has(error.status))
