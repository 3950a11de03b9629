import assert from 'node:assert/strict'
import { chmod, open, readdir, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { cacheTrial, chunkMapOf, eager, readPart, someBytes } from '../../testing/cache-trial.ts'
import { BlobCorrupt, BlobMissing } from '../blob-store.ts'
import { digestHex } from '../digest.ts'
import { FarRefused } from './far-blobs.ts'

const _testing = join(import.meta.dirname, '../../testing')
const mebibyte = 1024 * 1024

/** Another upstream has other bytes under the same digests. */
function flipped(bytes: Buffer, at: number): Buffer {
  const other = Buffer.from(bytes)
  other[at] = (other[at] ?? 0) ^ 1
  return other
}

test('a bit that was changed on the way is found, and the chunk is fetched again by a plain range', async (t) => {
  const { store, server, near, publish } = await cacheTrial(t)
  const { digest, bytes, options } = publish(someBytes(2))
  const wrong = flipped(bytes, 1_000_000)
  server.misbehave = (request, response, serve) => {
    if (request.method === 'POST') server.putAs(digest, wrong)
    else server.putAs(digest, bytes)
    serve()
    void response
  }
  assert.ok((await readPart(await store.open(digest, options))).equals(bytes))
  await store.fetch(digest, options)
  await near.verify(digest)
  assert.equal(store.counts.wrongChunks, 1)
})

test('a chunk that is wrong twice ends the fetch: it is never readable, and nothing enters the store', async (t) => {
  const { store, server, near, publish } = await cacheTrial(t, { by: 'range' })
  const { digest, bytes, options } = publish(someBytes(3))
  const at = 2_500_000
  server.putAs(digest, flipped(bytes, at))
  const cached = await store.open(digest, options)
  await assert.rejects(readPart(cached, at, at), BlobCorrupt)
  await assert.rejects(readPart(cached), BlobCorrupt)
  await assert.rejects(near.find(digest), BlobMissing)
  await using file = await open(cached.path)
  assert.notEqual((await file.read(Buffer.alloc(1), 0, 1, at)).buffer[0], (bytes[at] ?? 0) ^ 1)
  // Now the upstream is mended: only what is missing is asked for.
  server.putAs(digest, bytes)
  const sent = server.sentBytes
  await store.fetch(digest, options)
  await near.verify(digest)
  assert.ok(server.sentBytes - sent < 2 * mebibyte, `${server.sentBytes - sent}`)
})

const lies: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'other bytes of the same size': (bytes) => flipped(bytes, bytes.length - 7),
  'fewer bytes': (bytes) => bytes.subarray(0, -1),
}
for (const [name, lie] of Object.entries(lies))
  test(`an upstream with ${name} is not believed, with a chunk map or without`, async (t) => {
    const { store, server, near, folder, publish } = await cacheTrial(t, {
      patience: { firstMs: 1, mostMs: 2, unwantedMs: 0 },
    })
    const { digest, bytes, options } = publish(someBytes(1))
    server.putAs(digest, lie(bytes))
    const neverCame = new Error('it never came')
    for (const one of [options, { size: options.size }]) {
      const cached = await store.open(digest, one)
      const stop = new AbortController()
      let asked = 0
      server.misbehave = ({ url }, _response, serve) => {
        serve()
        if (url?.endsWith(digestHex(digest)) && ++asked === 4) stop.abort(neverCame)
      }
      // What does not come is asked for as long as somebody waits.
      await assert.rejects(
        readPart(cached, options.size - 100, options.size - 1, stop.signal),
        (error) => error === neverCame || error instanceof BlobCorrupt || error instanceof FarRefused,
      )
      while (store.arriving().length > 0) await sleep(5)
      await assert.rejects(near.find(digest), BlobMissing)
    }
    await store.stop()
    assert.ok(!(await readdir(folder)).some((file) => file.endsWith('.whole')))
  })

test('of an upstream with fewer bytes those are read that the chunk map verifies', async (t) => {
  const { store, server, publish } = await cacheTrial(t, { patience: { ...eager, unwantedMs: 60_000 } })
  const { digest, bytes, options } = publish(someBytes(1))
  server.putAs(digest, bytes.subarray(0, -1))
  assert.ok((await readPart(await store.open(digest, options), 0, 99)).equals(bytes.subarray(0, 100)))
})

