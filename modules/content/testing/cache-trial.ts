import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { CachedBlob } from '../src/cache/cached-blob.ts'
import { CachingStore, type CachingStoreOptions } from '../src/cache/caching-store.ts'
import { HttpBlobs } from '../src/cache/http-blobs.ts'
import type { Digest } from '../src/digest.ts'
import { ChunkMapper } from '../src/fingerprint/chunk-map.ts'
import { DiskStore } from '../src/stores/disk.ts'
import { FarServer } from './far-server.ts'

/** Retries at once: what a test waits for is not the clock. */
export const eager = { firstMs: 5, mostMs: 20, unwantedMs: 1_000 } as const

export type Trial = Awaited<ReturnType<typeof cacheTrial>>

/** A site's cache in a folder that goes with the test, and its upstream on loopback. */
export async function cacheTrial(
  t: TestContext,
  { by = 'parts', ...options }: Partial<CachingStoreOptions> & { readonly by?: 'parts' | 'range' } = {},
) {
  const root = await mkdtemp(join(tmpdir(), 'bootcast-cache-'))
  const server = await FarServer.start(t)
  const near = await DiskStore.open({ root: join(root, 'near') })
  const { urlOf, partsUrlOf } = server.addresses
  const far = new HttpBlobs({ urlOf, ...(by === 'parts' && { partsUrlOf }), stallMs: 5_000 })
  const folder = join(root, 'arriving')
  const openAgain = () => CachingStore.open({ near, far, folder, patience: eager, restMs: 0, ...options })
  const store = await openAgain()
  const stores = [store]
  t.after(async () => {
    for (const one of stores) await one.stop()
    await rm(root, { recursive: true, force: true })
  })
  return {
    root,
    folder,
    server,
    near,
    far,
    store,
    /** Another store on the same folders, as after a restart. */
    again: async () => {
      const next = await openAgain()
      stores.push(next)
      return next
    },
    /** A blob that the upstream has, with its chunk map. */
    publish: (bytes: Buffer) => published(server, bytes),
  }
}

export type Published = { readonly digest: Digest; readonly bytes: Buffer; readonly options: Options }
type Options = { readonly size: number; readonly chunkMap: Digest }

export function published(server: FarServer, bytes: Buffer): Published {
  const digest = server.put(bytes)
  return { digest, bytes, options: { size: bytes.length, chunkMap: server.put(chunkMapOf(bytes)) } }
}

export function chunkMapOf(bytes: Buffer): Buffer {
  const mapper = new ChunkMapper()
  mapper.update(bytes)
  return mapper.finish()
}

/** Random bytes, the same for the same seed. */
export function seeded(seed: string, length: number): Buffer {
  const parts: Buffer[] = []
  for (let n = 0; n * 32 < length; n++) parts.push(createHash('sha256').update(`${seed} ${n}`).digest())
  return Buffer.concat(parts).subarray(0, length)
}

export const someBytes = (mebibytes: number): Buffer => randomBytes(mebibytes * 1024 * 1024)

/** A part of a blob, read as a sender does: what is ready, and no more. */
export async function readPart(
  { path, size, ready }: CachedBlob,
  first = 0,
  last = size - 1,
  signal?: AbortSignal,
): Promise<Buffer> {
  await using file = await open(path, 'r')
  const parts: Buffer[] = []
  for (let at = first; at <= last; ) {
    const to = (await ready?.(at, last, signal)) ?? last
    const part = Buffer.alloc(to - at + 1)
    await file.read(part, 0, part.length, at)
    parts.push(part)
    at = to + 1
  }
  return Buffer.concat(parts)
}
