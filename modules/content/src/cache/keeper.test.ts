import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BlobCorrupt, BlobMissing } from '../blob-store.ts'
import { type Digest, digestOf } from '../digest.ts'
import { DiskStore } from '../stores/disk.ts'
import { CacheFull } from './cache-full.ts'
import type { CacheGroup } from './eviction.ts'
import { CacheKeeper, type KeeperSettings } from './keeper.ts'

const hour = 60 * 60 * 1000

/** A store on disk, and keepers of it whose clock, quota and groups the test moves. */
class Scene {
  readonly root: string
  readonly store: DiskStore
  groups: CacheGroup[] = []
  quota: number | undefined
  later = 0
  readonly inUse = new Set<Digest>()
  readonly evicted: (readonly string[])[] = []
  readonly corrupt: Digest[] = []
  readonly troubles: unknown[] = []
  readonly #keepers: CacheKeeper[] = []

  private constructor(root: string, store: DiskStore) {
    this.root = root
    this.store = store
  }

  static async open(t: TestContext): Promise<Scene> {
    const root = await mkdtemp(join(tmpdir(), 'bootcast-keeper-'))
    const scene = new Scene(root, await DiskStore.open({ root }))
    t.after(async () => {
      for (const keeper of scene.#keepers) await keeper.stop()
      await rm(root, { recursive: true, force: true })
    })
    return scene
  }

  get file(): string {
    return join(this.root, 'keeper.json')
  }

  keeper(other: Partial<KeeperSettings> = {}): CacheKeeper {
    const keeper = new CacheKeeper({
      store: this.store,
      groups: () => this.groups,
      quotaBytes: () => this.quota,
      isInUse: (digest) => this.inUse.has(digest),
      file: this.file,
      onEvicted: ({ groups }) => this.evicted.push(groups),
      onCorrupt: (digest) => this.corrupt.push(digest),
      onTrouble: (error) => this.troubles.push(error),
      reserveBytes: 0,
      now: () => Date.now() + this.later,
      ...other,
    })
    this.#keepers.push(keeper)
    return keeper
  }

  /** 1,000 bytes that begin with the text. */
  async put(text: string, bytes = 1000): Promise<Digest> {
    async function* content() {
      yield Buffer.from(text.padEnd(bytes))
    }
    return (await this.store.put(content())).digest
  }

  async group(name: string, blobs: readonly string[], { isPinned = false } = {}): Promise<Digest[]> {
    const digests = await Promise.all(blobs.map((text) => this.put(text)))
    this.groups.push({ name, blobs: digests, isPinned })
    return digests
  }

  async has(...digests: readonly Digest[]): Promise<boolean[]> {
    const found = (digest: Digest) =>
      this.store.find(digest).then(
        () => true,
        () => false,
      )
    return Promise.all(digests.map(found))
  }

  /** As a failing disk or a stray hand does it. */
  async change(digest: Digest, bytes: string): Promise<void> {
    const path = await this.store.pathOf(digest)
    await chmod(path, 0o644)
    await writeFile(path, bytes)
  }
}

test('the least recently used group goes first, whole, and only as many as it takes', async (t) => {
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
  await scene.group('demo@1', ['kernel'])
  scene.quota = 0
  let asked = 0
  const keeper = scene.keeper({ isInUse: () => asked++ % 2 === 1 })
  await assert.rejects(keeper.makeRoom(0), CacheFull)
  assert.deepEqual(await keeper.tidy(), { overBytes: 1000 })
  assert.ok(asked < 50)
})

test('blobs of no group go before any group, once they are older than an hour', async (t) => {
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
  const free = await scene.store.freeBytes()
  assert.ok(free > 1_000_000 && free < 2 ** 60, `${free}`)
  await scene.keeper().makeRoom(1)
  await assert.rejects(scene.keeper().makeRoom(2 ** 52), CacheFull)
})

test('usage tells bytes, uses and pins, most recently used first', async (t) => {
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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

test('a blob is verified at its first use, once for all who ask, and trusted until its file changes', async (t) => {
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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
  const scene = await Scene.open(t)
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

/** Its methods as plain functions, to replace one of them. */
function bound(store: DiskStore): KeeperSettings['store'] {
  return {
    find: (digest) => store.find(digest),
    read: (digest, range) => store.read(digest, range),
    put: (bytes, options) => store.put(bytes, options),
    take: (path, blob) => store.take(path, blob),
    list: () => store.list(),
    remove: (digest) => store.remove(digest),
    pathOf: (digest) => store.pathOf(digest),
    freeBytes: () => store.freeBytes(),
  }
}

async function verifiedIn(file: string): Promise<Map<Digest, number>> {
  const { verified } = JSON.parse(await readFile(file, 'utf8'))
  return new Map(verified.map(([digest, { at }]: [Digest, { at: number }]) => [digest, at]))
}
