import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { openDatabase } from '../database/open.ts'
import { hourMs } from './boot-sums.ts'
import { sumsByHour, sumsBySite, sumsOf } from './sql-boot-sums.ts'

const start = Date.parse('2026-11-26T00:00:00Z')
const day = Array.from({ length: 24 }, (_, n) => start + n * hourMs)
const many = 100_000

test('a day with 100,000 boots is summed out of the index alone, however long their details are', async () => {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
  // One boot each 864 ms: the milliseconds are the first 48 bits of the id.
  await sql`
    WITH RECURSIVE made (n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM made WHERE n < ${many - 1}),
      timed AS (SELECT n, printf('%012x', cast(${start} AS integer) + n * 864) AS hex FROM made)
    INSERT INTO boots (id, mac, last_at, state, image, site, only_dhcp, bytes, detail)
    SELECT substr(hex, 1, 8) || '-' || substr(hex, 9) || '-7000-8000-' || printf('%012x', n),
      '52:54:00:00:' || printf('%02x:%02x', n / 256 % 256, n % 256), 0,
      CASE n % 10 WHEN 0 THEN 'failed' ELSE 'started' END, 'demo', CASE n % 2 WHEN 0 THEN 'lyon' END, 0, 1000,
      printf('%.300c', 'x')
    FROM timed`.execute(database)
  const sums = await sumsOf(database, { hours: day })
  const total = (key: 'boots' | 'bytes') => sums.byHour.reduce((sum, row) => sum + row[key], 0)
  assert.deepEqual([total('boots'), total('bytes')], [many, many * 1000])
  assert.equal(new Set(sums.byHour.map(({ hour }) => hour)).size, 24)
  assert.deepEqual(
    sums.bySite.map(({ site, state, boots }) => [site, state, boots]),
    [
      [undefined, 'started', many / 2],
      ['lyon', 'failed', many / 10],
      ['lyon', 'started', (many * 4) / 10],
    ],
  )
  const began = performance.now()
  for (const wanted of [{}, { site: 'lyon' }, { image: 'demo' }, { machine: '52:54:00:00:00:01' }])
    await sumsOf(database, { hours: day, ...wanted })
  // A table that is read row by row takes many times that.
  assert.ok(performance.now() - began < 4 * 1500, `${performance.now() - began} ms`)
  await database.destroy()
})

test('no row is read for sums, whatever is asked for', async () => {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
  for (const wanted of [{}, { site: 'lyon' }, { image: 'demo' }, { machine: '52:54:00:00:00:01' }]) {
    for (const statement of [sumsByHour, sumsBySite]) {
      const { rows } = await sql<{ detail: string }>`
        EXPLAIN QUERY PLAN ${statement({ hours: day, ...wanted })}`.execute(database)
      const plan = rows.map(({ detail }) => detail).join('; ')
      assert.match(plan, /SEARCH boots USING COVERING INDEX boots_summed \(id>\? AND id<\?\)/)
    }
  }
  await database.destroy()
})
