import { type WholeRelease, wholeReleaseSchema } from '@bootcast/catalogue'
import { nameOf, type ReleaseStore } from '../cache/release-book.ts'
import type { SiteDatabase } from './site-database.ts'

/** Releases that were told once: their bytes may be here, and their chunks in the next ones. */
export class SqliteReleaseStore implements ReleaseStore {
  readonly #database: SiteDatabase

  constructor(database: SiteDatabase) {
    this.#database = database
  }

  /** The one that was told longest ago first. What this version cannot read is left out. */
  load(): readonly WholeRelease[] {
    const rows = this.#database.sqlite.prepare('SELECT release FROM releases ORDER BY told_at').all()
    return rows.flatMap(({ release }) => {
      const read = wholeReleaseSchema.safeParse(jsonOf(String(release)))
      return read.success ? [read.data] : []
    })
  }

  keep(release: WholeRelease): void {
    this.#database.sqlite
      .prepare('INSERT OR REPLACE INTO releases (name, told_at, release) VALUES (?, ?, ?)')
      .run(nameOf(release), Date.now(), JSON.stringify(release))
  }

  forget(name: string): void {
    this.#database.sqlite.prepare('DELETE FROM releases WHERE name = ?').run(name)
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