test('a size that is not the blob’s never becomes a blob', async (t) => {
  const { store, near, publish } = await cacheTrial(t)
  const { digest, options } = publish(someBytes(1))
  await assert.rejects(store.fetch(digest, { size: options.size - 1 }), BlobCorrupt)
  await assert.rejects(store.fetch(digest, { ...options, size: options.size - 1 }), BlobCorrupt)
  await assert.rejects(near.find(digest), BlobMissing)
  for (const size of [-1, 0.5, Number.NaN]) await assert.rejects(store.open(digest, { size }), RangeError)
  await store.fetch(digest, options)
})

test('chunks that fit a chunk map of other bytes do not make the blob', async (t) => {
  const { store, server, near, folder, publish } = await cacheTrial(t, { restMs: 60_000 })
  const { digest, bytes } = publish(someBytes(1))
  const wrong = flipped(bytes, 5)
  server.putAs(digest, wrong)
  const options = { size: bytes.length, chunkMap: server.put(chunkMapOf(wrong)) }
  await assert.rejects(store.fetch(digest, options), { code: 'blob_corrupt', expected: digest })
  await assert.rejects(near.find(digest), BlobMissing)
  while (store.arriving().length > 0) await sleep(5)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith(digest.slice(7))),
    [],
  )
  const sent = server.sentBytes
  await assert.rejects(store.fetch(digest, options), BlobCorrupt)
  assert.equal(server.sentBytes, sent, 'what is wrong as a whole is not fetched again at once')
  server.putAs(digest, bytes)
  await store.discard(digest)
  await store.fetch(digest, { size: bytes.length })
})

test('a chunk map that is none, of another blob, or gone is done without', async (t) => {
  const { store, server, near, publish } = await cacheTrial(t)
  const maps = [
    server.put(Buffer.from('no chunk map')),
    server.put(chunkMapOf(someBytes(1).subarray(9))),
    server.put(Buffer.alloc(10 * mebibyte)),
    publish(Buffer.from('gone')).digest,
  ]
  server.remove(maps[3] ?? assert.fail())
  for (const [n, chunkMap] of maps.entries()) {
    const { digest, bytes } = publish(someBytes(1))
    const cached = await store.open(digest, { size: bytes.length, chunkMap })
    assert.ok((await readPart(cached)).equals(bytes))
    await store.fetch(digest, { size: bytes.length })
    await near.verify(digest)
    assert.equal(store.counts.unfitMaps, n + 1)
  }
})

test('a chunk map that the disk has changed is not believed', async (t) => {
  const { store, near, publish } = await cacheTrial(t)
  const { digest, bytes, options } = publish(someBytes(1))
  const blob = await near.put(Readable.from([chunkMapOf(bytes)]))
  assert.equal(blob.digest, options.chunkMap)
  const path = await near.pathOf(options.chunkMap)
  await chmod(path, 0o644)
  await writeFile(path, flipped(chunkMapOf(bytes), 50))
  await store.fetch(digest, options)
  await near.verify(digest)
  await near.verify(options.chunkMap)
})

type Answering = (response: ServerResponse) => unknown
const nonsense: Readonly<Record<string, Answering>> = {
  'a redirect to itself': (response) => response.writeHead(302, { location: '/' }).end(),
  'all in place of a part': (response) =>
    response.writeHead(200, { 'content-length': 5 * mebibyte }).end('x'),
  '403': (response) => response.writeHead(403).end(),
}
for (const [name, answer] of Object.entries(nonsense))
  test(`${name} ends the fetch at once`, async (t) => {
    const { store, server, publish } = await cacheTrial(t, { by: 'range' })
    const { digest, options } = publish(someBytes(1))
    server.misbehave = (_request, response) => void answer(response)
    await assert.rejects(readPart(await store.open(digest, { size: options.size })), FarRefused)
    await assert.rejects(store.fetch(digest, options), FarRefused)
  })
