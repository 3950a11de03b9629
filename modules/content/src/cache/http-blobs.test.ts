import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { drained, FarServer } from '../../testing/far-server.ts'
import { BlobMissing } from '../blob-store.ts'
import { digestOf } from '../digest.ts'
import { FarRefused, FarUnreachable } from './far-blobs.ts'
import { HttpBlobs, type HttpBlobsOptions } from './http-blobs.ts'

const bytes = randomBytes(1_000_000)
const zeros = Buffer.alloc(1_000_000)
const absent = digestOf(Buffer.from('absent'))
const range = { first: 100_000, last: 299_999 }
const part = bytes.subarray(range.first, range.last + 1)

async function setUp(t: TestContext, options: Partial<HttpBlobsOptions> = {}) {
  const server = await FarServer.start(t)
  const digest = server.put(bytes)
  const far = new HttpBlobs({ ...server.addresses, ...options })
  return { server, far, digest, read: () => buffer(far.readRange(digest, range)) }
}
const partsOf = async (far: HttpBlobs, digest = digestOf(bytes), ranges = [range]) =>
  await buffer(far.readParts?.(digest, ranges) ?? assert.fail('it has no parts'))

test('a blob is found, read by range and in parts; what is compressed counts as it came', async (t) => {
  const { server, far, digest, read } = await setUp(t)
  assert.deepEqual(await far.find(digest), { digest, size: bytes.length })
  assert.ok((await read()).equals(part))
  const ranges = [range, { first: 0, last: 0 }, { first: 999_990, last: 999_999 }]
  const expected = Buffer.concat([part, bytes.subarray(0, 1), bytes.subarray(999_990)])
  assert.ok((await partsOf(far, digest, ranges)).equals(expected))
  assert.equal(far.wireBytes, 2 * part.length + 11)
  assert.ok((await partsOf(far, server.put(zeros))).equals(zeros.subarray(0, part.length)))
  assert.ok(far.wireBytes < 2 * part.length + 1000, `${far.wireBytes}`)
})

test('without an address for parts there are none', async (t) => {
  const server = await FarServer.start(t)
  assert.equal(new HttpBlobs({ urlOf: server.addresses.urlOf }).readParts, undefined)
})

test('a blob that is not there is missing, in each way to ask', async (t) => {
  const { far } = await setUp(t)
  await assert.rejects(far.find(absent), BlobMissing)
  await assert.rejects(buffer(far.readRange(absent, range)), BlobMissing)
  await assert.rejects(partsOf(far, absent), BlobMissing)
})

const statuses = [
  { of: [400, 401, 403, 409, 416, 301, 302, 307], error: FarRefused },
  { of: [404, 410], error: BlobMissing },
  { of: [408, 425, 429, 500, 502, 503, 504], error: FarUnreachable },
]
test('a status says whether asking again is worth it', async (t) => {
  const { server, far, read } = await setUp(t)
  for (const { of, error } of statuses)
    for (const status of of) {
      server.misbehave = (request, response) =>
        response.writeHead(status, { location: request.url }).end('x'.repeat(100_000))
      for (const ask of [read, () => far.find(absent), () => partsOf(far)])
        await assert.rejects(ask(), (met) => {
          assert.ok(met instanceof error, `${status}: ${met}`)
          return !(met instanceof FarRefused) || met.status === status
        })
    }
})

test('a redirect is not followed, so none can lead around in a circle', async (t) => {
  const { server, read } = await setUp(t)
  server.misbehave = (request, response) => response.writeHead(302, { location: request.url }).end()
  await assert.rejects(read(), FarRefused)
  assert.equal(server.asked.length, 1)
})

const whole = { 'content-length': bytes.length }
const head = (headers: Record<string, string | number>, status = 206) => ({ status, headers })
const wrongHeads = {
  'all in place of a part': head(whole, 200),
  'a part of another place': head({ 'content-range': 'bytes 0-199999/1000000' }),
  'a part that is longer': head({ 'content-range': 'bytes 100000-300000/1000000' }),
  'a part without its place': head({ 'content-length': part.length }),
  'several parts': head({ 'content-type': 'multipart/byteranges; boundary=x' }),
  'another length': head({ 'content-range': 'bytes 100000-299999/1000000', 'content-length': 5 }),
  compressed: head({ 'content-range': 'bytes 100000-299999/1000000', 'content-encoding': 'gzip' }),
  'nothing at all': head({}, 204),
}
for (const [name, { status, headers }] of Object.entries(wrongHeads))
  test(`a Range answered by ${name} is refused`, async (t) => {
    const { server, read } = await setUp(t)
    server.misbehave = (_request, response) => response.writeHead(status, headers).end()
    await assert.rejects(read(), FarRefused)
  })

test('a server without Range may give a whole blob, since that is what was asked for', async (t) => {
  const { server, far, digest } = await setUp(t)
  server.misbehave = (_request, response) => response.writeHead(200, whole).end(bytes)
  const all = { first: 0, last: bytes.length - 1 }
  assert.ok((await buffer(far.readRange(digest, all))).equals(bytes))
})

