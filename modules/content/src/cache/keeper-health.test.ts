import assert from 'node:assert/strict'
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bound, KeeperScene } from '../../testing/keeper-scene.ts'
import { BlobCorrupt, BlobMissing } from '../blob-store.ts'
import { type Digest, digestOf } from '../digest.ts'

const hour = 60 * 60 * 1000

test('a blob is verified at its first use, once for all who ask, and trusted until its file changes', async (t) => {
  const scene = await KeeperScene.open(t)
  const digest = await scene.put('kernel')
  const path = await scene.store.pathOf(digest)
  await utimes(path, 1_700_000_000, 1_700_000_000)
  const keeper = scene.keeper()
  assert.equal(await keeper.verified(digest), false)
  await Promise.all([keeper.checkFirst(digest), keeper.checkFirst(digest)])
  assert.equal(await keeper.verified(digest), true)
  await keeper.stop()
  const restarted = scene.keeper()
  assert.equal(await restarted.verified(digest), true)
  await scene.change(digest, 'kernel'.padEnd(1000))
  await utimes(path, 1_700_000_000, 1_700_000_000)
  assert.equal(await restarted.verified(digest), false, 'also with the time of before')
  await restarted.checkFirst(digest)
  assert.equal(await restarted.verified(digest), true)
  await assert.rejects(restarted.checkFirst(digestOf(Buffer.from('absent'))), BlobMissing)
})

test('a changed bit is found before the blob is first served: it goes, and whoever asked is told', async (t) => {
  const scene = await KeeperScene.open(t)
  const digest = await scene.put('kernel')
  const keeper = scene.keeper()
  await keeper.checkFirst(digest)
  await scene.change(digest, 'kernal'.padEnd(1000))
  const asked = await Promise.allSettled([keeper.checkFirst(digest), keeper.checkFirst(digest)])
  for (const one of asked) assert.ok(one.status === 'rejected' && one.reason instanceof BlobCorrupt)
  assert.deepEqual(scene.corrupt, [digest])
  assert.deepEqual(await scene.has(digest), [false])
  await scene.put('kernel')
  await keeper.entered(digest)
  assert.equal(await keeper.verified(digest), true)
})

test('a scrub finds what no time of a file shows, and goes on behind it and what nobody can read', async (t) => {
  const scene = await KeeperScene.open(t)
  const [good, bad] = [await scene.put('good'), await scene.put('bad', 300_000)]
  const odd = await scene.put('odd')
  const keeper = scene.keeper()
  await scene.change(bad, 'b'.padEnd(300_000))
  for (const digest of [good, bad]) await keeper.entered(digest)
  await keeper.checkFirst(bad)
  const path = await scene.store.pathOf(odd)
  await rm(path)
  await mkdir(path)
  const { blobs, corrupt, unreadable } = await keeper.scrub(new AbortController().signal)
  assert.equal(blobs, 3)
  assert.deepEqual(corrupt, [bad])
  assert.deepEqual(scene.corrupt, [bad])
  assert.deepEqual(
    unreadable.map(({ digest, error }) => [digest, (error as NodeJS.ErrnoException).code]),
    [[odd, 'EISDIR']],
  )
  assert.deepEqual(await scene.has(good, bad), [true, false])
  await assert.rejects(keeper.checkFirst(odd), { code: 'EISDIR' })
})

test('a blob that its disk cannot give back is corrupt; where only our rights are missing it stays', async (t) => {
  const scene = await KeeperScene.open(t)
  const digests = [await scene.put('on a bad sector'), await scene.put('of another user')] as const
  const code = new Map([
    [digests[0], 'EIO'],
    [digests[1], 'EACCES'],
  ])
  const pathOf = (digest: Digest) =>
    Promise.reject(Object.assign(new Error('refused'), { code: code.get(digest) }))
  const keeper = scene.keeper({ store: { ...bound(scene.store), pathOf } })
  const { corrupt, unreadable } = await keeper.scrub(new AbortController().signal)
  assert.deepEqual(corrupt, [digests[0]])
  assert.deepEqual(
    unreadable.map(({ digest }) => digest),
    [digests[1]],
  )
  assert.deepEqual(await scene.has(...digests), [false, true])
})

