import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { openInProcess, severalOpenAtOnce } from '../../testing/database-processes.ts'
import { migrationContract } from '../../testing/migration-contract.ts'
import { openDatabase } from './open.ts'

const folder = mkdtempSync(join(tmpdir(), 'bootcast-migrations-'))
after(() => rmSync(folder, { recursive: true }))

let count = 0
const fresh = () => ({ kind: 'sqlite', path: join(folder, `${count++}.sqlite`) }) as const

severalOpenAtOnce('SQLite', async () => fresh())
migrationContract('SQLite', async () => fresh())

test('a first start that is killed while it makes its tables leaves a database that opens', async () => {
  const died: boolean[] = []
  for (const killAt of [1, 4, 9, 14]) {
    const settings = fresh()
    const { signal } = await openInProcess(settings, killAt)
    died.push(signal === 'SIGKILL')
    const database = await openDatabase(settings)
    assert.deepEqual(await database.selectFrom('leases').selectAll().execute(), [])
    await database.destroy()
  }
  assert.deepEqual(new Set(died), new Set([true]))
})

test('a new database is nobody else’s to read: it has the digests of passwords', async () => {
  const settings = fresh()
  const database = await openDatabase(settings)
  for (const ending of ['', '-wal']) assert.equal(statSync(settings.path + ending).mode & 0o007, 0, ending)
  await database.destroy()
})

test('a database of a newer Bootcast is left alone, and is called that', async () => {
  const settings = fresh()
  const newer = await openDatabase(settings)
  await sql`INSERT INTO kysely_migration VALUES ('0999-later', '2099-01-01')`.execute(newer)
  await newer.destroy()
  await assert.rejects(openDatabase(settings), {
    code: 'database_unusable',
    message: /a newer Bootcast has changed it \(0999-later\)\. Start that version, or restore a backup/,
  })
})

const unreachable: readonly (readonly [string, string, RegExp])[] = [
  [
    'in its place',
    'postgres://u:secret@127.0.0.1:1/x',
    /postgres:\/\/u:\*\*\*@127\.0\.0\.1:1\/x cannot be used: .*ECONNREFUSED/,
  ],
  ['as a parameter', 'postgres://127.0.0.1:1/x?user=u&password=secret', /password=\*\*\* cannot be used: /],
  ['in what is no URL', 'postgres://u:secret@[x', /postgres:\/\/… cannot be used: /],
]
for (const [where, url, message] of unreachable) {
  test(`a PostgreSQL that is not there is named without its password, ${where}`, async () => {
    await assert.rejects(openDatabase({ kind: 'postgres', url }), (error: Error) => {
      assert.match(error.message, message)
      assert.ok(!error.message.includes('secret'), error.message)
      return true
    })
  })
}
