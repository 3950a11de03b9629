import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { DiskStore, StoreFull } from '../src/index.ts'

/** Run inside a mount namespace of its own, which ends with this process: the disk has 4 MiB. */
const root = process.argv[2] ?? ''
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', root])

async function* random(bytes: number) {
  for (let left = bytes; left > 0; left -= 65_536) yield randomBytes(Math.min(left, 65_536))
}

const store = await DiskStore.open({ root })
const kept = await store.put(random(1_000_000))
await assert.rejects(store.put(random(8_000_000)), (error) => {
  assert.ok(error instanceof StoreFull)
  assert.ok(error.message.includes(root))
  return true
})
assert.deepEqual(await readdir(`${root}/incoming`), [])
assert.deepEqual(await store.verify(kept.digest), kept)
await store.put(random(2_000_000))
process.stdout.write('full disk refused, nothing left behind, and there is room again\n')
