import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { digestOf, MemoryBlobs } from '../../testing/memory-blobs.ts'
import { rawRequest } from '../../testing/raw-request.ts'
import { type PairOptions, uplinkPair } from '../../testing/uplink-pair.ts'

type Ranges = readonly (readonly [number, number])[]

async function served(t: Parameters<typeof uplinkPair>[0], options: PairOptions = {}) {
  const blobs = new MemoryBlobs()
  const pair = await uplinkPair(t, { blobs, ...options })
  const as = (await pair.identity('s1')).credentials()
  const path = (what: string, digest: string) => `/uplink/v1/${what}/${digest.slice(7)}`
  const common = { port: pair.port, as }
  return {
    pair,
    blobs,
    parts: (
      digest: string,
      ranges: Ranges,
      headers: Record<string, string> = { 'accept-encoding': 'zstd' },
    ) =>
      rawRequest({
        ...common,
        path: path('parts', digest),
        method: 'POST',
        headers,
        body: JSON.stringify({ ranges }),
      }),
    blob: (digest: string, headers: Record<string, string> = {}, method = 'GET') =>
      rawRequest({ ...common, path: path('blobs', digest), headers, method }),
  }
}

const reference = (bytes: Buffer, ranges: Ranges) =>
  Buffer.concat(ranges.map(([first, last]) => bytes.subarray(first, last + 1)))

const plain = ({ headers, bytes }: { headers: Record<string, unknown>; bytes: Buffer }) =>
  headers['content-encoding'] === 'zstd' ? zstdDecompressSync(bytes) : bytes

test('parts are the bytes of their ranges, whatever these are, from files, streams, and what still arrives', async (t) => {
  const { blobs, parts } = await served(t)
  const mixed = Buffer.concat([randomBytes(700_000), Buffer.alloc(900_000, 'same '), randomBytes(200_000)])
  const other = Buffer.concat([mixed, Buffer.from('!')])
  const slow = Buffer.concat([mixed, Buffer.from('?')])
  const known: readonly (readonly [string, Buffer])[] = [
    [await blobs.addFile(mixed), mixed],
    [blobs.add(other), other],
    // Some of it at a time.
    [blobs.add(slow, { ready: async (first, last) => Math.min(last, first + 99_999) }), slow],
  ]
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: mixed.length - 1 }), { minLength: 2, maxLength: 40 }),
      fc.constantFrom(...known),
      async (points, [digest, bytes]) => {
        const sorted = points.toSorted((a, b) => a - b)
        const ranges = sorted.flatMap((first, at) =>
          at % 2 === 0 ? [[first, sorted[at + 1] ?? first] as const] : [],
        )
        const answer = await parts(digest, ranges)
        assert.equal(answer.status, 200)
        assert.ok(plain(answer).equals(reference(bytes, ranges)))
      },
    ),
    { numRuns: 25 },
  )
  assert.equal(blobs.streams, 0)
})

test('what becomes smaller goes compressed, what does not goes as it is, and so it does to who takes no zstd', async (t) => {
  const { blobs, parts } = await served(t)
  const text = Buffer.alloc(600_000, 'some words that come again ')
  const random = randomBytes(600_000)
  const [soft, hard] = [await blobs.addFile(text), await blobs.addFile(random)]
  const all: Ranges = [
    [0, 399_999],
    [500_000, 599_999],
  ]
  const compressed = await parts(soft, all)
  assert.equal(compressed.headers['content-encoding'], 'zstd')
  assert.ok(compressed.bytes.length < 10_000)
  assert.ok(plain(compressed).equals(reference(text, all)))
  for (const [digest, bytes, headers] of [
    [hard, random, undefined],
    [soft, text, {}],
    [soft, text, { 'accept-encoding': 'gzip, zstd;q=0' }],
  ] as const) {
    const answer = await parts(digest, all, headers)
    assert.equal(answer.headers['content-encoding'], undefined)
    assert.equal(answer.headers['content-length'], '500000')
    assert.ok(answer.bytes.equals(reference(bytes, all)))
  }
})

