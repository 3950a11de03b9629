import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { bound, KeeperScene } from '../../testing/keeper-scene.ts'
import { type Digest, digestOf } from '../digest.ts'
import { CacheFull } from './cache-full.ts'

const hour = 60 * 60 * 1000

test('the least recently used group goes first, whole, and only as many as it takes', async (t) => {
  const scene = await KeeperScene.open(t)
  for (const name of ['a@1', 'b@1', 'c@1']) await scene.group(name, [`${name} kernel`, `${name} rootfs`])
  const keeper = scene.keeper()
  for (const name of ['b@1', 'c@1', 'a@1', 'c@1']) keeper.used(name)
  scene.quota = 6000
  await keeper.makeRoom(0)
  assert.deepEqual(scene.evicted, [])
  await keeper.makeRoom(1)
  assert.deepEqual(scene.evicted, [['b@1']])
  await keeper.makeRoom(2000)
  assert.deepEqual(scene.evicted, [['b@1']])
  await keeper.makeRoom(6000)
  assert.deepEqual(scene.evicted, [['b@1'], ['a@1'], ['c@1']])
})

test('the order of use survives a restart; what was never booted counts from when it came', async (t) => {
  const scene = await KeeperScene.open(t)
  for (const name of ['a@1', 'b@1', 'c@1']) await scene.group(name, [name])
  const [late = ''] = await scene.group('late@1', ['late@1'])
  const before = scene.keeper()
  for (const name of ['c@1', 'a@1', 'b@1']) before.used(name)
  await before.stop()
  const path = await scene.store.pathOf(late as Digest)
  await utimes(path, new Date(Date.now() + hour), new Date(Date.now() + hour))
  const after = scene.keeper()
  scene.quota = 0
  await after.makeRoom(0)
  assert.deepEqual(scene.evicted, [['c@1'], ['a@1'], ['b@1'], ['late@1']])
})

test('pinned groups stay, and who asks for too much is told who holds the room, with nothing lost', async (t) => {
  const scene = await KeeperScene.open(t)
  const pinned = await scene.group('kept@2', ['kernel', 'rootfs'], { isPinned: true })
  const other = await scene.group('other@1', ['other'])
  scene.quota = 3000
  const keeper = scene.keeper()
  await assert.rejects(keeper.makeRoom(1001), (error) => {
    assert.ok(error instanceof CacheFull)
    assert.equal(error.code, 'cache_full')
    assert.equal(error.shortBytes, 1)
    assert.deepEqual(error.held, [{ name: 'kept@2', bytes: 2000, why: 'pinned' }])
    assert.match(error.message, /held by kept@2 \(pinned, 0\.0 MB\)/)
    return true
  })
  assert.deepEqual(await scene.has(...pinned, ...other), [true, true, true])
  await keeper.makeRoom(1000)
  assert.deepEqual(await scene.has(...pinned, ...other), [true, true, false])
})

test('what a group that stays shares with one that goes stays', async (t) => {
  const scene = await KeeperScene.open(t)
  const [shared, old] = (await scene.group('demo@1', ['kernel', 'old rootfs'])) as [Digest, Digest]
  const [, young] = (await scene.group('demo@2', ['kernel', 'young rootfs'])) as [Digest, Digest]
  const keeper = scene.keeper()
  keeper.used('demo@1')
  keeper.used('demo@2')
  scene.quota = 2000
  await keeper.makeRoom(0)
  assert.deepEqual(await scene.has(shared, old, young), [true, false, true])
  scene.quota = 0
  await keeper.makeRoom(0)
  assert.deepEqual(await scene.has(shared, old, young), [false, false, false])
})

test('a group whose blobs are all shared goes together with the last one that needs them', async (t) => {
  const scene = await KeeperScene.open(t)
  await scene.group('demo@1', ['kernel'])
  await scene.group('demo@2', ['kernel'])
  const keeper = scene.keeper()
  keeper.used('demo@1')
  keeper.used('demo@2')
  scene.quota = 0
  await keeper.makeRoom(0)
  assert.deepEqual(scene.evicted, [['demo@1', 'demo@2']])
})

