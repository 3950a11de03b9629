import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { CachingStore, DiskStore, digestOf, HttpBlobs, StoreFull } from '../src/index.ts'
import { published } from './cache-trial.ts'
import { FarServer } from './far-server.ts'

/** Run inside a mount namespace of its own, which ends with this process: the disk has 8 MiB. */
const root = process.argv[2] ?? ''
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', root])

const server = await FarServer.start({ after: () => undefined })
const near = await DiskStore.open({ root: `${root}/near` })
const store = await CachingStore.open({
  near,
  far: new HttpBlobs(server.addresses),
  folder: `${root}/arriving`,
  restMs: 60_000,
})
const small = published(server, randomBytes(2_000_000))
await store.fetch(small.digest, small.options)
const large = published(server, randomBytes(16_000_000))
const unmapped = server.put(randomBytes(16_000_001))
await assert.rejects(store.fetch(large.digest, large.options), StoreFull)
await assert.rejects(store.fetch(unmapped, { size: 16_000_001 }), StoreFull)
const sent = server.sentBytes
await assert.rejects(store.open(large.digest, large.options), StoreFull)
assert.equal(server.sentBytes, sent, 'a full disk is not filled again at once')
assert.equal(digestOf(await buffer(await store.read(small.digest))), small.digest)
const other = published(server, randomBytes(3_000_000))
await store.fetch(other.digest, other.options)
await near.verify(other.digest)
await store.stop()
assert.deepEqual(await readdir(`${root}/arriving`), [])
server.stop()
process.stdout.write('a full disk refuses what has no room, and serves what it has\n')
