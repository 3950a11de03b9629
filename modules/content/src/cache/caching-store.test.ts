import assert from 'node:assert/strict'
import { chmod, readdir, readFile, stat, truncate } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { cacheTrial, readPart, someBytes } from '../../testing/cache-trial.ts'
import { BlobMissing, RangeNotInBlob } from '../blob-store.ts'
import { digestOf } from '../digest.ts'

for (const by of ['parts', 'range'] as const)
  test(`64 who open a blob cost one fetch, and each has the bytes of its part (by ${by})`, async (t) => {
    const { store, server, near, publish } = await cacheTrial(t, { by })
    const { digest, bytes, options } = publish(someBytes(12))
    // As slow as a network: what is broken off for somebody is not on its way already.
    server.pace = () => sleep(1)
    const reads = Array.from({ length: 64 }, async (_, n) => {
      const first = (n * 7_919_333) % bytes.length
      const last = Math.min(bytes.length - 1, first + n * 50_000)
      const read = await readPart(await store.open(digest, options), first, last)
      assert.ok(read.equals(bytes.subarray(first, last + 1)), `${first}-${last}`)
    })
    await Promise.all(reads)
    await store.fetch(digest, options)
    assert.ok(server.sentBytes < bytes.length * 1.2, `${server.sentBytes} bytes were sent`)
    assert.equal(store.counts.wholeFetches, 2)
    assert.equal(store.counts.fetchedBytes, bytes.length + (await near.find(options.chunkMap)).size)
    assert.deepEqual(await near.verify(digest), { digest, size: bytes.length })
    assert.deepEqual(store.arriving(), [])
    const kept = await store.open(digest, options)
    assert.equal(kept.ready, undefined)
    assert.equal(kept.path, await near.pathOf(digest))
  })

test('without a chunk map nothing can be read before the whole is verified', async (t) => {
  const { store, server, near } = await cacheTrial(t)
  const bytes = someBytes(3)
  const digest = server.put(bytes)
  const options = { size: bytes.length }
  const gate = Promise.withResolvers<void>()
  server.pace = async () => {
    if (server.sentBytes > 2_000_000) await gate.promise
  }
  const cached = await store.open(digest, options)
  assert.equal((await stat(cached.path)).size, bytes.length)
  let isReady = false
  const read = readPart(cached, 0, 9).finally(() => {
    isReady = true
  })
  while ((store.arriving()[0]?.have ?? 0) < 1_900_000) await sleep(5)
  assert.equal(isReady, false)
  assert.deepEqual(store.arriving()[0]?.wanted, 1)
  gate.resolve()
  assert.ok((await read).equals(bytes.subarray(0, 10)))
  await store.fetch(digest, options)
  await near.verify(digest)
  assert.equal(server.sentBytes, bytes.length)
})

test('a path that was given out can be opened after the blob is whole, and is never one of other bytes', async (t) => {
  const { store, folder, publish } = await cacheTrial(t)
  const { digest, bytes, options } = publish(someBytes(1))
  const cached = await store.open(digest, options)
  await store.fetch(digest, options)
  assert.ok((await readPart(cached)).equals(bytes))
  await store.discard(digest)
  const other = await store.open(digest, options)
  assert.notEqual(other.path, cached.path)
  assert.ok((await readFile(cached.path)).equals(bytes))
  await store.fetch(digest, options)
  await store.stop()
  assert.deepEqual(await readdir(folder), [])
})

for (const [where, at] of [
  ['that nobody has asked for yet', 34],
  ['at the end of what is on its way', 30],
] as const)
  test(`what somebody waits for in the middle comes before the front: a place ${where}`, async (t) => {
    const { store, server, publish } = await cacheTrial(t)
    const { digest, bytes, options } = publish(someBytes(36))
    server.pace = () => sleep(2)
    const cached = await store.open(digest, options)
    const arrived = () => store.arriving().find((one) => one.digest === digest)?.have ?? 0
    // Nobody waits yet: all that may be under way at a time is, from the front on.
    while (arrived() === 0) await sleep(2)
    const first = at * 1024 * 1024
    const read = await readPart(cached, first, first + 999_999)
    assert.ok(read.equals(bytes.subarray(first, first + 1_000_000)))
    assert.ok(arrived() < 16 * 1024 * 1024, `${arrived()} bytes came before`)
    server.pace = undefined
    await store.fetch(digest, options)
  })

test('who waits is woken for a mebibyte or for the end, not for each chunk', async (t) => {
  const { store, publish } = await cacheTrial(t)
  const { digest, bytes, options } = publish(someBytes(8))
  const { ready } = await store.open(digest, options)
  assert.ok(ready)
  for (let at = 0; at < bytes.length; ) {
    const last = await ready(at, bytes.length - 1)
    assert.ok(last - at + 1 >= 1024 * 1024 || last === bytes.length - 1, `${at}-${last}`)
    at = last + 1
  }
  assert.equal(await ready(5, 5), 5)
  await assert.rejects(ready(5, bytes.length), RangeNotInBlob)
})

