import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import { type Digest, MemoryStore } from '@bootcast/content'
import { openDatabase } from '../database/open.ts'
import { BlobHolds } from './blob-holds.ts'
import { createGarbageCollector } from './garbage.ts'
import { SqlCatalogueStore } from './sql-catalogue-store.ts'

const day = 24 * 60 * 60 * 1000

async function* inOnePiece(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

/** `demo` with releases `one`, `two`, `three`, each a kernel of that text; one file that was never published. */
async function scene({
  isBooting = () => false,
  later = 2 * day,
}: {
  isBooting?: (number: number) => boolean
  later?: number
} = {}) {
  const blobs = new MemoryStore()
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
  const catalogue = new SqlCatalogueStore(database)
  const holds = new BlobHolds()
  const digests: Record<string, Digest> = {}
  for (const text of ['one', 'two', 'three', 'left over']) {
    const kernel = { name: 'vmlinuz', ...(await blobs.put(inOnePiece(text))) }
    digests[text] = kernel.digest
    if (text !== 'left over') await catalogue.addRelease(linuxRelease({ kernel, channel: text }))
  }
  for (const channel of ['one', 'two', 'three']) await catalogue.removeChannel('demo', channel)
  await catalogue.keep('demo', 1)
  const collect = createGarbageCollector({
    catalogue,
    blobs,
    holds,
    isBooting: ({ number }) => isBooting(number),
    now: () => Date.now() + later,
  })
  const left = async () => {
    const found: string[] = []
    for await (const { digest } of blobs.list())
      found.push(Object.keys(digests).find((text) => digests[text] === digest) ?? '')
    return found.sort()
  }
  return { blobs, catalogue, holds, collect, left, digests, [Symbol.asyncDispose]: () => database.destroy() }
}

const releases = (...numbers: number[]) => numbers.map((number) => ({ image: 'demo', number }))

test('a dry run says what goes, and nothing goes', async () => {
  await using at = await scene()
  assert.deepEqual(await at.collect({ dryRun: true }), { releases: releases(1, 2), blobs: 3, bytes: 15 })
  assert.equal((await at.left()).length, 4)
  assert.equal((await at.catalogue.releasesOf('demo')).length, 3)
  assert.deepEqual(await at.collect({ dryRun: false }), { releases: releases(1, 2), blobs: 3, bytes: 15 })
  assert.deepEqual(await at.left(), ['three'])
  assert.deepEqual(await at.collect({ dryRun: false }), { releases: [], blobs: 0, bytes: 0 })
})

test('what a machine is booting stays, with its files', async () => {
  await using at = await scene({ isBooting: (number) => number === 1 })
  assert.deepEqual((await at.collect({ dryRun: false })).releases, releases(2))
  assert.deepEqual(await at.left(), ['one', 'three'])
})

test('files that came a moment ago stay: somebody may be about to publish them', async () => {
  await using at = await scene({ later: 0 })
  assert.deepEqual(await at.collect({ dryRun: false }), { releases: releases(1, 2), blobs: 0, bytes: 0 })
  assert.equal((await at.left()).length, 4)
})

test('files that somebody is publishing stay; who comes while one is removed waits, and then does not find it', async () => {
  await using at = await scene()
  const leftOver = at.digests['left over'] ?? ''
  await at.holds.holding([leftOver], () => at.collect({ dryRun: false }))
  assert.deepEqual(await at.left(), ['left over', 'three'])

  const removing = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const remove = at.blobs.remove.bind(at.blobs)
  at.blobs.remove = async (digest) => {
    begun.resolve()
    await removing.promise
    await remove(digest)
  }
  const collected = at.collect({ dryRun: false })
  await begun.promise
  const held = at.holds.holding([leftOver], () => at.left())
  removing.resolve()
  assert.deepEqual(await held, ['three'])
  await collected
})

test('two collections at once follow one another', async () => {
  await using at = await scene()
  const [first, second] = await Promise.all([at.collect({ dryRun: false }), at.collect({ dryRun: false })])
  assert.deepEqual([first.blobs, second.blobs], [3, 0])
})
