import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import { ChunkMapper, MemoryStore } from '@bootcast/content'
import { kernelLike, startWholePlatform } from '../../testing/platform-suite.ts'
import type { CatalogueStore } from './catalogue-store.ts'
import { ReleaseDifferences } from './release-differences.ts'

const kernel = kernelLike('the same in all')
const first = Buffer.concat([gzipSync('an initrd'), randomBytes(2_000_000)])
/** 100 bytes of it are others: what is new is the chunk around them, or two. */
const second = Buffer.concat([first.subarray(0, 1_000_000), randomBytes(100), first.subarray(1_000_100)])

async function platformWith(...initrds: readonly Buffer[]) {
  const platform = await startWholePlatform()
  const { client } = platform
  for (const initrd of initrds) {
    const digests = [await platform.upload(kernel), await platform.upload(initrd)]
    const [vmlinuz = '', gz = ''] = digests
    await client.call('publishRelease', {
      params: { name: 'demo' },
      body: { kernel: { name: 'vmlinuz', digest: vmlinuz }, initrds: [{ name: 'initrd.gz', digest: gz }] },
    })
  }
  const difference = (number: number, from?: number) =>
    client.call('showDifference', {
      params: { name: 'demo', number },
      query: from === undefined ? {} : { from },
    })
  return { platform, difference }
}

test('what an update costs is told for the release before, or for any other', async () => {
  const { platform, difference } = await platformWith(first, second, first)
  await using _ = platform
  const { from, size, fetched, files, rest } = await difference(2)
  assert.equal(from, 1)
  assert.ok(size > kernel.length + second.length && size < (kernel.length + second.length) * 1.01)
  const [dearest, other] = files
  assert.deepEqual([dearest?.role, other?.role, other?.fetched], ['initrd1', 'kernel', 0])
  assert.ok(dearest !== undefined && dearest.fetched >= 100 && dearest.fetched <= 2 * 262_144)
  assert.equal(fetched, dearest.fetched + rest.fetched)
  const same = await difference(3, 1)
  assert.deepEqual([same.from, same.fetched], [1, 0])
  const back = await difference(1, 2)
  assert.ok(back.from === 2 && back.fetched >= 100 && back.fetched < first.length / 2)
  const oldest = await difference(1)
  assert.deepEqual([oldest.from, oldest.fetched], [undefined, oldest.size])
})

test('of releases that are not there nothing is told, also when it was before', async () => {
  const { platform, difference } = await platformWith(first, second, first, second)
  await using _ = platform
  for (const [number, from] of [
    [9, undefined],
    [2, 9],
  ] as const)
    await assert.rejects(difference(number, from), { code: 'release_not_found' })
  await assert.rejects(difference(2, 0), { code: 'invalid_request' })
  assert.equal((await difference(2)).from, 1)
  await platform.client.call('removeRelease', { params: { name: 'demo', number: 1 } })
  await assert.rejects(difference(2, 1), { code: 'release_not_found' })
  assert.equal((await difference(2)).from, undefined)
})

/** Releases of a blob each, and a store that says when it is read. */
async function scene({ hold, damaged }: { hold?: Promise<void>; damaged?: () => boolean } = {}) {
  const store = new MemoryStore()
  const mapper = new ChunkMapper()
  mapper.update(first)
  const map = await store.put(Readable.from([mapper.finish()]))
  const part = { name: 'vmlinuz', digest: map.digest, size: first.length }
  const reads: string[] = []
  const found = { ...linuxRelease({ kernel: part }) }
  const blobs = [{ digest: part.digest, size: part.size, chunkMap: map.digest }]
  const catalogue: Pick<CatalogueStore, 'findRelease' | 'numberBefore' | 'blobsOf'> = {
    findRelease: async (image, number) => ({ ...found, image, number }),
    numberBefore: async () => undefined,
    blobsOf: async (releases) => new Map(releases.map(({ image, number }) => [`${image}@${number}`, blobs])),
  }
  const read = async (digest: typeof map.digest) => {
    reads.push(digest)
    await hold
    return damaged?.() === true ? Readable.from([Buffer.from('rust')]) : await store.read(digest)
  }
  const differences = new ReleaseDifferences({
    catalogue,
    blobs: { find: (digest) => store.find(digest), read },
  })
  return { differences, reads }
}

test('an answer is worked out once, for all who ask at once and later', async () => {
  const { differences, reads } = await scene()
  const ask = () => differences.of({ image: 'demo', number: 1 })
  const [one, ...more] = await Promise.all([ask(), ask(), ask()])
  for (const other of [...more, await ask()]) assert.deepEqual(other, one)
  assert.equal(reads.length, 1)
})

test('two are worked out at a time, two hundred wait, and the next is told to come later', async () => {
  const gate = Promise.withResolvers<void>()
  const { differences, reads } = await scene({ hold: gate.promise })
  const asked = Array.from({ length: 203 }, (_, n) => differences.of({ image: 'demo', number: n + 1 }))
  const ends = Promise.allSettled(asked)
  await assert.rejects(Promise.race([asked[202], ends]), { code: 'too_many_requests', retrySeconds: 2 })
  assert.equal(reads.length, 2)
  gate.resolve()
  assert.equal((await ends).filter(({ status }) => status === 'fulfilled').length, 202)
  assert.equal((await differences.of({ image: 'demo', number: 203 })).fetched, first.length)
})

test('a damaged chunk map is a failure of ours, which is not remembered', async () => {
  let isDamaged = true
  const { differences, reads } = await scene({ damaged: () => isDamaged })
  const ask = () => differences.of({ image: 'demo', number: 1 })
  await assert.rejects(ask(), (error: Error & { code?: string }) => error.code === undefined)
  isDamaged = false
  assert.equal((await ask()).fetched, first.length)
  assert.equal(reads.length, 2)
})
