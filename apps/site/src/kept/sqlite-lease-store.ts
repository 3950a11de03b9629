import type { Lease, LeaseStore } from '@bootcast/netboot'
import type { SiteDatabase } from './site-database.ts'

type Row = {
  readonly address: string
  readonly client: string
  readonly mac: string
  readonly hostname: string | null
  readonly state: string
  readonly expires_at: number
}

/** Leases of a site. One transaction, so one fsync, per call. */
export class SqliteLeaseStore implements LeaseStore {
  readonly #database: SiteDatabase

  constructor(database: SiteDatabase) {
    this.#database = database
  }

  async load(): Promise<readonly Lease[]> {
    const rows = this.#database.sqlite.prepare('SELECT * FROM leases ORDER BY expires_at').all() as Row[]
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
    const put = this.#database.sqlite.prepare('INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?, ?)')
    this.#database.durably(() => {
      for (const { address, client, mac, hostname, state, expiresAt } of leases)
        put.run(address, client, mac, hostname ?? null, state, expiresAt)
    })
  }

  async remove(addresses: readonly string[]): Promise<void> {
    const remove = this.#database.sqlite.prepare('DELETE FROM leases WHERE address = ?')
    this.#database.durably(() => {
      for (const address of addresses) remove.run(address)
    })
  }
}