test('ranges that descend, overlap, leave the blob, or are too many or too much are refused', async (t) => {
  const { blobs, parts } = await served(t)
  const digest = blobs.add(randomBytes(1000))
  const huge = blobs.add(randomBytes(2000), { size: 2 ** 40 })
  const code = async (ranges: unknown, of = digest) => {
    const { status, json } = await parts(of, ranges as Ranges)
    return `${status} ${json['code']}`
  }
  for (const wrong of [
    [[5, 4]],
    [
      [0, 5],
      [5, 9],
    ],
    [
      [10, 20],
      [0, 5],
    ],
    [],
    [[0]],
    [[0, 1, 2]],
    [[-1, 5]],
    [[0, 1.5]],
    [['0', '1']],
    Array.from({ length: 1025 }, (_, at) => [2 * at, 2 * at]),
    'x',
    [[0, 2 ** 60]],
  ])
    assert.equal(await code(wrong), '400 invalid_request', JSON.stringify(wrong).slice(0, 50))
  assert.equal(await code([[0, 1000]]), '416 range_not_in_blob')
  assert.equal(await code([[0, 64 * 1024 * 1024]], huge), '413 too_large')
  assert.equal(await code([[0, 1]], digestOf(Buffer.from('unknown'))), '404 blob_missing')
})

test('when a blob ends early the connection does, so that nobody takes a part for the whole', async (t) => {
  const { blobs, parts, blob } = await served(t)
  const bytes = Buffer.concat([Buffer.alloc(300_000, 'a'), randomBytes(300_000)])
  const short = await blobs.addFile(bytes, { size: 900_000 })
  const failing = blobs.add(randomBytes(400_000), {
    ready: async (first, last) => {
      if (first > 0) throw new Error('the upstream is away')
      return Math.min(last, 299_999)
    },
  })
  for (const headers of [{}, { 'accept-encoding': 'zstd' }]) {
    await assert.rejects(parts(short, [[0, 899_999]], headers), /aborted|hang up|ECONNRESET/)
    await assert.rejects(parts(failing, [[0, 399_999]], headers), /aborted|hang up|ECONNRESET/)
  }
  assert.equal((await blob(short)).status, 503, 'nothing was sent: it can be said')
  assert.equal(blobs.streams, 0)
})

test('a blob is to be had whole, by range, and by HEAD', async (t) => {
  const { blobs, blob } = await served(t)
  const bytes = randomBytes(3_000_000)
  for (const digest of [await blobs.addFile(bytes), blobs.add(bytes)]) {
    assert.ok((await blob(digest)).bytes.equals(bytes))
    const part = await blob(digest, { range: 'bytes=1000000-2000000' })
    assert.equal(part.status, 206)
    assert.ok(part.bytes.equals(bytes.subarray(1_000_000, 2_000_001)))
    const head = await blob(digest, {}, 'HEAD')
    assert.equal(head.headers['content-length'], '3000000')
    assert.equal((await blob(digest, {}, 'DELETE')).status, 405)
  }
  assert.equal((await blob(digestOf(Buffer.from('unknown')))).status, 404)
})

test('a client that takes nothing holds neither the bytes nor, for long, the connection', async (t) => {
  const { blobs, pair } = await served(t, { limits: { idleMs: 400 } })
  let read = 0
  const size = 64 * 1024 * 1024
  const digest = blobs.add(randomBytes(1000), {
    size,
    ready: async (first) => {
      read = first
      return Math.min(size - 1, first + 65_535)
    },
    read: async (first, last) =>
      (await import('node:stream')).Readable.from([Buffer.alloc(last - first + 1)]),
  })
  const { connect } = await import('node:tls')
  const { key, certificate } = (await pair.identity('s1')).credentials()
  const socket = connect({
    port: pair.port,
    host: '127.0.0.1',
    key,
    cert: certificate,
    rejectUnauthorized: false,
  })
  const body = JSON.stringify({ ranges: [[0, size - 1]] })
  const head = `POST /uplink/v1/parts/${digest.slice(7)} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`
  socket.on('error', () => undefined)
  socket.write(head + body)
  socket.pause()
  while (pair.server.connections === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  while (pair.server.connections > 0) await new Promise((resolve) => setTimeout(resolve, 50))
  assert.ok(read < size / 2, `${read} bytes were read for nobody`)
  socket.destroy()
})
