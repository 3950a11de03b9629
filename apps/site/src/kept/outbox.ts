import { setTimeout as sleep } from 'node:timers/promises'
import type { BootLog, DiskReport, PhoneCall, StartedBoot } from '@bootcast/boot'
import { type UplinkClient, UpstreamAway } from '@bootcast/uplink'
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

/**
 * Calls that outlive the WAN and this process, told in their order. Each may be told twice when an answer was lost;
 * telling it twice changes nothing.
 */
export class Outbox {
  readonly #settings: OutboxSettings
  readonly #ending = new AbortController()
  #wake: () => void = () => undefined
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

  /** Kept when fulfilled; told when the upstream is there. */
  async add<N extends Name>(name: N, input: OutboxCalls[N]): Promise<void> {
    this.#settings.database.durably(() => {
      this.#sqlite.prepare('INSERT INTO outbox (name, input) VALUES (?, ?)').run(name, JSON.stringify(input))
      if (this.size > mostWaiting)
        this.#sqlite.exec('DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox)')
    })
    this.#wake()
  }

  get #sqlite() {
    return this.#settings.database.sqlite
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      const told = await this.#tellNext()
      if (told === 'none') await this.#news()
      if (told === 'away')
        await sleep(retryMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined)
    }
  }

  async #tellNext(): Promise<'told' | 'none' | 'away'> {
    const { uplink, log } = this.#settings
    const row = this.#sqlite.prepare('SELECT id, name, input FROM outbox ORDER BY id LIMIT 1').get()
    if (row === undefined) return 'none'
    const id = Number(row['id'])
    const name = String(row['name'])
    const input = String(row['input'])
    try {
      await uplink.call(name as Name, JSON.parse(input), { signal: this.#ending.signal })
    } catch (error) {
      if (this.#ending.signal.aborted || error instanceof UpstreamAway) return 'away'
      // What the platform refuses once it refuses always.
      log('warn', 'the platform does not take what a machine said', { call: name, reason: String(error) })
    }
    this.#sqlite.prepare('DELETE FROM outbox WHERE id = ?').run(id)
    return 'told'
  }

  #news(): Promise<void> {
    if (this.#ending.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
