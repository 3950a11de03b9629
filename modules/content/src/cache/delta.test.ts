import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmod, open } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  cacheTrial,
  chunkMapOf,
  type Published,
  readPart,
  someBytes,
  type Trial,
} from '../../testing/cache-trial.ts'
import { digestOf } from '../digest.ts'
import { ChunkIndex } from './chunk-match.ts'
import { ChunkTable } from './chunk-table.ts'
import { chunksIn, requestFrom } from './far-request.ts'
import { chunkState, Presence } from './presence.ts'

const old = someBytes(16)
/** Bytes put in, taken out and changed: at the front, at three places in between, and at the end. */
const edited = Buffer.concat([
  Buffer.from('a new head'),
  old.subarray(0, 3_000_000),
  randomBytes(50_000),
  old.subarray(3_100_000, 9_000_000),
  Buffer.from('x'),
  old.subarray(9_000_000, 16_000_000),
  randomBytes(300_000),
])
const newBytes = 350_000

async function withOld(trial: Trial) {
  const base = trial.publish(old)
  await trial.store.fetch(base.digest, base.options)
  trial.server.sentBytes = 0
  trial.server.asked.length = 0
  return base
}
const basesOf = ({ digest, options: { chunkMap } }: Published) => [{ digest, chunkMap }]

for (const by of ['parts', 'range'] as const)
  test(`a blob made of an older one costs what is new (by ${by})`, async (t) => {
    const trial = await cacheTrial(t, { by })
    const { store, server, near } = trial
    const bases = basesOf(await withOld(trial))
    const { digest, bytes, options } = trial.publish(edited)
    assert.ok((await readPart(await store.open(digest, { ...options, bases }))).equals(bytes))
    await store.fetch(digest, options)
    assert.deepEqual(await near.verify(digest), { digest, size: bytes.length })
    const map = (await near.find(options.chunkMap)).size
    // At each of five places up to two chunks around what is new.
    assert.ok(server.sentBytes - map < newBytes + 5 * 2 * 262_144, `${server.sentBytes - map} bytes`)
    assert.ok(store.counts.copiedBytes > 14_000_000, `${store.counts.copiedBytes}`)
    assert.equal(
      store.counts.copiedBytes + store.counts.fetchedBytes - map,
      old.length + bytes.length + oldMap,
    )
    assert.ok(server.asked.length <= 2 + (by === 'parts' ? 4 : 8), server.asked.join('\n'))
  })
const oldMap = chunkMapOf(old).length

test('what the disk has changed in a base is found, and comes from the upstream', async (t) => {
  const trial = await cacheTrial(t)
  const { store, near } = trial
  const base = await withOld(trial)
  const path = await near.pathOf(base.digest)
  await chmod(path, 0o644)
  await using file = await open(path, 'r+')
  await file.write(randomBytes(10), 0, 10, 5_000_000)
  await file.write(Buffer.alloc(1_000_000), 0, 1_000_000, 12_000_000)
  const { digest, bytes, options } = trial.publish(edited)
  await store.fetch(digest, { ...options, bases: basesOf(base) })
  await near.verify(digest)
  assert.ok(store.counts.copiedBytes > 12_000_000 && store.counts.copiedBytes < bytes.length - newBytes)
})

test('a base that is not here, has no chunk map, or one that is none, is no base', async (t) => {
  const trial = await cacheTrial(t)
  const { store, server, near } = trial
  const base = await withOld(trial)
  const gone = digestOf(Buffer.from('gone'))
  const none = server.put(Buffer.from('no map'))
  const bases = [
    { digest: gone, chunkMap: base.options.chunkMap },
    { digest: base.digest, chunkMap: gone },
    { digest: base.digest, chunkMap: none },
  ]
  const small = trial.publish(edited.subarray(0, 2_000_000))
  await store.fetch(small.digest, { ...small.options, bases })
  await near.verify(small.digest)
  assert.equal(store.counts.copiedBytes, 0)
})

test('the map of a base comes from the upstream when it is not here any more', async (t) => {
  const trial = await cacheTrial(t)
  const { store, near } = trial
  const base = await withOld(trial)
  await store.discard(base.options.chunkMap)
  const { digest, options } = trial.publish(edited)
  await store.fetch(digest, { ...options, bases: basesOf(base) })
  await near.verify(digest)
  assert.ok(store.counts.copiedBytes > 14_000_000)
})

