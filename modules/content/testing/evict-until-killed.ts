import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CacheKeeper, type Digest, DiskStore } from '../src/index.ts'

/**
 * Fills the store named by the first argument with groups `g00` … of three blobs each, `g00` used first, says `ready`,
 * and then evicts them all, one after the other.
 */
const root = process.argv[2] ?? ''
const file = join(root, 'keeper.json')
const store = await DiskStore.open({ root })
const names = Array.from({ length: 20 }, (_, n) => `g${String(n).padStart(2, '0')}`)
const groups: { name: string; blobs: Digest[]; isPinned: boolean }[] = []
for (const name of names) {
  const blobs: Digest[] = []
  for (const part of ['kernel', 'initrd', 'rootfs']) {
    const put = await store.put(one(Buffer.from(`${part} of ${name}`.padEnd(4096))))
    blobs.push(put.digest)
  }
  groups.push({ name, blobs, isPinned: false })
}
let quotaBytes = 20 * 3 * 4096
const keeper = new CacheKeeper({
  store,
  groups: () => groups,
  quotaBytes: () => quotaBytes,
  isInUse: () => false,
  file,
  writeEveryMs: 1,
  reserveBytes: 0,
  onEvicted: ({ groups: [name] }) => process.stdout.write(`${name}\n`),
  onCorrupt: () => undefined,
})
for (const name of names) keeper.used(name)
const isNoted = () => readFile(file, 'utf8').then((text) => JSON.parse(text).used.length === names.length)
while (!(await isNoted().catch(() => false))) await sleep(5)
process.stdout.write('ready\n')
for (const _ of names) {
  quotaBytes -= 3 * 4096
  await keeper.makeRoom(0)
}

async function* one(bytes: Uint8Array) {
  yield bytes
}