test('what is in use stays, with the whole group that a machine boots; another group gives the rest', async (t) => {
  const scene = await KeeperScene.open(t)
  const idle = await scene.group('demo@1', ['kernel', 'old rootfs'])
  const booting = await scene.group('demo@2', ['kernel', 'young rootfs'])
  const keeper = scene.keeper()
  keeper.used('demo@1')
  keeper.used('demo@2')
  scene.inUse.add(booting[0] as Digest)
  scene.quota = 2000
  await keeper.makeRoom(0)
  assert.deepEqual(await scene.has(...idle, ...booting), [true, false, true, true])
  scene.quota = 1000
  await assert.rejects(keeper.makeRoom(0), { code: 'cache_full', message: /demo@2 \(in use/ })
  scene.inUse.clear()
  await keeper.makeRoom(1000)
  assert.deepEqual(await scene.has(...booting), [false, false])
})

test('a machine that begins to boot while its group goes keeps what is left', async (t) => {
  const scene = await KeeperScene.open(t)
  const blobs = (await scene.group('demo@1', ['kernel', 'initrd', 'rootfs'])) as [Digest, Digest, Digest]
  const { store } = scene
  const slow = {
    ...bound(store),
    remove: async (digest: Digest) => {
      await store.remove(digest)
      scene.inUse.add(blobs[2])
    },
  }
  scene.quota = 0
  await assert.rejects(scene.keeper({ store: slow }).makeRoom(0), CacheFull)
  assert.deepEqual(await scene.has(...blobs), [false, true, true])
})

test('what is taken into use each time that it should go is no reason to try for ever', async (t) => {
  const scene = await KeeperScene.open(t)
  await scene.group('demo@1', ['kernel'])
  scene.quota = 0
  let asked = 0
  const keeper = scene.keeper({ isInUse: () => asked++ % 2 === 1 })
  await assert.rejects(keeper.makeRoom(0), CacheFull)
  assert.deepEqual(await keeper.tidy(), { overBytes: 1000 })
  assert.ok(asked < 50)
})

test('blobs of no group go before any group, once they are older than an hour', async (t) => {
  const scene = await KeeperScene.open(t)
  const [used] = (await scene.group('demo@1', ['kernel'])) as [Digest]
  const stray = await scene.put('of a release that is not known yet')
  const keeper = scene.keeper()
  scene.quota = 2000
  await assert.rejects(keeper.makeRoom(1500), { message: /no group \(new, / })
  assert.deepEqual(await scene.has(used, stray), [true, true])
  scene.later = hour + 60_000
  await keeper.makeRoom(1)
  assert.deepEqual(await scene.has(used, stray), [true, false])
})

test('tidying after the quota was lowered or groups went; pins above the quota are told', async (t) => {
  const scene = await KeeperScene.open(t)
  const pinned = await scene.group('kept@1', ['kept'], { isPinned: true })
  const [a, b] = [await scene.group('a@1', ['a']), await scene.group('b@1', ['b'])]
  const keeper = scene.keeper()
  keeper.used('b@1')
  keeper.used('a@1')
  assert.deepEqual(await keeper.tidy(), { overBytes: 0 })
  assert.deepEqual(await scene.has(...pinned, ...a, ...b), [true, true, true])
  scene.quota = 2000
  assert.deepEqual(await keeper.tidy(), { overBytes: 0 })
  assert.deepEqual(await scene.has(...pinned, ...a, ...b), [true, true, false])
  scene.quota = undefined
  scene.later = 2 * hour
  scene.groups = scene.groups.filter(({ name }) => name !== 'a@1')
  await keeper.tidy()
  assert.deepEqual(await scene.has(...pinned, ...a), [true, false])
  scene.quota = 400
  assert.deepEqual(await keeper.tidy(), { overBytes: 600 })
  assert.deepEqual(await scene.has(...pinned), [true])
})

test('while groups are not known nothing goes', async (t) => {
  const scene = await KeeperScene.open(t)
  const [blob] = (await scene.group('demo@1', ['kernel'])) as [Digest]
  scene.later = 2 * hour
  scene.quota = 0
  const keeper = scene.keeper({
    groups: () => {
      throw new Error('no snapshot yet')
    },
  })
  for (const work of [keeper.makeRoom(0), keeper.tidy()]) await assert.rejects(work, /no snapshot yet/)
  assert.deepEqual(await scene.has(blob), [true])
})

test('room that is reserved is not given twice, until it is released', async (t) => {
  const scene = await KeeperScene.open(t)
  const [old] = (await scene.group('old@1', ['old'])) as [Digest]
  scene.quota = 2000
  const keeper = scene.keeper()
  const [first, second] = await Promise.allSettled([keeper.reserve(1500), keeper.reserve(1500)])
  assert.equal(first.status, 'fulfilled')
  assert.equal(second.status, 'rejected')
  assert.deepEqual(await scene.has(old), [false])
  assert.equal((await keeper.usage()).reservedBytes, 1500)
  if (first.status === 'fulfilled') first.value.release()
  await keeper.makeRoom(2000)
})

test('the disk keeps its reserve, counting what is on its way and not written yet', async (t) => {
  const scene = await KeeperScene.open(t)
  const old = await scene.group('old@1', ['old'])
  const young = await scene.group('young@1', ['young'])
  let free = 10_000
  const store = { ...bound(scene.store), freeBytes: async () => free }
  const keeper = scene.keeper({ store, reserveBytes: 5000 })
  keeper.used('old@1')
  keeper.used('young@1')
  const room = await keeper.reserve(4000)
  room.written(3500)
  free -= 3500
  await keeper.makeRoom(1000)
  assert.deepEqual(await scene.has(...old, ...young), [true, true])
  await keeper.makeRoom(1500)
  assert.deepEqual(await scene.has(...old, ...young), [false, true])
  await assert.rejects(keeper.makeRoom(1_000_000), CacheFull)
  assert.deepEqual(await scene.has(...young), [true])
})

test('what the disk has left is asked of the disk', async (t) => {
  const scene = await KeeperScene.open(t)
  const free = await scene.store.freeBytes()
  assert.ok(free > 1_000_000 && free < 2 ** 60, `${free}`)
  await scene.keeper().makeRoom(1)
  await assert.rejects(scene.keeper().makeRoom(2 ** 52), CacheFull)
})

test('usage tells bytes, uses and pins, most recently used first', async (t) => {
  const scene = await KeeperScene.open(t)
  await scene.group('demo@1', ['kernel', 'old'])
  await scene.group('demo@2', ['kernel', 'new'], { isPinned: true })
  scene.groups.push({ name: 'far@1', blobs: [digestOf(Buffer.from('absent'))], isPinned: false })
  await scene.put('stray')
  const keeper = scene.keeper({ now: () => 1_700_000_000_000 })
  keeper.used('demo@2')
  keeper.used('demo@1')
  const here = { blobs: 2, missing: 0, bytes: 2000 }
  assert.deepEqual(await keeper.usage(), {
    bytes: 4000,
    strayBytes: 1000,
    reservedBytes: 0,
    groups: [
      { name: 'demo@1', lastUsedAt: 1_700_000_000_001, isPinned: false, ...here },
      { name: 'demo@2', lastUsedAt: 1_700_000_000_000, isPinned: true, ...here },
      { name: 'far@1', lastUsedAt: undefined, isPinned: false, blobs: 0, missing: 1, bytes: 0 },
    ],
  })
})

test('killed with -9 in the middle of evicting, the order goes on where it was', async (t) => {
  const scene = await KeeperScene.open(t)
  const script = join(import.meta.dirname, '../../testing/evict-until-killed.ts')
  for (let round = 0; round < 2; round++) {
    const child = spawn(process.execPath, [script, scene.root], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = createInterface(child.stdout)
    const told: string[] = []
    const enough = Promise.withResolvers<void>()
    lines.on('line', (line) => {
      told.push(line)
      if (told.length === 3 + round * 6) enough.resolve()
    })
    await enough.promise
    child.kill('SIGKILL')
    await once(child, 'close')
    const left: string[] = []
    for await (const { digest } of scene.store.list()) {
      await scene.store.verify(digest)
      left.push((await readFile(await scene.store.pathOf(digest), 'utf8')).trim().slice(-3))
    }
    const names = Array.from({ length: 20 }, (_, n) => `g${String(n).padStart(2, '0')}`)
    const parts = names.map((name) => left.filter((each) => each === name).length)
    const gone = parts.findIndex((count) => count > 0)
    assert.deepEqual(told.slice(1), names.slice(0, told.length - 1))
    assert.ok(gone >= told.length - 1 && gone < 20, `${gone} are gone, ${told.length - 1} were told`)
    assert.deepEqual(parts.slice(gone + 1), Array(19 - gone).fill(3), 'at most the oldest is there in part')
    const notes = JSON.parse(await readFile(scene.file, 'utf8'))
    assert.deepEqual(
      notes.used.map(([name]: [string]) => name),
      names,
    )
  }
})
