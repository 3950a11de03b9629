import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { ChunkMapper, MemoryStore } from '@bootcast/content'
import { linuxVariant } from '../testing/linux-release.ts'
import type { ReleaseBlob, ReleaseFile, WholeRelease } from './release.ts'
import { updateCost } from './update-cost.ts'

const store = new MemoryStore()
const put = (bytes: Buffer) => store.put(Readable.from([bytes]))

/** A blob and its chunk map, as a publication leaves them. */
async function kept(bytes: Buffer): Promise<readonly [ReleaseBlob, ReleaseBlob]> {
  const mapper = new ChunkMapper()
  mapper.update(bytes)
  const map = await put(mapper.finish())
  return [{ ...(await put(bytes)), chunkMap: map.digest }, map]
}

function releaseOf(
  number: number,
  blobs: readonly ReleaseBlob[],
  ...variants: readonly (readonly ReleaseFile[])[]
): WholeRelease {
  const { config } = linuxVariant({ kernel: { name: 'vmlinuz', digest: '', size: 0 } })
  return {
    ...{ image: 'demo', number, createdAt: 0, createdBy: 'ann' },
    variants: variants.map((files) => ({ config, files, tree: undefined })),
    blobs,
  }
}

const fileIn = (blob: ReleaseBlob, role: string, offset = 0, size = blob.size): ReleaseFile => ({
  ...{ role, name: `${role}.bin`, digest: `sha256:${role}`, size, blob: blob.digest, offset },
})

const [kernel, initrd] = [randomBytes(1_000_000), randomBytes(3_000_000)]
const changed = Buffer.concat([initrd.subarray(0, 2_000_000), randomBytes(10), initrd.subarray(2_000_010)])

async function twoReleases() {
  const [k, o, n] = [await kept(kernel), await kept(initrd), await kept(changed)]
  const old = releaseOf(1, [...k, ...o], [fileIn(k[0], 'kernel'), fileIn(o[0], 'initrd1')])
  const next = releaseOf(2, [...k, ...n], [fileIn(k[0], 'kernel'), fileIn(n[0], 'initrd1')])
  return { old, next, map: n[1], k, n }
}

test('a file that stayed costs nothing, one that was changed its new chunks, and the map comes whole', async () => {
  const { old, next, map } = await twoReleases()
  const { size, fetched, files, rest } = await updateCost(next, old, store)
  assert.equal(
    size,
    next.blobs.reduce((sum, blob) => sum + blob.size, 0),
  )
  const [first, second] = files
  assert.deepEqual([first?.role, first?.fetched, second?.role], ['kernel', 0, 'initrd1'])
  assert.ok(second !== undefined && second.fetched >= 10 && second.fetched <= 2 * 262_144)
  assert.equal(rest.fetched, map.size)
  assert.equal(fetched, second.fetched + rest.fetched)
})

test('the first release costs all of it, and the same one again nothing', async () => {
  const { next } = await twoReleases()
  const whole = await updateCost(next, undefined, store)
  assert.equal(whole.fetched, whole.size)
  assert.deepEqual(
    whole.files.map(({ size, fetched }) => size - fetched),
    [0, 0],
  )
  const none = await updateCost({ ...next, number: 3 }, next, store)
  assert.deepEqual([none.size, none.fetched], [whole.size, 0])
})

test('files within an archive are told by their place, and each byte counts once however files overlap', async () => {
  const before = Buffer.concat([kernel, initrd])
  const after = Buffer.concat([kernel, changed, randomBytes(400_000)])
  const [o, n] = [await kept(before), await kept(after)]
  const at = (blob: ReleaseBlob) => [
    fileIn(blob, 'kernel', 0, kernel.length),
    fileIn(blob, 'initrd1', kernel.length, initrd.length),
    fileIn(blob, 'both', 500_000, 2_500_000),
  ]
  const next = releaseOf(2, n, at(n[0]), at(n[0]))
  const { fetched, files, rest } = await updateCost(next, releaseOf(1, o, at(o[0])), store)
  assert.deepEqual(
    files.map(({ role }) => role),
    ['kernel', 'initrd1', 'both'],
  )
  const [ofKernel, ofInitrd, ofBoth] = files.map((file) => file.fetched)
  assert.equal(ofKernel, 0)
  assert.ok(ofInitrd !== undefined && ofInitrd >= 10 && ofBoth !== undefined && ofBoth <= ofInitrd)
  assert.deepEqual(rest.size, 400_000 + n[1].size)
  assert.ok(rest.fetched >= 400_000)
  assert.equal(fetched, ofInitrd + rest.fetched)
})

test('two new blobs that are alike cost the bytes of one', async () => {
  const [a, b] = [await kept(changed), await kept(Buffer.concat([changed, randomBytes(100_000)]))]
  const next = releaseOf(2, [...a, ...b], [fileIn(a[0], 'one'), fileIn(b[0], 'two')])
  const { files } = await updateCost(next, undefined, store)
  const [one, two] = files.map(({ fetched }) => fetched)
  assert.equal(one, changed.length)
  assert.ok(two !== undefined && two < 100_000 + 2 * 262_144, `${two}`)
})
