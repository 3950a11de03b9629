import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { StreamedFile } from './streamed-file.ts'

const bytes = randomBytes(1_000_003)

/** Streams that come in chunks of a size, each later than the one before. */
function inChunks(size: number) {
  const streams: Readable[] = []
  async function* from(first: number, last: number) {
    for (let at = first; at <= last; at += size) {
      await sleep(0)
      yield bytes.subarray(at, Math.min(at + size, last + 1))
    }
  }
  const read = async (first: number, last: number) => {
    const stream = Readable.from(from(first, last), { objectMode: false })
    streams.push(stream)
    return stream
  }
  return { streams, file: new StreamedFile({ size: bytes.length, read }) }
}

for (const [chunk, piece] of [
  [65_536, 65_536],
  [65_536, 61_440],
  [1024, 65_536],
  [100_000, 1024],
  [100, 512],
] as const) {
  test(`chunks of ${chunk} are read in pieces of ${piece} from one stream`, async () => {
    const { file, streams } = inChunks(chunk)
    const read: Uint8Array[] = []
    const end = Math.min(bytes.length, 12 * piece)
    for (let at = 0; at < end; at += piece) read.push(await file.read(at, Math.min(piece, end - at)))
    assert.ok(Buffer.concat(read).equals(bytes.subarray(0, end)))
    assert.equal(streams.length, 1)
    file.close()
    assert.ok(streams[0]?.destroyed)
  })
}

test('a client that goes back gets another stream, and the first is let go', async () => {
  const { file, streams } = inChunks(10_000)
  await file.read(0, 30_000)
  assert.deepEqual(await file.read(10_000, 500), bytes.subarray(10_000, 10_500))
  assert.deepEqual(await file.read(10_500, 500), bytes.subarray(10_500, 11_000))
  assert.deepEqual(
    streams.map(({ destroyed }) => destroyed),
    [true, false],
  )
})

test('a file on disk is read to its last byte', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bootcast-streamed-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'file'), bytes)
  const read = async (start: number, end: number) => createReadStream(join(folder, 'file'), { start, end })
  const file = new StreamedFile({ size: bytes.length, read })
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += 61_440)
    parts.push(await file.read(at, Math.min(61_440, bytes.length - at)))
  assert.ok(Buffer.concat(parts).equals(bytes))
  assert.deepEqual(await file.read(bytes.length, 0), new Uint8Array(0))
  file.close()
})

test('a store that breaks in the middle is an error; a stream for nobody is let go', async () => {
  const broken = new StreamedFile({ size: 100, read: async () => createReadStream('/nowhere/at/all') })
  await assert.rejects(broken.read(0, 50), /ENOENT/)
  let opened: Readable | undefined
  const slow = new StreamedFile({
    size: bytes.length,
    read: async () => {
      await sleep(10)
      opened = Readable.from([bytes])
      return opened
    },
  })
  const reading = slow.read(0, 100).catch(() => undefined)
  slow.close()
  await reading
  assert.ok(opened?.destroyed)
  if (!opened.closed) await once(opened, 'close')
})

test('a file that still arrives is read as it comes, by streams of what is there', async () => {
  const asked: number[] = []
  const read = async (first: number, last: number) =>
    Readable.from([bytes.subarray(first, last + 1)], { objectMode: false })
  const ready = async (first: number, last: number) => {
    asked.push(first)
    return Math.min(last, first + 299_999)
  }
  const file = new StreamedFile({ size: bytes.length, read, ready })
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += 1468)
    parts.push(await file.read(at, Math.min(1468, bytes.length - at)))
  assert.ok(Buffer.concat(parts).equals(bytes))
  assert.deepEqual(asked, [0, 300_000, 600_000, 900_000])
  file.close()
})

test('who closes a file ends the wait for its bytes', async () => {
  const ready = (_first: number, _last: number, signal?: AbortSignal) =>
    new Promise<number>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  const file = new StreamedFile({ size: 10, read: async () => Readable.from([]), ready })
  const reading = assert.rejects(file.read(0, 10), { name: 'AbortError' })
  file.close()
  await reading
})
