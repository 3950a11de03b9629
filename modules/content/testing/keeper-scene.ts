import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type CacheGroup, CacheKeeper, type Digest, DiskStore, type KeeperSettings } from '../src/index.ts'

/** A store on disk, and keepers of it whose clock, quota and groups the test moves. */
export class KeeperScene {
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

  static async open(t: TestContext): Promise<KeeperScene> {
    const root = await mkdtemp(join(tmpdir(), 'bootcast-keeper-'))
    const scene = new KeeperScene(root, await DiskStore.open({ root }))
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

/** Its methods as plain functions, to replace one of them. */
export function bound(store: DiskStore): KeeperSettings['store'] {
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