/** Until nobody listens any more. */
async function sendForEver(response: ServerResponse, piece: Buffer) {
  while (!response.destroyed) {
    if (!response.write(piece)) await drained(response)
  }
}
const placed = { 'content-range': `bytes ${range.first}-${range.last}/${bytes.length}` }
const wrongBodies: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  'is cut': (response) =>
    response
      .writeHead(206, { ...placed, 'content-length': part.length })
      .write(part.subarray(5), () => response.destroy()),
  'ends early': (response) => response.writeHead(206, placed).end(part.subarray(5)),
  'is a byte too long': (response) => response.writeHead(206, placed).end(bytes.subarray(99_999, 300_000)),
  'never ends': (response) => sendForEver(response.writeHead(206, placed), part),
  'is no HTTP': (response) => response.socket?.end('hello\r\n\r\n'),
}
for (const [name, send] of Object.entries(wrongBodies))
  test(`a body that ${name} is an error, and nothing past what was asked for comes out`, async (t) => {
    const { server, far, digest } = await setUp(t)
    server.misbehave = (_request, response) => void send(response)
    let out = 0
    const read = async () => {
      for await (const piece of far.readRange(digest, range)) out += piece.length
    }
    await assert.rejects(read(), FarUnreachable)
    assert.ok(out <= part.length)
  })

const bomb = zstdCompressSync(Buffer.alloc(192 * 1024 * 1024))
/** The head of a frame, and then blocks of no bytes, none of them the last (RFC 8878 §3.1.1). */
const frameHead = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58])
const emptyBlocks = Buffer.alloc(3 * 20_000)
const wrongParts: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  'a bomb': (response) => response.end(bomb),
  'one byte too much': (response) => response.end(zstdCompressSync(Buffer.alloc(part.length + 1))),
  'one byte too few': (response) => response.end(zstdCompressSync(Buffer.alloc(part.length - 1))),
  'half a frame': (response) => response.end(zstdCompressSync(part).subarray(0, 100_000)),
  'no frame': (response) => response.end(part),
  'blocks of nothing without end': (response) => {
    response.write(frameHead)
    return sendForEver(response, emptyBlocks)
  },
}
for (const [name, send] of Object.entries(wrongParts))
  test(`parts that unpack to ${name} are an error, and memory stays flat`, async (t) => {
    const { server, far, digest } = await setUp(t)
    server.misbehave = (_request, response) =>
      void send(response.writeHead(200, { 'content-encoding': 'zstd' }))
    const before = process.memoryUsage().rss
    await assert.rejects(partsOf(far, digest), FarUnreachable)
    assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024)
  })

test('silence breaks off, before and within an answer', async (t) => {
  const { server, far, read } = await setUp(t, { stallMs: 150 })
  server.misbehave = () => undefined
  await assert.rejects(read(), { code: 'far_unreachable', message: /nothing for 150 ms/ })
  await assert.rejects(partsOf(far), /nothing for 150 ms/)
  server.misbehave = (_request, response) => response.writeHead(206, placed).write(part.subarray(0, 1000))
  await assert.rejects(read(), /nothing for 150 ms/)
})

test('a slow reader of ours is no silence of theirs', async (t) => {
  const { far, digest } = await setUp(t, {
    stallMs: 300,
    pace: () => new Promise((done) => setTimeout(done, 400)),
  })
  const [first] = [far.readRange(digest, { first: 0, last: 99 })]
  assert.equal((await buffer(first)).length, 100)
})

test('a connection that is not made in time is given up, and nobody there is unreachable', async (t) => {
  const silent = createServer()
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.after(() => silent.close())
  const { port } = silent.address() as AddressInfo
  // TCP answers, TLS never does.
  const far = new HttpBlobs({ urlOf: () => new URL(`https://127.0.0.1:${port}/x`), connectMs: 150 })
  await assert.rejects(far.find(absent), { code: 'far_unreachable', message: /nothing for 150 ms/ })
  silent.close()
  const nobody = new HttpBlobs({ urlOf: () => new URL('http://127.0.0.1:1/x') })
  await assert.rejects(nobody.find(absent), { code: 'far_unreachable', message: 'ECONNREFUSED' })
})

test('a signal ends a question and an answer with its reason', async (t) => {
  const { server, far, digest } = await setUp(t)
  const reason = new Error('no longer wanted')
  await assert.rejects(far.find(digest, { signal: AbortSignal.abort(reason) }), reason)
  for (const misbehave of [
    () => undefined,
    (_: unknown, response: ServerResponse) => response.writeHead(206, placed).write('x'),
  ]) {
    server.misbehave = misbehave as NonNullable<typeof server.misbehave>
    const { signal, abort } = abortAfter(50, reason)
    await assert.rejects(buffer(far.readRange(digest, range, { signal })), reason)
    abort()
  }
})

function abortAfter(ms: number, reason: Error) {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(reason), ms)
  return { signal: controller.signal, abort: () => clearTimeout(timer) }
}

test('a kept connection that the other side has closed meanwhile is no failure', async (t) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const { server, read } = await setUp(t, { agent })
  let cut = 0
  for (let n = 0; n < 3; n++) {
    await read()
    server.misbehave = (request, _response, serve) => {
      server.misbehave = undefined
      cut++
      request.socket.destroy()
      void serve
    }
    assert.equal((await read()).length, part.length)
  }
  assert.equal(cut, 3)
})

test('every piece waits for the pace', async (t) => {
  let paced = 0
  const { read } = await setUp(t, {
    pace: async (count) => {
      paced += count
    },
  })
  await read()
  assert.equal(paced, part.length)
})

test('whoever stops reading closes the answer', async (t) => {
  const { server, far, digest } = await setUp(t)
  const closed = Promise.withResolvers<void>()
  server.misbehave = (_request, response) => {
    response.once('close', closed.resolve)
    void sendForEver(response.writeHead(206, placed), part.subarray(0, 1000))
  }
  for await (const _piece of far.readRange(digest, range)) break
  await closed.promise
})
