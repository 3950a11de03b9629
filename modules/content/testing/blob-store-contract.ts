import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import {
  BlobCorrupt,
  BlobMissing,
  BlobTooLarge,
  digestOf,
  type PrunableStore,
  RangeNotInBlob,
} from '../src/index.ts'

const absent = digestOf(Buffer.from('nobody ever put this'))

/** What every store promises: one row of tests per sentence of the port. `make` gives an empty store. */
export function blobStoreContract(name: string, make: (t: TestContext) => Promise<PrunableStore>): void {
  const promises = (sentence: string, check: (store: PrunableStore) => Promise<void>) =>
    test(`${name}: ${sentence}`, async (t) => check(await make(t)))

  promises('what was put is found and read back', async (store) => {
    const bytes = randomBytes(3_000_001)
    const blob = await store.put(chunksOf(bytes, 65_536))
    assert.deepEqual(blob, { digest: digestOf(bytes), size: bytes.length })
    assert.deepEqual(await store.find(blob.digest), blob)
    assert.ok(bytes.equals(await buffer(await store.read(blob.digest))))
  })

  promises('no bytes are a blob too', async (store) => {
    const blob = await store.put(chunksOf(Buffer.alloc(0), 1))
    assert.equal(blob.digest, 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    assert.equal((await buffer(await store.read(blob.digest))).length, 0)
    await assert.rejects(store.read(blob.digest, { first: 0, last: 0 }), RangeNotInBlob)
  })

  promises('a blob that is not there is missing', async (store) => {
    await assert.rejects(store.find(absent), BlobMissing)
    await assert.rejects(store.read(absent), BlobMissing)
    await assert.rejects(store.read(absent, { first: 0, last: 0 }), BlobMissing)
  })

  promises('any bytes in any chunks come back whole and in any part', async (store) => {
    const part = fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 5000 }), chunk: fc.nat(700) })
    await fc.assert(
      fc.asyncProperty(part, fc.nat(), fc.nat(), async ({ bytes, chunk }, a, b) => {
        const whole = Buffer.from(bytes)
        const { digest } = await store.put(chunksOf(whole, chunk + 1))
        assert.equal(digest, digestOf(whole))
        const [first = 0, last = 0] = [a % whole.length, b % whole.length].sort((x, y) => x - y)
        const read = await buffer(await store.read(digest, { first, last }))
        assert.ok(whole.subarray(first, last + 1).equals(read))
      }),
      { numRuns: 50 },
    )
  })

  promises('a range outside of the blob is refused before any byte', async (store) => {
    const { digest } = await store.put(chunksOf(Buffer.from('0123456789'), 4))
    const outside = [
      [0, 10],
      [10, 10],
      [5, 4],
      [-1, 4],
      [0.5, 4],
      [0, Number.NaN],
      [0, Number.POSITIVE_INFINITY],
    ] as const
    for (const [first, last] of outside)
      await assert.rejects(store.read(digest, { first, last }), RangeNotInBlob, `${first}-${last}`)
    assert.equal(String(await buffer(await store.read(digest, { first: 9, last: 9 }))), '9')
  })

  promises('bytes that are not the expected ones are refused and not kept', async (store) => {
    const bytes = Buffer.from('something else')
    await assert.rejects(store.put(chunksOf(bytes, 5), { expected: absent }), (error) => {
      assert.ok(error instanceof BlobCorrupt)
      assert.deepEqual([error.expected, error.actual], [absent, digestOf(bytes)])
      return true
    })
    assert.deepEqual(await listed(store), [])
  })

  promises('the limit is the last size allowed, and the source is told to stop', async (store) => {
    const bytes = randomBytes(10_000)
    await store.put(chunksOf(bytes, 999), { limitBytes: 10_000, expected: digestOf(bytes) })
    const endless = Readable.from(repeated(bytes))
    await assert.rejects(store.put(endless, { limitBytes: 300_000 }), BlobTooLarge)
    await sleep(5)
    assert.equal(endless.destroyed, true)
    assert.equal((await listed(store)).length, 1)
  })

  promises('an upload that breaks off leaves nothing', async (store) => {
    async function* cutOff() {
      yield randomBytes(700_000)
      throw new Error('the client went away')
    }
    await assert.rejects(store.put(cutOff()), /the client went away/)
    assert.deepEqual(await listed(store), [])
  })

  promises('an upload that hangs can be aborted and leaves nothing', async (store) => {
    const abort = new AbortController()
    async function* hanging() {
      yield randomBytes(700_000)
      await new Promise(() => undefined)
    }
    const put = store.put(hanging(), { signal: abort.signal })
    setTimeout(() => abort.abort(new Error('no longer wanted')), 20)
    await assert.rejects(put, /no longer wanted/)
    await assert.rejects(store.put(hanging(), { signal: abort.signal }), /no longer wanted/)
    assert.deepEqual(await listed(store), [])
  })

  promises('a failed put leaves a blob already there as it was', async (store) => {
    const bytes = Buffer.from('here to stay')
    const { digest } = await store.put(chunksOf(bytes, 3))
    await assert.rejects(store.put(chunksOf(bytes, 3), { expected: absent }), BlobCorrupt)
    assert.ok(bytes.equals(await buffer(await store.read(digest))))
  })

  promises('a source may use its chunk again', async (store) => {
    async function* sameBuffer() {
      const chunk = Buffer.alloc(1000)
      for (let i = 0; i < 1000; i++) yield chunk.fill(i % 251)
    }
    const { digest } = await store.put(sameBuffer())
    assert.equal(digestOf(await buffer(await store.read(digest))), digest)
  })

  promises('eight puts of the same bytes at once are one blob', async (store) => {
    const bytes = randomBytes(1_000_000)
    const blobs = await Promise.all(Array.from({ length: 8 }, (_, i) => store.put(chunksOf(bytes, 9000 + i))))
    assert.equal(new Set(blobs.map(({ digest }) => digest)).size, 1)
    assert.deepEqual(await listed(store), [digestOf(bytes)])
    assert.ok(bytes.equals(await buffer(await store.read(digestOf(bytes)))))
  })

  promises('progress grows up to the size', async (store) => {
    const seen: number[] = []
    await store.put(chunksOf(randomBytes(2_000_000), 50_000), { onProgress: (bytes) => seen.push(bytes) })
    assert.ok(seen.length > 2)
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    )
    assert.equal(seen.at(-1), 2_000_000)
  })

  promises(
    'a removed blob is gone, its readers read on, and removing it again is no error',
    async (store) => {
      const bytes = randomBytes(4_000_000)
      const { digest } = await store.put(chunksOf(bytes, 65_536))
      const reader = await store.read(digest)
      await store.remove(digest)
      await store.remove(digest)
      await assert.rejects(store.find(digest), BlobMissing)
      assert.deepEqual(await listed(store), [])
      assert.ok(bytes.equals(await buffer(reader)))
      await store.put(chunksOf(bytes, 65_536))
      assert.deepEqual(await listed(store), [digest])
    },
  )

  promises('a file that is taken is a blob, and no file any more; twice is once', async (store) => {
    const folder = await mkdtemp(join(tmpdir(), 'bootcast-take-'))
    const path = join(folder, 'file')
    const bytes = randomBytes(300_000)
    const blob = { digest: digestOf(bytes), size: bytes.length }
    for (let n = 0; n < 2; n++) {
      await writeFile(path, bytes)
      await store.take(path, blob)
      await assert.rejects(stat(path), { code: 'ENOENT' })
    }
    assert.ok(bytes.equals(await buffer(await store.read(blob.digest))))
    assert.deepEqual(await listed(store), [blob.digest])
    await assert.rejects(store.take(path, blob), { code: 'ENOENT' })
    await rm(folder, { recursive: true })
  })

  promises('a blob that is put again is as young as a new one', async (store) => {
    const bytes = randomBytes(1000)
    await store.put(chunksOf(bytes, 512))
    const [first = 0] = await times(store)
    await sleep(20)
    await store.put(chunksOf(bytes, 512))
    const [second = 0] = await times(store)
    assert.ok(second > first && second <= Date.now() + 1000, `${first} ${second}`)
  })

  promises('the list has every blob once, with its size', async (store) => {
    const sizes = [0, 1, 700, 70_000]
    for (const size of sizes) await store.put(chunksOf(randomBytes(size), 512))
    const blobs = []
    for await (const blob of store.list()) blobs.push(blob.size)
    assert.deepEqual(
      blobs.sort((a, b) => a - b),
      sizes,
    )
  })
}

async function* chunksOf(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function* repeated(bytes: Buffer) {
  for (;;) yield bytes
}

async function times(store: PrunableStore): Promise<number[]> {
  const found: number[] = []
  for await (const { keptAt } of store.list()) found.push(keptAt)
  return found
}

async function listed(store: PrunableStore): Promise<string[]> {
  const digests: string[] = []
  for await (const { digest } of store.list()) digests.push(digest)
  return digests
}
