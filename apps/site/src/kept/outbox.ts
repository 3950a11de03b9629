import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BootLog, DiskReport, PhoneCall, StartedBoot } from '@bootcast/boot'
import { type UplinkClient, UpstreamAway } from '@bootcast/uplink'

/** What happened to a machine and must reach the platform, since it changes what that machine boots next. */
export type OutboxCalls = {
  readonly started: StartedBoot
  readonly reported: DiskReport
  readonly phonedHome: PhoneCall
}
type Name = keyof OutboxCalls

export type OutboxSettings = {
  readonly database: DatabaseSync
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
  readonly #insert: StatementSync
  readonly #count: StatementSync
  #wake: () => void = () => undefined
  #running: Promise<void> = Promise.resolve()

  constructor(settings: OutboxSettings) {
    this.#settings = settings
    const { database } = settings
    database.exec(
      'CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, input TEXT)',
    )
    this.#insert = database.prepare('INSERT INTO outbox (name, input) VALUES (?, ?)')
    this.#count = database.prepare('SELECT count(*) AS waiting FROM outbox')
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
    return Number(this.#count.get()?.['waiting'] ?? 0)
  }

  /** Kept when fulfilled; told when the upstream is there. */
  async add<N extends Name>(name: N, input: OutboxCalls[N]): Promise<void> {
    this.#insert.run(name, JSON.stringify(input))
    if (this.size > mostWaiting)
      this.#settings.database.exec('DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox)')
    this.#wake()
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      const told = await this.#tellNext()
      if (told === 'none') await this.#news()
      if (told === 'away') await sleep(retryMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async #tellNext(): Promise<'told' | 'none' | 'away'> {
    const { database, uplink, log } = this.#settings
    const row = database.prepare('SELECT id, name, input FROM outbox ORDER BY id LIMIT 1').get()
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
    database.prepare('DELETE FROM outbox WHERE id = ?').run(id)
    return 'told'
  }

  #news(): Promise<void> {
    if (this.#ending.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