test('a client that leaves stops neither the fetch nor the others, and one that reads slowly holds up nobody', async (t) => {
  const { store, server, near, publish } = await cacheTrial(t)
  const { digest, bytes, options } = publish(someBytes(4))
  const gate = Promise.withResolvers<void>()
  server.pace = () => gate.promise
  const cached = await store.open(digest, options)
  const leaving = new AbortController()
  const left = readPart(cached, 0, 99, leaving.signal)
  // It reads the first bytes, and then never again.
  const slow = (await store.read(digest))[Symbol.asyncIterator]()
  const first = slow.next()
  leaving.abort(new Error('switched off'))
  await assert.rejects(left, /switched off/)
  await assert.rejects(readPart(cached, 0, 99, leaving.signal), /switched off/)
  gate.resolve()
  assert.ok((await readPart(cached)).equals(bytes))
  await store.fetch(digest, options)
  await near.verify(digest)
  assert.ok((await first).value.length > 0)
  await slow.return?.()
})

test('a fetch that nobody else wants ends with its signal, goes on when somebody does, and is taken up again', async (t) => {
  const { store, server, publish } = await cacheTrial(t)
  const { digest, bytes, options } = publish(someBytes(6))
  const held = () => {
    const gate = Promise.withResolvers<void>()
    server.pace = () => (server.sentBytes > 3_000_000 ? gate.promise : Promise.resolve())
    return gate
  }
  const gate = held()
  const abort = new AbortController()
  const seen: number[] = []
  const onProgress = (have: number) => seen.push(have)
  const fetching = store.fetch(digest, options, { signal: abort.signal, onProgress })
  while ((seen.at(-1) ?? 0) < 2_000_000) await sleep(5)
  const asked = server.asked.length
  abort.abort(new Error('not now'))
  await assert.rejects(fetching, /not now/)
  while (store.arriving().length > 0) await sleep(5)
  assert.equal(server.asked.length, asked, 'nothing is asked for any more')
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  gate.resolve()
  server.pace = undefined
  await assert.rejects(store.fetch(digest, options, { signal: abort.signal }), /not now/)
  const again = new AbortController()
  const second = store.fetch(digest, options, { signal: again.signal })
  const cached = await store.open(digest, options)
  again.abort(new Error('nor now'))
  await assert.rejects(second, /nor now/)
  assert.ok((await readPart(cached)).equals(bytes))
  assert.ok(store.counts.resumedBytes > 1_500_000, `${store.counts.resumedBytes}`)
})

test('it reads as any store does: whole, in any part, and nothing outside', async (t) => {
  const { store, server, near } = await cacheTrial(t)
  const absent = digestOf(Buffer.from('absent'))
  await assert.rejects(store.find(absent), BlobMissing)
  await assert.rejects(store.read(absent), BlobMissing)
  await assert.rejects(store.read(absent, { first: 0, last: 0 }), BlobMissing)
  const none = server.put(Buffer.alloc(0))
  assert.equal((await buffer(await store.read(none))).length, 0)
  await assert.rejects(store.read(none, { first: 0, last: 0 }), RangeNotInBlob)
  const part = fc.uint8Array({ minLength: 1, maxLength: 3000 })
  await fc.assert(
    fc.asyncProperty(part, fc.nat(), fc.nat(), async (values, a, b) => {
      const bytes = Buffer.from(values)
      const digest = server.put(bytes)
      assert.deepEqual(await store.find(digest), { digest, size: bytes.length })
      const [first = 0, last = 0] = [a % bytes.length, b % bytes.length].sort((x, y) => x - y)
      const read = await buffer(await store.read(digest, { first, last }))
      assert.ok(read.equals(bytes.subarray(first, last + 1)))
      assert.ok((await buffer(await store.read(digest))).equals(bytes))
    }),
    { numRuns: 25 },
  )
  const ten = Buffer.from('0123456789')
  const digest = server.put(ten)
  const outside = [
    [0, 10],
    [10, 10],
    [5, 4],
    [-1, 4],
    [0.5, 4],
    [0, Number.NaN],
  ] as const
  const refused = async () => {
    for (const [first, last] of outside)
      await assert.rejects(store.read(digest, { first, last }), RangeNotInBlob, `${first}-${last}`)
  }
  await refused()
  await store.fetch(digest, { size: ten.length })
  await refused()
  assert.deepEqual(await near.find(digest), await store.find(digest))
})

test('room is made before a fetch begins, and what cannot be made fails who opens', async (t) => {
  const asked: number[] = []
  const { store, publish } = await cacheTrial(t, {
    makeRoom: async (bytes) => {
      asked.push(bytes)
      if (bytes > 2_000_000) throw new Error('all is pinned')
    },
  })
  const small = publish(someBytes(1))
  await store.fetch(small.digest, small.options)
  assert.equal(asked[0], small.bytes.length)
  const large = publish(someBytes(3))
  await assert.rejects(store.open(large.digest, large.options), /all is pinned/)
  assert.deepEqual(store.arriving(), [])
})

test('a blob that is damaged here is fetched again once it is discarded; one of another size at once', async (t) => {
  const { store, server, near, publish } = await cacheTrial(t)
  const { digest, bytes, options } = publish(someBytes(1))
  await store.fetch(digest, options)
  await store.discard(digest)
  await store.discard(digest)
  await assert.rejects(near.find(digest), BlobMissing)
  await store.fetch(digest, options)
  assert.equal(server.sentBytes > 2 * bytes.length, true)
  const path = await near.pathOf(digest)
  await chmod(path, 0o644)
  await truncate(path, 5)
  await store.fetch(digest, options)
  await near.verify(digest)
})

test('a stopped cache begins nothing', async (t) => {
  const { store, publish } = await cacheTrial(t)
  const { digest, options } = publish(someBytes(1))
  await store.stop()
  await assert.rejects(store.open(digest, options), /was stopped/)
})
