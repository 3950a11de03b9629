import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ChunkMapper, parseChunkMap } from './chunk-map.ts'
import { chunkBytes, firstCut, gear } from './chunker.ts'
import { Fingerprinter } from './fingerprinter.ts'

const folder = mkdtempSync(join(tmpdir(), 'bootcast-fingerprint-'))
const fingerprinter = new Fingerprinter()
after(async () => {
  await fingerprinter.stop()
  rmSync(folder, { recursive: true })
})

/** Bytes that are the same on every computer. */
function steady(seed: string, length: number): Buffer {
  const parts: Buffer[] = []
  for (let n = 0; parts.length * 32 < length; n++)
    parts.push(createHash('sha256').update(`${seed}${n}`).digest())
  return Buffer.concat(parts).subarray(0, length)
}
const mapOf = (bytes: Buffer, piece = 100_000) => {
  const mapper = new ChunkMapper()
  for (let at = 0; at < bytes.length; at += piece) mapper.update(bytes.subarray(at, at + piece))
  return mapper.finish()
}
const digestsOf = (bytes: Buffer) =>
  parseChunkMap(mapOf(bytes)).chunks.map(({ digest }) => digest.toString('hex'))
const { most } = chunkBytes
const content = steady('content', 8 * 1024 * 1024)

test('the table and the cuts are those of the format for ever', () => {
  assert.equal(
    createHash('sha256').update(Buffer.from(gear.buffer)).digest('hex').slice(0, 16),
    '0d67fad07c67db0b',
  )
  assert.equal(createHash('sha256').update(mapOf(content)).digest('hex').slice(0, 16), '40bec6d5ab8c4027')
})

/** As the page of the format says it. */
function plainCut(bytes: Buffer): number {
  const { least, average, most } = chunkBytes
  let hash = 0
  for (let at = least; at < Math.min(bytes.length, most); at++) {
    hash = ((hash << 1) + (gear[bytes[at] ?? 0] ?? 0)) >>> 0
    const mask = at < average ? 0xffffc000 : 0xfffc0000
    if ((hash & mask) === 0) return at + 1
  }
  return Math.min(bytes.length, most)
}

test('bytes of every kind and length are cut as the format says', () => {
  const kinds = [
    content,
    Buffer.alloc(most + 5),
    Buffer.alloc(most + 5, 0xff),
    Buffer.from(content.map((byte) => byte & 1)),
    Buffer.from(content.map((byte, at) => (at % 300 < 200 ? 0 : byte))),
  ]
  const { least, average } = chunkBytes
  const edges = [0, least, average, most].flatMap((edge) =>
    [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5].map((by) => edge + by),
  )
  for (const [kind, bytes] of kinds.entries()) {
    for (const length of edges.filter((one) => one >= 0))
      assert.equal(
        firstCut(bytes.subarray(0, length)),
        plainCut(bytes.subarray(0, length)),
        `${kind}, ${length} bytes`,
      )
    for (let from = 0; from < bytes.length; from += 9973) {
      const rest = bytes.subarray(from)
      assert.equal(firstCut(rest), plainCut(rest), `${kind}, from ${from}`)
    }
  }
})

test('chunks are within their bounds, and are the bytes', () => {
  const { size, chunks } = parseChunkMap(mapOf(content))
  assert.equal(size, content.length)
  let at = 0
  for (const [index, { length, digest }] of chunks.entries()) {
    assert.ok(
      length <= chunkBytes.most && (length >= chunkBytes.least || index === chunks.length - 1),
      `${length}`,
    )
    assert.deepEqual(
      createHash('sha256')
        .update(content.subarray(at, at + length))
        .digest(),
      digest,
    )
    at += length
  }
  assert.ok(chunks.length > 80 && chunks.length < 200, `${chunks.length}`)
})

test('cuts do not depend on the pieces in which bytes come', () => {
  for (const piece of [1000, 65_536, 262_144, 10_000_000])
    assert.deepEqual(mapOf(content, piece), mapOf(content))
})

test('bytes put in front or in the middle change only the chunks around them', () => {
  const before = new Set(digestsOf(content))
  const changed = Buffer.concat([
    Buffer.from('new'),
    content.subarray(0, 4_000_000),
    Buffer.from('x'),
    content.subarray(4_000_000),
  ])
  const fresh = digestsOf(changed).filter((digest) => !before.has(digest))
  assert.ok(fresh.length <= 6, `${fresh.length} of ${before.size}`)
})

test('no bytes, few bytes and zeros', () => {
  assert.deepEqual(parseChunkMap(mapOf(Buffer.alloc(0))), { size: 0, chunks: [] })
  assert.deepEqual(
    parseChunkMap(mapOf(Buffer.from('abc'))).chunks.map(({ length }) => length),
    [3],
  )
  const zeros = parseChunkMap(mapOf(Buffer.alloc(1_000_000))).chunks
  assert.ok(zeros.length <= 1_000_000 / chunkBytes.least + 1)
  assert.equal(firstCut(Buffer.alloc(0)), 0)
})

