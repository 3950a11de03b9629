import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { Unreadable } from './tree.ts'
import { type Compression, compressionOf, compressions, decompress, type UnpackLimits } from './unpack.ts'
import { unpackedByProgram } from './unpack-program.ts'

const limits: UnpackLimits = { bytes: 2 ** 30, seconds: 60 }
const programs: Readonly<Record<Compression, string>> = {
  gzip: 'gzip',
  xz: 'xz',
  zstd: 'zstd',
  bzip2: 'bzip2',
}
const missing = (kind: Compression) =>
  spawnSync(programs[kind], ['--version']).error && `SKIPPED: ${programs[kind]} is not installed`

const pack = (kind: Compression, bytes: Buffer) =>
  execFileSync(programs[kind], ['-c'], { input: bytes, maxBuffer: 2 ** 28 })

async function* inPieces(bytes: Buffer, size = 1000) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function unpacked(bytes: Buffer, kind: Compression, within = limits): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of decompress(inPieces(bytes, 65_536), kind, within)) parts.push(part)
  return Buffer.concat(parts)
}

const content = Buffer.from(Array.from({ length: 60_000 }, (_, index) => `${index * 7919}\n`).join(''))

for (const kind of compressions) {
  const skip = missing(kind) || false
  test(`${kind} is recognised and unpacked, two parts in one file as well`, { skip }, async () => {
    const bytes = pack(kind, content)
    assert.equal(compressionOf(bytes), kind)
    assert.ok((await unpacked(bytes, kind)).equals(content))
    const two = await unpacked(Buffer.concat([bytes, bytes]), kind)
    assert.ok(two.equals(Buffer.concat([content, content])))
  })

  test(`${kind} that is cut or flipped is refused`, { skip }, async () => {
    const bytes = pack(kind, content)
    for (const length of [8, 100, bytes.length >> 1, bytes.length - 5])
      await assert.rejects(unpacked(bytes.subarray(0, length), kind), Unreadable, `${length} bytes`)
    const flipped = Buffer.from(bytes)
    flipped.fill(0xa5, 5000, 5040)
    await assert.rejects(unpacked(flipped, kind), Unreadable)
  })

  test(`${kind} beyond the limit of bytes is refused`, { skip }, async () => {
    const within = { ...limits, bytes: content.length - 1 }
    await assert.rejects(unpacked(pack(kind, content), kind, within), /more than the limit of/)
    assert.equal(
      (await unpacked(pack(kind, content), kind, { ...limits, bytes: content.length })).length,
      content.length,
    )
  })

  test(`${kind}: an error of the source is passed on, and an abort ends it`, { skip }, async () => {
    const broken = async function* () {
      yield pack(kind, content).subarray(0, 4000)
      throw new Error('the upload went away')
    }
    const all = async (source: AsyncIterable<Uint8Array>, within: UnpackLimits) => {
      for await (const _ of decompress(source, kind, within));
    }
    await assert.rejects(all(broken(), limits), /the upload went away/)
    const stuck = async function* () {
      yield pack(kind, content).subarray(0, 4000)
      await new Promise((resolve) => setTimeout(resolve, 5000).unref())
    }
    await assert.rejects(all(stuck(), { ...limits, seconds: 0.1 }), /more than 0.1 seconds/)
    const signal = AbortSignal.abort(new Error('no longer wanted'))
    await assert.rejects(all(stuck(), { ...limits, signal }), /no longer wanted/)
  })
}

test('a zip bomb is refused soon after 64 MiB', async () => {
  const bomb = zstdCompressSync(Buffer.alloc(200 * 2 ** 20))
  let given = 0
  const reading = async () => {
    for await (const chunk of decompress(inPieces(bomb), 'zstd', limits)) given += chunk.length
  }
  await assert.rejects(reading(), /grows more than 1000 times/)
  assert.ok(given <= 65 * 2 ** 20, `${given}`)
})

test('64 MiB of zeros are no bomb', async () => {
  const bytes = zstdCompressSync(Buffer.alloc(64 * 2 ** 20))
  assert.equal((await unpacked(bytes, 'zstd')).length, 64 * 2 ** 20)
})

test('who stops reading ends the source', async () => {
  let isClosed = false
  const source = async function* () {
    try {
      for (;;) yield gzipSync(content)
    } finally {
      isClosed = true
    }
  }
  for await (const _ of decompress(source(), 'gzip', limits)) break
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(isClosed)
})

test('a program that is not there is named, with its package', async () => {
  const reading = async () => {
    const call = { program: 'no-such-xz', options: [], install: 'xz-utils' }
    const signal = new AbortController().signal
    for await (const _ of unpackedByProgram({ ...call, source: inPieces(content), signal }));
  }
  await assert.rejects(reading(), /no-such-xz.*not installed here: install the package xz-utils/)
})

// A million: FUZZ_RUNS=1000000 node --test modules/image/src/unpack.test.ts
test('no bytes make unpacking fail in any other way than with Unreadable', async () => {
  const numRuns = Number(process.env['FUZZ_RUNS'] ?? 2000)
  const small = content.subarray(0, 3000)
  const packed = { gzip: gzipSync(small), zstd: zstdCompressSync(small) }
  const flip = fc.tuple(fc.nat(2000), fc.nat(255))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('gzip', 'zstd'),
      fc.array(flip, { maxLength: 5 }),
      async (kind, flips) => {
        const bytes = Buffer.from(packed[kind])
        for (const [at, value] of flips) bytes.subarray(at, at + 1).fill(value)
        await unpacked(bytes, kind).catch((error) => assert.ok(error instanceof Unreadable, String(error)))
      },
    ),
    { numRuns },
  )
})
