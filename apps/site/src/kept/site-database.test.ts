import assert from 'node:assert/strict'
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { test } from 'node:test'
import { siteFolder } from '../../testing/site-folder.ts'
import { SqliteLeaseStore } from './sqlite-lease-store.ts'

const lease = (n: number) => ({
  ...{ address: `10.0.${n >> 8}.${n & 255}`, client: `id:${n}`, mac: '52:54:00:00:00:01' },
  ...({ state: 'bound', expiresAt: n } as const),
})

test('what was kept is there when the file is opened again, and is nobody else’s to read', async (t) => {
  const { open, path, logged } = siteFolder(t)
  const database = open()
  await new SqliteLeaseStore(database).save([lease(1)])
  for (const ending of ['', '-wal']) assert.equal(statSync(path + ending).mode & 0o077, 0, ending)
  database.close()
  assert.deepEqual(await new SqliteLeaseStore(open()).load(), [lease(1)])
  assert.deepEqual(logged, [])
})

test('a transaction that fails leaves nothing, durable or not, and the next one works', (t) => {
  const { open } = siteFolder(t)
  const database = open()
  const { sqlite } = database
  for (const way of ['durably', 'unhurried'] as const) {
    const fails = () =>
      database[way](() => {
        sqlite.exec(`INSERT INTO counts VALUES ('x', 1)`)
        throw new Error('trap')
      })
    assert.throws(fails, /trap/)
    assert.equal(sqlite.prepare(`SELECT count(*) AS n FROM counts WHERE name = 'x'`).get()?.['n'], 0)
    assert.equal(sqlite.prepare('PRAGMA synchronous').get()?.['synchronous'], 2)
  }
  database.durably(() => sqlite.exec(`INSERT INTO counts VALUES ('x', 1)`))
})

const damages: readonly (readonly [string, (path: string) => void])[] = [
  ['is no database', (path) => writeFileSync(path, 'this is no database'.repeat(1000))],
  [
    'has zeros in its middle',
    (path) => {
      const file = openSync(path, 'r+')
      writeSync(file, Buffer.alloc(8192, 7), 0, 8192, 8192)
      closeSync(file)
    },
  ],
  ['is cut short', (path) => truncateSync(path, 5000)],
]
for (const [what, damage] of damages) {
  test(`a file that ${what} is moved aside with a word, and the site starts without its leases`, async (t) => {
    const { open, folder, path, logged } = siteFolder(t)
    const database = open()
    await new SqliteLeaseStore(database).save(Array.from({ length: 2000 }, (_, n) => lease(n)))
    database.close()
    damage(path)
    const bytes = readFileSync(path)
    const again = open()
    assert.deepEqual(await new SqliteLeaseStore(again).load(), [])
    assert.equal(logged.length, 1)
    assert.match(logged[0] ?? '', /^error: site\.db is damaged and was moved aside; leases.* are lost/)
    const [aside = ''] = readdirSync(folder).filter((name) => name.startsWith('site.db.damaged-'))
    assert.deepEqual(readFileSync(`${folder}/${aside}`), bytes)
    await new SqliteLeaseStore(again).save([lease(1)])
  })
}

test('what cannot be opened, or is of a newer version, is refused and left alone', (t) => {
  const { open, logged } = siteFolder(t)
  const database = open()
  database.sqlite.exec('INSERT INTO site_schema VALUES (99)')
  database.close()
  assert.throws(open, { code: 'database_unusable', message: /a newer Bootcast has made it \(version 99\)/ })
  assert.deepEqual(logged, [])
})
