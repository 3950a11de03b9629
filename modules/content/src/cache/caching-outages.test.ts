import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { zstdCompressSync } from 'node:zlib'
import { cacheTrial, readPart, someBytes } from '../../testing/cache-trial.ts'
import { BlobMissing } from '../blob-store.ts'
import { FarUnreachable } from './far-blobs.ts'

const _testing = join(import.meta.dirname, '../../testing')
const _mebibyte = 1024 * 1024

/** Another upstream has other bytes under the same digests. */
function _flipped(bytes: Buffer, at: number): Buffer {
  const other = Buffer.from(bytes)
  other[at] = (other[at] ?? 0) ^ 1
  return other
}

const bomb = zstdCompressSync(Buffer.alloc(24 * 1024 * 1024))
type Answering = (response: ServerResponse) => unknown
const outages: Readonly<Record<string, Answering>> = {
  '503': (response) => response.writeHead(503).end(),
  'a cut': (response) => response.writeHead(200).write('x', () => response.destroy()),
  'a bomb': (response) => response.writeHead(200, { 'content-encoding': 'zstd' }).end(bomb),
  nothing: (response) => response.destroy(),
}
for (const [name, answer] of Object.entries(outages))
  test(`${name} is outlasted while somebody waits, and given up when nobody does`, async (t) => {
    const { store, server, near, publish } = await cacheTrial(t, {
      patience: { firstMs: 1, mostMs: 5, unwantedMs: 50 },
    })
    const { digest, bytes, options } = publish(someBytes(1))
    let failed = 0
    const fail = (response: ServerResponse) => {
      failed++
      answer(response)
    }
    const isHit = ({ method }: IncomingMessage) => (name === 'a bomb' ? method === 'POST' : true)
    server.misbehave = (request, response, serve) =>
      failed < 20 && isHit(request) ? fail(response) : serve()
    assert.ok((await readPart(await store.open(digest, options))).equals(bytes))
    assert.equal(failed, 20)
    await store.fetch(digest, options)
    await near.verify(digest)
    server.misbehave = (request, response, serve) => (isHit(request) ? fail(response) : serve())
    const other = publish(someBytes(1))
    const cached = await store.open(other.digest, other.options)
    while (store.arriving().length > 0) await sleep(5)
    await assert.rejects(cached.ready?.(0, 1) ?? assert.fail(), FarUnreachable)
  })

test('a blob that is gone fails at once, and is fetched when it is there', async (t) => {
  const { store, server, publish } = await cacheTrial(t)
  const { digest, bytes, options } = publish(someBytes(1))
  server.remove(digest)
  await assert.rejects(store.fetch(digest, options), BlobMissing)
  server.putAs(digest, bytes)
  await store.fetch(digest, options)
})

for (const isMapped of ['with', 'without'])
  test(`a connection that is cut again and again costs little, ${isMapped} a chunk map`, async (t) => {
    const { store, server, near, publish } = await cacheTrial(t, { by: 'range' })
    const { digest, bytes, options } = publish(someBytes(6))
    let cuts = 0
    server.pace = async (count) => {
      await sleep(1)
      if (Math.floor((server.sentBytes + count) / 700_000) === Math.floor(server.sentBytes / 700_000)) return
      cuts++
      server.cutConnections()
    }
    const one = isMapped === 'with' ? options : { size: options.size }
    assert.ok((await readPart(await store.open(digest, one))).equals(bytes))
    await store.fetch(digest, one)
    await near.verify(digest)
    assert.ok(cuts >= 5, `${cuts} cuts`)
    assert.ok(
      server.sentBytes < 2 * bytes.length,
      `${server.sentBytes} bytes for ${bytes.length}, ${cuts} cuts`,
    )
  })

test('an upstream that is away for a while is found again', async (t) => {
  const { store, server, publish } = await cacheTrial(t)
  const { digest, bytes, options } = publish(someBytes(3))
  const port = server.port
  server.pace = async () => {
    if (server.sentBytes < 1_500_000) return
    server.pace = undefined
    server.stop()
  }
  const read = readPart(await store.open(digest, options))
  while (server.pace !== undefined) await sleep(5)
  await sleep(50)
  await server.listen(port)
  assert.ok((await read).equals(bytes))
})
