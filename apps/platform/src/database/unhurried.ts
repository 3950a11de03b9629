import { type Kysely, sql, type Transaction } from 'kysely'

/**
 * A transaction that nobody waits for the disk for: what it wrote survives the end of this process, but may be lost
 * in a power cut a moment later; the database stays whole. For records of what happened, never for what was promised.
 */
export async function unhurried<Tables>(
  database: Kysely<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<void>,
): Promise<void> {
  const isPostgres = database.getExecutor().adapter.supportsMultipleConnections
  if (isPostgres) {
    await database.transaction().execute(async (transaction) => {
      await sql`SET LOCAL synchronous_commit = off`.execute(transaction)
      await work(transaction)
    })
    return
  }
  // SQLite has one connection, which is ours alone meanwhile. In WAL mode NORMAL leaves out the fsync of a commit.
  await database.connection().execute(async (connection) => {
    await sql`PRAGMA synchronous=NORMAL`.execute(connection)
    try {
      await connection.transaction().execute(work)
    } finally {
      await sql`PRAGMA synchronous=FULL`.execute(connection)
    }
  })
}
