import type { BootSession, BootSessionStore } from '@bootcast/boot'
import type { SiteDatabase } from './site-database.ts'

/** Boots under way at a site, kept over its restart: a machine in the middle of one goes on. */
export class SqliteSessionStore implements BootSessionStore {
  readonly #database: SiteDatabase

  constructor(database: SiteDatabase) {
    this.#database = database
  }

  async load(): Promise<readonly BootSession[]> {
    const rows = this.#database.sqlite.prepare('SELECT session FROM boot_keys').all() as { session: string }[]
    return rows.map(({ session }) => {
      const { user, pass, ...rest } = JSON.parse(session) as BootSession
      return { ...rest, user, pass }
    })
  }

  async save(sessions: readonly BootSession[]): Promise<void> {
    const put = this.#database.sqlite.prepare('INSERT OR REPLACE INTO boot_keys VALUES (?, ?, ?)')
    this.#database.durably(() => {
      for (const session of sessions) put.run(session.secret, session.lastUsedAt, JSON.stringify(session))
    })
  }

  async forget(lastUsedBefore: number): Promise<void> {
    const forget = this.#database.sqlite.prepare('DELETE FROM boot_keys WHERE last_used_at < ?')
    this.#database.durably(() => forget.run(lastUsedBefore))
  }
}
