import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { openDatabase } from './open.ts'

test('a full disk is told as such out of a transaction, and what was there can still be read', async () => {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
  await database.insertInto('settings').values({ name: 'kept', value: 'x' }).execute()
  const { rows } = await sql<{ page_count: number }>`PRAGMA page_count`.execute(database)
  await sql.raw(`PRAGMA max_page_count=${rows[0]?.page_count}`).execute(database)
  const fill = database.transaction().execute(async (transaction) => {
    for (let n = 0; n < 1000; n++) {
      await transaction
        .insertInto('settings')
        .values({ name: `name ${n}`, value: 'x'.repeat(1000) })
        .execute()
    }
  })
  await assert.rejects(fill, (error) => (error as { errcode?: number }).errcode === 13) // SQLITE_FULL
  assert.equal((await database.selectFrom('settings').selectAll().execute()).length, 1)
  await database.destroy()
})
