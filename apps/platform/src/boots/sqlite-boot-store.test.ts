import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { bootStoreContract } from '../../testing/boot-store-contract.ts'
import { bootSumsContract } from '../../testing/boot-sums-contract.ts'
import { SqliteBootStore } from './sqlite-boot-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'bootcast-boots-'))
after(() => rmSync(folder, { recursive: true }))

let count = 0
const fresh = () => join(folder, `${count++}.db`)

const open = async () => {
  const path = fresh()
  const opened: SqliteBootStore[] = []
  const reopen = async () => {
    const store = new SqliteBootStore({ path })
    opened.push(store)
    return store
  }
  return {
    store: await reopen(),
    reopen,
    [Symbol.asyncDispose]: async () => {
      for (const store of opened) await store.stop()
    },
  }
}
bootStoreContract('SqliteBootStore, in its thread', open)
bootSumsContract('SqliteBootStore, in its thread', open)

test('a thread that was stopped rejects what waits, and the next call starts another', async () => {
  const store = new SqliteBootStore({ path: fresh() })
  assert.deepEqual(await store.unfinished(1), [])
  const waiting = Array.from({ length: 2000 }, () => store.list({ limit: 1 }))
  const [, ends] = await Promise.all([store.stop(), Promise.allSettled(waiting)])
  assert.match(String((ends.at(-1) as PromiseRejectedResult).reason), /thread of timelines was stopped/)
  assert.deepEqual(await store.unfinished(1), [])
  await store.stop()
})

test('a file that is none of SQLite is an error that says so, and not the end of the process', async () => {
  const path = fresh()
  writeFileSync(path, 'this is no database'.repeat(1000))
  const store = new SqliteBootStore({ path })
  await assert.rejects(store.unfinished(1), { code: 'database_unusable', message: /cannot be used/ })
  await store.stop()
})