test('a scrub begins with what was verified longest ago, keeps its pace, and ends when told', async (t) => {
  const scene = await KeeperScene.open(t)
  const digests: Digest[] = []
  for (const text of ['c', 'a', 'b']) digests.push(await scene.put(text, 200_000))
  const setUp = scene.keeper()
  for (const digest of digests) {
    scene.later += 1000
    await setUp.checkFirst(digest)
  }
  await setUp.stop()
  scene.later += 1000
  const keeper = scene.keeper({ scrubBytesPerSecond: 1_000_000, writeEveryMs: 1 })
  const stop = new AbortController()
  const start = performance.now()
  const scrubbing = keeper.scrub(stop.signal)
  const before = await verifiedIn(scene.file)
  const verifiedAgain = async () => {
    const after = await verifiedIn(scene.file)
    return digests.map((digest) => after.get(digest) !== before.get(digest))
  }
  while (!(await verifiedAgain()).includes(true)) await sleep(5)
  stop.abort(new Error('enough'))
  await assert.rejects(scrubbing, /enough/)
  await keeper.stop()
  const [first, , last] = await verifiedAgain()
  assert.deepEqual([first, last], [true, false])
  const rest = scene.keeper({ scrubBytesPerSecond: 4_000_000 })
  assert.equal((await rest.scrub(new AbortController().signal)).bytes, 600_000)
  assert.ok(performance.now() - start >= 150, '600,000 bytes at 4 MB/s take 150 ms')
})

test('a broken or unwritable file of notes stops nothing, and is told', async (t) => {
  const scene = await KeeperScene.open(t)
  const [blob] = (await scene.group('demo@1', ['kernel'])) as [Digest]
  const broken = ['{"version":1,"used":[["demo@1"', 'null', '[]', '{"version":9}', '\0']
  for (const text of broken) {
    await writeFile(scene.file, text)
    const keeper = scene.keeper()
    assert.equal((await keeper.usage()).groups[0]?.lastUsedAt, undefined, text)
    assert.equal(await keeper.verified(blob), false)
  }
  assert.equal(scene.troubles.length, broken.length)
  const odd = {
    version: 1,
    used: [['demo@1', 'x'], 7, ['b', 3, 4]],
    verified: [
      ['no digest', {}],
      [blob, 1],
    ],
  }
  await writeFile(scene.file, JSON.stringify(odd))
  assert.equal((await scene.keeper().usage()).groups[0]?.lastUsedAt, undefined)
  await rm(scene.file)
  await mkdir(scene.file)
  const keeper = scene.keeper({ writeEveryMs: 1 })
  keeper.used('demo@1')
  await keeper.checkFirst(blob)
  while (scene.troubles.length < broken.length + 2) await sleep(5)
  await rm(scene.file, { recursive: true })
  keeper.used('demo@1')
  await keeper.stop()
  assert.ok((await scene.keeper().usage()).groups[0]?.lastUsedAt)
})

test('notes of what is long gone are forgotten', async (t) => {
  const scene = await KeeperScene.open(t)
  const [blob] = (await scene.group('demo@1', ['kernel'])) as [Digest]
  const keeper = scene.keeper()
  for (const name of ['demo@1', 'gone@1']) keeper.used(name)
  await keeper.checkFirst(blob)
  await scene.store.remove(blob)
  scene.later = 31 * 24 * hour
  await keeper.tidy()
  await keeper.stop()
  const { used, verified } = JSON.parse(await readFile(scene.file, 'utf8'))
  assert.deepEqual([used.map(([name]: [string]) => name), verified], [['demo@1'], []])
})

async function verifiedIn(file: string): Promise<Map<Digest, number>> {
  const { verified } = JSON.parse(await readFile(file, 'utf8'))
  return new Map(verified.map(([digest, { at }]: [Digest, { at: number }]) => [digest, at]))
}
