import type { Lease, LeaseStore } from '@bootcast/netboot'
import type { Database } from '../database/open.ts'

/** Rows in one statement: 6 values each, far below the engines' limits, and few different texts to prepare. */
const rowsAtOnce = 128

/** Leases in the catalogue's database: they survive a restart. One transaction, so one fsync, per call. */
export class SqlLeaseStore implements LeaseStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async load(): Promise<readonly Lease[]> {
    const rows = await this.#database.selectFrom('leases').selectAll().orderBy('expires_at').execute()
    return rows.map(({ address, client, mac, hostname, state, expires_at }) => ({
      address,
      client,
      mac,
      ...(hostname !== null && { hostname }),
      state: state === 'declined' ? 'declined' : 'bound',
      expiresAt: expires_at,
    }))
  }

  async save(leases: readonly Lease[]): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      for (let at = 0; at < leases.length; at += rowsAtOnce) {
        await transaction
          .insertInto('leases')
          .values(leases.slice(at, at + rowsAtOnce).map(rowOf))
          .onConflict((conflict) =>
            conflict.column('address').doUpdateSet(({ ref }) => ({
              client: ref('excluded.client'),
              mac: ref('excluded.mac'),
              hostname: ref('excluded.hostname'),
              state: ref('excluded.state'),
              expires_at: ref('excluded.expires_at'),
            })),
          )
          .execute()
      }
    })
  }

  async remove(addresses: readonly string[]): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      for (let at = 0; at < addresses.length; at += rowsAtOnce) {
        const some = addresses.slice(at, at + rowsAtOnce)
        await transaction.deleteFrom('leases').where('address', 'in', some).execute()
      }
    })
  }
}

function rowOf({ address, client, mac, hostname, state, expiresAt }: Lease) {
  return { address, client, mac, hostname: hostname ?? null, state, expires_at: expiresAt }
}
