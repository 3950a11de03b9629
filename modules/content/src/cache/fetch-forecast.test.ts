import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { cacheTrial, chunkMapOf, type Published, seeded, someBytes } from '../../testing/cache-trial.ts'
import { digestOf } from '../digest.ts'
import { MemoryStore } from '../stores/memory.ts'
import { FetchForecast } from './fetch-forecast.ts'

const old = someBytes(6)
/** Put in, taken out, changed; and the same twice, which no base has. */
const edited = Buffer.concat([
  Buffer.from('a new head'),
  old.subarray(0, 2_000_000),
  randomBytes(50_000),
  old.subarray(2_100_000, 6_000_000),
  seeded('twice', 500_000),
  seeded('twice', 500_000),
])

/** What a platform has: nothing but the maps is asked for. */
async function mapsOf(...all: readonly Published[]): Promise<MemoryStore> {
  const store = new MemoryStore()
  for (const { bytes } of all) await store.put(Readable.from([chunkMapOf(bytes)]))
  return store
}
const blobOf = ({ digest, options }: Published) => ({ digest, ...options })

for (const by of ['parts', 'range'] as const)
  test(`what is said to be fetched is what a cache with the older blob fetches, to the byte (by ${by})`, async (t) => {
    const { store, publish, near } = await cacheTrial(t, { by })
    const [base, next] = [publish(old), publish(edited)]
    const maps = await mapsOf(base, next)
    await store.fetch(base.digest, base.options)
    const before = store.counts.fetchedBytes
    await store.fetch(next.digest, { ...next.options, bases: [{ ...base.options, digest: base.digest }] })
    const map = (await near.find(next.options.chunkMap)).size
    const forecast = await FetchForecast.of(blobOf(next), [blobOf(base)], maps)
    const said = forecast.bytesWithin(0, edited.length)
    assert.equal(said + map, store.counts.fetchedBytes - before)
    assert.ok(said > 1_050_000 && said < edited.length / 2, `${said}`)
  })

test('the parts of a blob add up to it, wherever they are cut', async (t) => {
  const { publish } = await cacheTrial(t)
  const [base, next] = [publish(old), publish(edited)]
  const forecast = await FetchForecast.of(blobOf(next), [blobOf(base)], await mapsOf(base, next))
  const cuts = [0, 1, 9, 2_000_000, 2_050_010, 2_050_011, 5_000_000, edited.length]
  const parts = cuts.slice(1).map((end, index) => forecast.bytesWithin(cuts[index] ?? 0, end))
  assert.equal(
    parts.reduce((sum, bytes) => sum + bytes, 0),
    forecast.bytesWithin(0, edited.length),
  )
  assert.equal(forecast.bytesWithin(3_500_000, 3_500_000), 0)
  assert.equal(forecast.bytesWithin(3_500_000, 4_000_000), 0)
  assert.equal(forecast.bytesWithin(edited.length - 10, edited.length), 10)
})

test('without a chunk map, or with one that is gone or none of it, a blob comes whole', async (t) => {
  const { publish } = await cacheTrial(t)
  const [base, next] = [publish(old), publish(edited)]
  const maps = await mapsOf(base, next)
  const { digest, size } = blobOf(next)
  const gone = digestOf(Buffer.from('gone'))
  for (const chunkMap of [undefined, gone, base.options.chunkMap]) {
    const forecast = await FetchForecast.of({ digest, size, chunkMap }, [blobOf(base)], maps)
    assert.equal(forecast.bytesWithin(0, size), size)
    assert.equal(forecast.bytesWithin(5, 8), 3)
  }
  const unknown = await FetchForecast.of(blobOf(next), [{ ...blobOf(base), chunkMap: gone }], maps)
  assert.equal(unknown.bytesWithin(0, size), size)
  const empty = await FetchForecast.of({ digest: digestOf(Buffer.alloc(0)), size: 0 }, [], maps)
  assert.equal(empty.bytesWithin(0, 0), 0)
})

test('a chunk map that a disk has changed is a failure, not a number', async (t) => {
  const { publish } = await cacheTrial(t)
  const next = publish(edited)
  const maps = await mapsOf(next)
  const read = async () => Readable.from([Buffer.from('other bytes')])
  const damaged = { find: (digest: typeof next.digest) => maps.find(digest), read }
  await assert.rejects(FetchForecast.of(blobOf(next), [], damaged), { code: 'blob_corrupt' })
})
