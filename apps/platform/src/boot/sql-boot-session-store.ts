import type { BootSession, BootSessionStore } from '@bootcast/boot'
import type { Database } from '../database/open.ts'

/** Rows in one INSERT: 3 values each. */
const rowsAtOnce = 500

/** Boots under way, kept over a restart of the platform: a machine in the middle of one goes on. */
export class SqlBootSessionStore implements BootSessionStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async load(): Promise<readonly BootSession[]> {
    const rows = await this.#database.selectFrom('boot_keys').select('session').execute()
    return rows.map(({ session }) => {
      const { user, pass, ...rest } = JSON.parse(session) as BootSession
      return { ...rest, user, pass }
    })
  }

  async save(sessions: readonly BootSession[]): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      for (let at = 0; at < sessions.length; at += rowsAtOnce) {
        const rows = sessions.slice(at, at + rowsAtOnce).map((session) => ({
          secret_sha256: session.secret,
          last_used_at: session.lastUsedAt,
          session: JSON.stringify(session),
        }))
        await transaction
          .insertInto('boot_keys')
          .values(rows)
          .onConflict((conflict) =>
            conflict.column('secret_sha256').doUpdateSet(({ ref }) => ({
              last_used_at: ref('excluded.last_used_at'),
              session: ref('excluded.session'),
            })),
          )
          .execute()
      }
    })
  }

  async forget(lastUsedBefore: number): Promise<void> {
    await this.#database.deleteFrom('boot_keys').where('last_used_at', '<', lastUsedBefore).execute()
  }
}