test('what is no chunk map is refused', () => {
  const map = mapOf(content)
  const wrong = Buffer.from(map)
  wrong.writeUInt32LE(1, 32)
  for (const bytes of [Buffer.alloc(0), map.subarray(0, 40), wrong, Buffer.from('hello'.repeat(100))])
    assert.throws(() => parseChunkMap(bytes), /chunk map/)
})

test('a file is read while it grows, several at once', async () => {
  const made = await Promise.all(
    [1, 2, 3].map(async (n) => {
      const path = join(folder, `growing-${n}`)
      const bytes = randomBytes(9_000_000 + n)
      writeFileSync(path, '')
      const follower = fingerprinter.follow(path)
      for (let at = 0; at < bytes.length; at += 700_000) {
        appendFileSync(path, bytes.subarray(at, at + 700_000))
        follower.grown(Math.min(at + 700_000, bytes.length))
        await new Promise(setImmediate)
      }
      return { bytes, found: await follower.finish(bytes.length) }
    }),
  )
  for (const { bytes, found } of made) {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    assert.deepEqual(found.blob, { digest, size: bytes.length })
    assert.deepEqual(await found.chunkMap, mapOf(bytes))
  }
})

test('parts that are asked for while a file grows have the digests of their bytes', async () => {
  const path = join(folder, 'growing-parts')
  const bytes = randomBytes(40_000_000)
  const step = 5_000_000
  /** Behind, around, in front of where the file had grown to when they were asked for; to its end; beyond it. */
  const parts = [
    [1_000_000, 2_000_000],
    [9_000_001, 11_000_000],
    [30_000_000, 1],
    [25_000_000, 15_000_000],
    [39_000_000, 1_000_001],
  ].map(([offset = 0, length = 0]) => ({ offset, length }))
  writeFileSync(path, '')
  const follower = fingerprinter.follow(path)
  for (let at = 0; at < bytes.length; at += step) {
    appendFileSync(path, bytes.subarray(at, at + step))
    if (at === 2 * step) for (const part of parts) follower.also(part)
    follower.grown(at + step)
    await new Promise(setImmediate)
  }
  const found = await follower.finish(bytes.length)
  assert.deepEqual(
    await Promise.all(found.parts.map(async (part) => ({ ...part, digest: await part.digest }))),
    parts.slice(0, -1).map(({ offset, length }) => {
      const part = bytes.subarray(offset, offset + length)
      return { offset, length, digest: `sha256:${createHash('sha256').update(part).digest('hex')}` }
    }),
  )
  assert.equal(found.blob.digest, `sha256:${createHash('sha256').update(bytes).digest('hex')}`)
})

test('the chunk map is made to its end of a file that is moved once its digest is known', async () => {
  const path = join(folder, 'moved')
  const bytes = randomBytes(30_000_000)
  writeFileSync(path, bytes)
  const follower = fingerprinter.follow(path)
  for (let to = 0; to < bytes.length; to += 5_000_000) follower.grown(to)
  const { chunkMap } = await follower.finish(bytes.length)
  rmSync(path)
  assert.deepEqual(await chunkMap, mapOf(bytes))
})

test('a part of a file has the digest of its bytes, and whoever listens can end it', async () => {
  const path = join(folder, 'parts')
  const bytes = randomBytes(40_000_000)
  writeFileSync(path, bytes)
  await using file = await open(path, 'r')
  const digest = (offset: number, length: number, onBytes: (done: number) => void = () => undefined) =>
    fingerprinter.digestOf(file.fd, { offset, length }, onBytes)
  const expected = (offset: number, length: number) =>
    `sha256:${createHash('sha256')
      .update(bytes.subarray(offset, offset + length))
      .digest('hex')}`
  const parts = [
    [0, 0],
    [7, 1],
    [123_456, 16 * 1024 * 1024],
    [3, 39_000_000],
  ] as const
  const found = await Promise.all(parts.map(([offset, length]) => digest(offset, length)))
  assert.deepEqual(
    found,
    parts.map(([offset, length]) => expected(offset, length)),
  )
  const ending = (done: number) => assert.fail(`ended at ${done}`)
  await assert.rejects(digest(5, 39_000_000, ending), /ended at 16777216/)
  await assert.rejects(digest(1, 40_000_000), /ends at 40000000/)
})

test('a file that is shorter than was said, or gone, is an error, and others go on', async () => {
  const path = join(folder, 'short')
  writeFileSync(path, 'abc')
  await assert.rejects(fingerprinter.follow(path).finish(10), /ends at 3/)
  await assert.rejects(fingerprinter.follow(join(folder, 'none')).finish(1), /ENOENT/)
  fingerprinter.follow(path).drop()
  const { blob } = await fingerprinter.follow(path).finish(3)
  assert.equal(blob.digest, `sha256:${createHash('sha256').update('abc').digest('hex')}`)
})