/** A table of chunks of these lengths: no bytes have them. */
function tableOf(lengths: readonly number[]): ChunkTable {
  const map = Buffer.alloc(32 + 36 * lengths.length)
  map.write('BCCM\x01\0\0\0', 0, 'latin1')
  map.writeUInt32LE(lengths.length, 20)
  const size = lengths.reduce((sum, length) => sum + length, 0)
  map.writeBigUInt64LE(BigInt(size), 24)
  randomBytes(map.length - 32).copy(map, 32)
  for (const [index, length] of lengths.entries()) map.writeUInt32LE(length, 32 + 36 * index)
  return ChunkTable.of(map, size)
}

const chunks = fc.array(
  fc.record({ length: fc.integer({ min: 16_384, max: 262_144 }), isHere: fc.boolean() }),
  {
    minLength: 1,
    maxLength: 40,
  },
)
const limits = fc.record({
  bytes: fc.integer({ min: 1, max: 4_000_000 }),
  ranges: fc.constantFrom(1, 2, 512),
  gapBytes: fc.constantFrom(0, 32_768, 300_000),
})

test('whatever is here and however it may be asked for, requests bring each missing chunk once', async () => {
  await fc.assert(
    fc.asyncProperty(chunks, limits, fc.integer({ min: 3_000, max: 100_000 }), async (all, limit, piece) => {
      const presence = new Presence(tableOf(all.map(({ length }) => length)))
      const { table, states } = presence
      for (const [index, { isHere }] of all.entries()) if (isHere) presence.arrived(index)
      const content = Buffer.alloc(table.size)
      for (let index = 0; index < table.count; index++)
        content.fill(index + 1, table.start(index), table.start(index + 1))
      for (let first = states.indexOf(0); first >= 0; first = states.indexOf(0)) {
        const request = requestFrom(first, presence, limit)
        assert.equal(request.chunks[0], first)
        assert.ok(request.ranges.length <= limit.ranges)
        const before = request.chunks.slice(0, -1).reduce((sum, index) => sum + table.length(index), 0)
        assert.ok(before < limit.bytes)
        const answer = Buffer.concat(
          request.ranges.map((range) => content.subarray(range.first, range.last + 1)),
        )
        const came: number[] = []
        for await (const { index, bytes } of chunksIn(piecesOf(answer, piece), request, table)) {
          assert.ok(bytes.equals(content.subarray(table.start(index), table.start(index + 1))))
          assert.equal(states[index], chunkState.missing)
          presence.arrived(index)
          came.push(index)
        }
        assert.deepEqual(came, request.chunks)
      }
      assert.ok(presence.isWhole && presence.haveBytes === table.size && presence.prefixBytes === table.size)
    }),
    { numRuns: 30 },
  )
})

async function* piecesOf(bytes: Buffer, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

test('in whatever order chunks come, who waits is told only of what is here', async () => {
  await fc.assert(
    fc.asyncProperty(chunks, fc.infiniteStream(fc.nat()), async (all, numbers) => {
      const presence = new Presence(tableOf(all.map(({ length }) => length)))
      const { table, states } = presence
      const next = () => numbers.next().value as number
      const waits = Array.from({ length: 8 }, async () => {
        const [first = 0, last = 0] = [next() % table.size, next() % table.size].sort((a, b) => a - b)
        const to = await presence.wait(first, last)
        assert.ok(to >= Math.min(last, first + 1024 * 1024 - 1) && to <= last)
        for (let index = table.at(first); index <= table.at(to); index++)
          assert.equal(states[index], chunkState.here)
      })
      const order = all.map((_, index) => ({ index, key: next() })).sort((a, b) => a.key - b.key)
      for (const { index } of order) {
        presence.arrived(index)
        await Promise.resolve()
      }
      await Promise.all(waits)
    }),
    { numRuns: 50 },
  )
})

test('the index of a base of 8 GiB is made quickly and takes little memory', () => {
  const lengths = Array.from({ length: 131_072 }, () => 65_536)
  const table = tableOf(lengths)
  const before = process.memoryUsage().arrayBuffers
  const index = new ChunkIndex(table)
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024)
  for (let chunk = 0; chunk < table.count; chunk += 997) assert.equal(index.find(table, chunk), chunk)
  assert.equal(index.find(tableOf([65_536]), 0), undefined)
})
