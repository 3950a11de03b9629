import { closeSync, existsSync, openSync, renameSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { BootLog } from '@bootcast/boot'
import { schema } from './schema.ts'

/** The time-out first: going over to WAL waits for other processes, too. */
const pragmas = ['busy_timeout=5000', 'journal_mode=WAL', 'synchronous=FULL']

/** SQLITE_CORRUPT and SQLITE_NOTADB, in the lower byte of the extended codes (sqlite3.h). */
const damaged = new Set([11, 26])

/**
 * What a site must not lose, in one file: leases, sessions of boots, events on their way, verifiers of passwords. Work
 * on it is synchronous and short.
 */
export class SiteDatabase implements Disposable {
  readonly sqlite: DatabaseSync

  constructor(sqlite: DatabaseSync) {
    this.sqlite = sqlite
  }

  /** One transaction, which survives a power cut. */
  durably<Value>(work: () => Value): Value {
    this.sqlite.exec('BEGIN IMMEDIATE')
    try {
      const value = work()
      this.sqlite.exec('COMMIT')
      return value
    } catch (error) {
      // After a full disk SQLite has rolled back by itself (sqlite3.h, SQLITE_FULL).
      if (this.sqlite.isTransaction) this.sqlite.exec('ROLLBACK')
      throw error
    }
  }

  /**
   * One transaction that waits for no disk: it survives the end of this process, and may be lost in a power cut before
   * the next durable one. In WAL mode NORMAL leaves out the fsync of a commit; the file stays whole.
   */
  unhurried<Value>(work: () => Value): Value {
    this.sqlite.exec('PRAGMA synchronous=NORMAL')
    try {
      return this.durably(work)
    } finally {
      this.sqlite.exec('PRAGMA synchronous=FULL')
    }
  }

  close(): void {
    if (this.sqlite.isOpen) this.sqlite.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/**
 * Opens the file, or makes it, and brings its tables up to date. A damaged one is moved aside, so that machines boot;
 * what was in it is then lost: leases (addresses may be given to others while their machines still use them), events
 * that were not sent, sign-ins without the upstream.
 * @throws {SiteDatabaseUnusable} it cannot be opened, or a newer Bootcast has made it
 */
export function openSiteDatabase(path: string, log: BootLog): SiteDatabase {
  try {
    return opened(path)
  } catch (error) {
    if (!isDamage(error)) throw new SiteDatabaseUnusable(path, error)
    const aside = moveAside(path)
    log(
      'error',
      'site.db is damaged and was moved aside; leases, unsent events and remembered sign-ins are lost',
      {
        path,
        aside,
        reason: error instanceof Error ? error.message : String(error),
      },
    )
  }
  try {
    return opened(path)
  } catch (error) {
    throw new SiteDatabaseUnusable(path, error)
  }
}

function opened(path: string): SiteDatabase {
  closeSync(openSync(path, 'a', 0o600)) // the files beside it get the same mode
  const sqlite = new DatabaseSync(path)
  try {
    for (const pragma of pragmas) sqlite.exec(`PRAGMA ${pragma}`)
    const { quick_check: found } = sqlite.prepare('PRAGMA quick_check(1)').get() as { quick_check: string }
    if (found !== 'ok') throw new Damaged(found)
    const database = new SiteDatabase(sqlite)
    database.durably(() => migrate(sqlite))
    return database
  } catch (error) {
    sqlite.close()
    throw error
  }
}

function migrate(sqlite: DatabaseSync): void {
  sqlite.exec('CREATE TABLE IF NOT EXISTS site_schema (version INTEGER NOT NULL) STRICT')
  const row = sqlite.prepare('SELECT max(version) AS version FROM site_schema').get() as {
    version: number | null
  }
  const version = row.version ?? 0
  if (version > schema.length) throw new Error(`a newer Bootcast has made it (version ${version})`)
  for (const [at, text] of schema.entries()) {
    if (at < version) continue
    sqlite.exec(text)
    sqlite.prepare('INSERT INTO site_schema VALUES (?)').run(at + 1)
  }
}

class Damaged extends Error {
  override readonly name = 'Damaged'
}

function isDamage(error: unknown): boolean {
  if (error instanceof Damaged) return true
  const { errcode } = error as { readonly errcode?: unknown }
  return typeof errcode === 'number' && damaged.has(errcode & 255)
}

function moveAside(path: string): string {
  const aside = `${path}.damaged-${new Date().toISOString().replaceAll(':', '-')}`
  for (const ending of ['-wal', '-shm', ''])
    if (existsSync(path + ending)) renameSync(path + ending, aside + ending)
  return aside
}

export class SiteDatabaseUnusable extends Error {
  override readonly name = 'SiteDatabaseUnusable'
  readonly code = 'database_unusable'

  constructor(path: string, cause: unknown) {
    super(`${path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}
