import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Fingerprinter, parseChunkMap } from '@bootcast/content'
import { UploadStore } from './upload-store.ts'

const bytes = randomBytes(5_000_000)
const day = 24 * 60 * 60 * 1000
const info = { name: 'a.iso', size: bytes.length, user: 'ann', key: 'k' }

async function* pieces(from: number, to: number, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; at += size) yield bytes.subarray(at, Math.min(to, at + size))
}
async function* broken(from: number, to: number): AsyncGenerator<Uint8Array> {
  yield* pieces(from, to)
  throw new Error('the connection broke')
}

async function scene(more: { quotaBytes?: number; mostBytes?: number } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-uploads-'))
  const fingerprinter = new Fingerprinter()
  let time = Date.now()
  const settings = { folder, fingerprinter, mostBytes: 1e8, quotaBytes: 1e8, now: () => time, ...more }
  return {
    folder,
    open: () => UploadStore.open(settings),
    later: (ms: number) => {
      time += ms
    },
    [Symbol.asyncDispose]: async () => {
      await fingerprinter.stop()
      await rm(folder, { recursive: true })
    },
  }
}

test('an upload that breaks twice, once over a restart, is whole in the end', async () => {
  await using at = await scene()
  const first = await at.open()
  const { id } = await first.create(info)
  await assert.rejects(first.append(id, 'ann', 0, broken(0, 1_500_000)), /the connection broke/)
  assert.equal(first.find(id, 'ann').offset, 1_500_000)
  const second = await at.open()
  assert.deepEqual(
    second.listOf('ann').map(({ offset, key, name }) => [offset, key, name]),
    [[1_500_000, 'k', 'a.iso']],
  )
  await assert.rejects(second.append(id, 'ann', 1_500_000, broken(1_500_000, 1_500_001)), /broke/)
  assert.equal(await second.append(id, 'ann', 1_500_001, pieces(1_500_001, bytes.length)), bytes.length)
  const { blob, chunkMap, path } = await second.take(id, 'ann')
  assert.equal(blob.digest, `sha256:${createHash('sha256').update(bytes).digest('hex')}`)
  assert.equal(parseChunkMap(await chunkMap).size, bytes.length)
  assert.deepEqual(await readFile(path), bytes)
  await second.release(id, { isDone: true })
  assert.deepEqual(await readdir(at.folder), [])
})

test('bytes at another place, too many, or for nobody are refused, and those that came stay', async () => {
  await using at = await scene()
  const uploads = await at.open()
  const { id } = await uploads.create(info)
  await assert.rejects(uploads.append(id, 'ann', 5, pieces(5, 10)), { code: 'upload_offset_mismatch' })
  await assert.rejects(uploads.append(id, 'bob', 0, pieces(0, 10)), { code: 'upload_not_found' })
  await assert.rejects(uploads.take(id, 'ann'), { code: 'upload_unfinished' })
  const { id: short } = await uploads.create({ ...info, size: 10 })
  await assert.rejects(uploads.append(short, 'ann', 0, pieces(0, 100)), { code: 'blob_too_large' })
  assert.equal(await uploads.append(short, 'ann', uploads.find(short, 'ann').offset, pieces(0, 10)), 10)
  await uploads.take(short, 'ann')
  await assert.rejects(uploads.take(short, 'ann'), { code: 'upload_not_found' })
  assert.deepEqual(uploads.listOf('bob'), [])
})

test('a newer connection ends one that hangs, and goes on where it was', async () => {
  await using at = await scene()
  const uploads = await at.open()
  const { id } = await uploads.create(info)
  const hanging = Promise.withResolvers<void>()
  async function* slow() {
    yield* pieces(0, 2_000_000)
    hanging.resolve()
    await new Promise(() => undefined)
  }
  const old = uploads.append(id, 'ann', 0, slow())
  const refused = assert.rejects(old, { code: 'upload_taken_over' })
  await hanging.promise
  await assert.rejects(uploads.append(id, 'ann', 0, pieces(0, 1)), { code: 'upload_offset_mismatch' })
  await refused
  assert.equal(uploads.find(id, 'ann').offset, 2_000_000)
  assert.equal(await uploads.append(id, 'ann', 2_000_000, pieces(2_000_000, bytes.length)), bytes.length)
})

test('what nobody goes on with is removed after a day, what is written to is not', async () => {
  await using at = await scene()
  const uploads = await at.open()
  const { id: left } = await uploads.create(info)
  const { id: alive } = await uploads.create(info)
  at.later(day - 1000)
  await uploads.append(alive, 'ann', 0, pieces(0, 10))
  at.later(2000)
  await uploads.sweep()
  assert.throws(() => uploads.find(left, 'ann'), { code: 'upload_not_found' })
  assert.equal(uploads.find(alive, 'ann').offset, 10)
  assert.equal((await readdir(at.folder)).length, 2)
})

test('quota, the largest file and the disk are limits before any byte', async () => {
  await using at = await scene({ quotaBytes: 1000, mostBytes: 1e18 })
  const uploads = await at.open()
  const { id } = await uploads.create({ ...info, size: 600 })
  await assert.rejects(uploads.create({ ...info, size: 600 }), { code: 'uploads_full' })
  await uploads.remove(id, 'ann')
  await uploads.create({ ...info, size: 600 })
  await using big = await scene({ quotaBytes: 1e18, mostBytes: 1e17 })
  const other = await big.open()
  await assert.rejects(other.create({ ...info, size: 2e17 }), { code: 'blob_too_large' })
  await assert.rejects(other.create({ ...info, size: 5e16 }), { code: 'store_full' })
})
