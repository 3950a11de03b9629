import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { type Dialect, SqliteDialect } from 'kysely'

/** Prepared statements kept; Kysely makes the same few texts again and again. */
const keptStatements = 200

/** The time-out first: going over to WAL waits for other processes, too. */
const pragmas = ['busy_timeout=5000', 'journal_mode=WAL', 'synchronous=FULL', 'foreign_keys=ON']

/**
 * SQLite through Node's own driver. WAL and synchronous=FULL: what was committed survives a power cut, one fsync
 * per transaction. Other processes (a backup, a second look) may read at the same time.
 */
export function sqliteDialect(path: string): Dialect {
  return new SqliteDialect({
    database: async () => {
      if (path !== ':memory:') closeSync(openSync(path, 'a', 0o640)) // the files beside it get the same mode
      const database = new DatabaseSync(path)
      for (const pragma of pragmas) {
        database.exec(`PRAGMA ${pragma}`)
      }
      return new KyselyFace(database)
    },
  })
}

/** The part of better-sqlite3's face that Kysely uses, over node:sqlite. */
class KyselyFace {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  prepare(sql: string) {
    const statement = this.#statement(sql)
    const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
    return {
      reader: statement.columns().length > 0,
      all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
      run: (parameters: readonly unknown[]) => this.#run(sql, statement, values(parameters)),
      iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
    }
  }

  /** After a full disk SQLite has rolled back by itself; a second ROLLBACK would hide why (sqlite3.h, SQLITE_FULL). */
  #run(sql: string, statement: StatementSync, values: SQLInputValue[]) {
    if (sql === 'rollback' && !this.#database.isTransaction) return { changes: 0, lastInsertRowid: 0 }
    return statement.run(...values)
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    if (this.#statements.size >= keptStatements) this.#statements.clear()
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
