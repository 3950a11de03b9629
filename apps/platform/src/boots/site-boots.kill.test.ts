import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { numberIn, someEvents } from '../../testing/site-scenes.ts'
import { newId, openDatabase } from '../database/open.ts'
import type { BootStore } from './boot-store.ts'
import { Boots } from './boots.ts'
import { SqlBootStore } from './sql-boot-store.ts'
import { SqliteBootStore } from './sqlite-boot-store.ts'

/** The last mark that a process said before it was killed: after a while, or before its Nth statement. */
async function markBeforeKill(path: string, killAt?: number): Promise<number> {
  const script = join(import.meta.dirname, '../../testing/take-until-killed.ts')
  const child = spawn(process.execPath, [script, path, ...(killAt === undefined ? [] : [`${killAt}`])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (part: Buffer) => {
    said += part
  })
  const closed = once(child, 'close')
  if (killAt === undefined) {
    await Promise.race([once(child.stdout, 'data'), closed])
    await sleep(20 + 60 * Math.random())
    child.kill('SIGKILL')
  }
  const [, signal] = await closed
  assert.equal(signal, 'SIGKILL')
  return Number(said.split('\n').at(-2))
}

/** Each event up to the mark stands in one line, once, and no other. */
async function checkNumbers(store: BootStore): Promise<number> {
  const mark = await store.markOf('s1')
  const found: number[] = []
  for (let after: string | undefined; ; ) {
    const { items, next } = await store.list({ limit: 500, after })
    for (const { id, lines: count } of items) {
      const { lines } = await store.find(id)
      assert.equal(lines.length, count)
      assert.ok(lines.every(({ times }) => times === undefined))
      found.push(...lines.map(numberIn))
    }
    if (next === undefined) break
    after = next
  }
  found.sort((one, two) => one - two)
  assert.deepEqual(
    found,
    Array.from({ length: mark }, (_, n) => n + 1),
  )
  return mark
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'bootcast-sites-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test('killed with -9 at any moment, no event of a site is lost and none is there twice', async (t) => {
  const path = join(folderOf(t), 'timelines.db')
  let acknowledged = 0
  for (let round = 0; round < 2; round += 1) {
    const last = await markBeforeKill(path)
    assert.ok(last > acknowledged)
    acknowledged = last
  }
  const store = new SqliteBootStore({ path })
  t.after(() => store.stop())
  assert.ok((await checkNumbers(store)) >= acknowledged)
})

test('killed before any statement of a batch, the same: all of it is there or nothing', async (t) => {
  const folder = folderOf(t)
  await Promise.all(
    [2, 3, 4, 5, 6].map(async (statement) => {
      const path = join(folder, `${statement}.db`)
      const acknowledged = await markBeforeKill(path, statement)
      const database = await openDatabase({ kind: 'sqlite', path })
      const store = new SqlBootStore(database)
      const mark = await checkNumbers(store)
      assert.ok(mark >= acknowledged)
      const boots = new Boots({ store, newId, onError: assert.ifError })
      const first = Math.max(1, mark - 49)
      await boots.take({ site: 's1', siteName: 'grenoble', first, events: someEvents(first, 500) })
      await boots.stop()
      assert.equal(await checkNumbers(store), first + 499)
      await database.destroy()
    }),
  )
})
