import type { DatabaseSync } from 'node:sqlite'
import { type WholeRelease, wholeReleaseSchema } from '@bootcast/catalogue'
import { nameOf, type ReleaseStore } from '../cache/release-book.ts'

/** Releases that were told once: their bytes may be here, and their chunks in the next ones. */
export class SqliteReleaseStore implements ReleaseStore {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
    database.exec(
      'CREATE TABLE IF NOT EXISTS releases (name TEXT PRIMARY KEY, told_at INTEGER, release TEXT)',
    )
  }

  /** The one that was told longest ago first. What this version cannot read is left out. */
  load(): readonly WholeRelease[] {
    const rows = this.#database.prepare('SELECT release FROM releases ORDER BY told_at').all()
    return rows.flatMap(({ release }) => {
      const read = wholeReleaseSchema.safeParse(JSON.parse(String(release)))
      return read.success ? [read.data] : []
    })
  }

  keep(release: WholeRelease): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO releases (name, told_at, release) VALUES (?, ?, ?)')
      .run(nameOf(release), Date.now(), JSON.stringify(release))
  }

  forget(name: string): void {
    this.#database.prepare('DELETE FROM releases WHERE name = ?').run(name)
  }
}
