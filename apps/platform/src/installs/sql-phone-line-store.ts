import { randomBytes } from 'node:crypto'
import type { Database } from '../database/open.ts'
import type { PhoneLine, PhoneLineStore } from './phone-log.ts'

/** Names in one IN, and rows of 6 values in one INSERT. */
const atOnce = 1000

export class SqlPhoneLineStore implements PhoneLineStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async add(lines: readonly PhoneLine[], most: number): Promise<void> {
    const macs = [...new Set(lines.map(({ mac }) => mac))].sort()
    for (let at = 0; at < macs.length; at += atOnce)
      await this.#addOf(macs.slice(at, at + atOnce), lines, most)
  }

  async #addOf(macs: readonly string[], lines: readonly PhoneLine[], most: number): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      const machines = transaction.selectFrom('machines').where('mac', 'in', macs).select('mac')
      const known = new Set((await machines.execute()).map(({ mac }) => mac))
      const rows = lines
        .filter(({ mac }) => known.has(mac))
        .map((line, n) => ({ id: idOf(line, n), ...line }))
      for (let at = 0; at < rows.length; at += atOnce)
        await transaction
          .insertInto('phone_calls')
          .values(rows.slice(at, at + atOnce))
          .execute()
      for (const mac of known) {
        const kept = await transaction
          .selectFrom('phone_calls')
          .where('mac', '=', mac)
          .select('id')
          .orderBy('id', 'desc')
          .offset(most - 1)
          .limit(1)
          .executeTakeFirst()
        if (kept !== undefined)
          await transaction
            .deleteFrom('phone_calls')
            .where('mac', '=', mac)
            .where('id', '<', kept.id)
            .execute()
      }
    })
  }

  async of(mac: string): Promise<readonly PhoneLine[]> {
    const rows = await this.#database
      .selectFrom('phone_calls')
      .where('mac', '=', mac)
      .selectAll()
      .orderBy('id')
      .execute()
    return rows.map(({ at, release, state, text }) => ({
      mac,
      at,
      release,
      state: state as PhoneLine['state'],
      text,
    }))
  }
}

/** Sorts by time; of one millisecond in the order in which they came. */
function idOf({ at }: PhoneLine, n: number): string {
  return `${at.toString(16).padStart(12, '0')}-${n.toString(16).padStart(6, '0')}-${randomBytes(8).toString('hex')}`
}
