import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { BlobMissing } from '../blob-store.ts'
import { type Digest, digestOf } from '../digest.ts'
import { MemoryStore } from '../stores/memory.ts'
import { CacheFull } from './cache-full.ts'
import type { CacheGroup } from './eviction.ts'
import { CacheKeeper } from './keeper.ts'

const contents = [50, 100, 100, 200, 300, 400, 700, 1000].map((size, n) => Buffer.alloc(size, `blob ${n} `))
const digests = contents.map(digestOf)
const [blobs, groups] = [contents.length, 6]
const blob = fc.nat({ max: blobs - 1 })
const group = fc.nat({ max: groups - 1 })
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), blob }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('use' as const), group }) },
  fc.record({ do: fc.constant('pin' as const), group }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), blob }) },
  fc.record({ do: fc.constant('quota' as const), bytes: fc.nat({ max: 3500 }) }),
  fc.record({ do: fc.constant('tidy' as const) }),
  fc.record({ do: fc.constant('restart' as const) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
const members = fc.array(fc.uniqueArray(blob, { maxLength: 4 }), { minLength: groups, maxLength: groups })

/** A cache beside what is known of it: which groups, pins, readers, quota. */
class Model {
  readonly store = new MemoryStore()
  readonly pinned = new Set<number>()
  readonly inUse = new Set<Digest>()
  readonly #members: readonly (readonly number[])[]
  readonly #folder: string
  quota = 2500
  keeper: CacheKeeper

  constructor(members: readonly (readonly number[])[], folder: string) {
    this.#members = members
    this.#folder = folder
    this.keeper = this.open()
  }

  open(): CacheKeeper {
    const { store } = this
    return new CacheKeeper({
      store: {
        find: (digest) => store.find(digest),
        read: (digest, range) => store.read(digest, range),
        put: (bytes, options) => store.put(bytes, options),
        take: (path, kept) => store.take(path, kept),
        list: () => store.list(),
        remove: (digest) => store.remove(digest),
        pathOf: (digest) => Promise.reject(new BlobMissing(digest)),
        freeBytes: async () => 1e12,
      },
      groups: () => this.groups(),
      quotaBytes: () => this.quota,
      isInUse: (digest) => this.inUse.has(digest),
      file: join(this.#folder, 'keeper.json'),
      onEvicted: () => undefined,
      onCorrupt: () => undefined,
      now: () => Date.now() + 2 * 60 * 60 * 1000,
    })
  }

  groups(): CacheGroup[] {
    return this.#members.map((numbers, n) => ({
      name: `g${n}`,
      blobs: numbers.map((number) => digests[number] as Digest),
      isPinned: this.pinned.has(n),
    }))
  }

  async sizes(): Promise<Map<Digest, number>> {
    const sizes = new Map<Digest, number>()
    for await (const { digest, size } of this.store.list()) sizes.set(digest, size)
    return sizes
  }

  /** Must stay whatever happens. */
  needed(here: ReadonlyMap<Digest, number>): Digest[] {
    const pinned = this.groups().flatMap(({ isPinned, blobs }) => (isPinned ? blobs : []))
    return [...new Set([...pinned, ...this.inUse])].filter((digest) => here.has(digest))
  }

  /** May stay when there is no room: also all of each group that somebody may be booting. */
  mayStay(here: ReadonlyMap<Digest, number>): number {
    const booting = this.groups().flatMap(({ blobs }) =>
      blobs.some((digest) => here.has(digest) && this.inUse.has(digest)) ? blobs : [],
    )
    const stays = new Set([...this.needed(here), ...booting])
    return [...stays].reduce((sum, digest) => sum + (here.get(digest) ?? 0), 0)
  }

  async carryOut(step: Step): Promise<void> {
    const before = await this.sizes()
    if (step.do === 'put') await this.put(step.blob, before)
    if (step.do === 'use') this.keeper.used(`g${step.group}`)
    if (step.do === 'pin' && !this.pinned.delete(step.group)) this.pinned.add(step.group)
    if (step.do === 'read') {
      const digest = digests[step.blob] as Digest
      if (!this.inUse.delete(digest)) this.inUse.add(digest)
    }
    if (step.do === 'quota') this.quota = step.bytes
    if (step.do === 'tidy') await this.tidy(before)
    if (step.do === 'restart') {
      await this.keeper.stop()
      this.keeper = this.open()
    }
  }

  async put(number: number, before: ReadonlyMap<Digest, number>): Promise<void> {
    const content = contents[number] as Buffer
    if (before.has(digests[number] as Digest)) return
    const needed = this.needed(before)
    try {
      await this.keeper.makeRoom(content.length)
    } catch (error) {
      assert.ok(error instanceof CacheFull)
      assert.deepEqual(await this.sizes(), before, 'nothing goes when it cannot be enough')
      assert.ok(this.mayStay(before) + content.length > this.quota, 'there was room to be made')
      return
    }
    const after = await this.sizes()
    assert.ok(sum(after) + content.length <= this.quota, 'the quota holds')
    for (const digest of needed) assert.ok(after.has(digest), 'what is needed stays')
    if (sum(before) + content.length <= this.quota) assert.deepEqual(after, before, 'no more goes than must')
    async function* one() {
      yield content
    }
    await this.store.put(one())
  }

  async tidy(before: ReadonlyMap<Digest, number>): Promise<void> {
    const { overBytes } = await this.keeper.tidy()
    const after = await this.sizes()
    for (const digest of this.needed(before)) assert.ok(after.has(digest), 'what is needed stays')
    assert.ok(sum(after) <= Math.max(this.quota, this.mayStay(before)), 'the quota holds')
    assert.equal(overBytes, Math.max(0, sum(after) - this.quota))
  }
}

const sum = (sizes: ReadonlyMap<Digest, number>) => [...sizes.values()].reduce((all, size) => all + size, 0)

test('whatever is put, used, pinned, read and lowered: the quota holds, and what is needed stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-keeper-'))
  try {
    await fc.assert(
      fc.asyncProperty(members, fc.array(step, { maxLength: 40 }), async (chosen, steps) => {
        const model = new Model(chosen, folder)
        try {
          for (const each of steps) await model.carryOut(each)
        } finally {
          await model.keeper.stop()
        }
      }),
      { numRuns: 200 },
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})
