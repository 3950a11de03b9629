import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BootLog } from '@bootcast/boot'
import { CacheKeeper, CachingStore, type Digest, DiskStore, HttpBlobs } from '@bootcast/content'
import type { Snapshot, UplinkClient } from '@bootcast/uplink'
import { cacheGroups } from './cache/cache-groups.ts'
import { ReleaseBook } from './cache/release-book.ts'
import { scrubDaily } from './cache/scrub-daily.ts'
import { SiteBlobs } from './cache/site-blobs.ts'
import { WatchedStore } from './cache/watched-store.ts'
import type { SiteDatabase } from './kept/site-database.ts'
import { SqliteReleaseStore } from './kept/sqlite-release-store.ts'
import { WanPace } from './status/wan-pace.ts'

export type CacheParts = {
  readonly data: string
  readonly database: SiteDatabase
  readonly uplink: UplinkClient
  readonly snapshot: () => Snapshot | undefined
  readonly log: BootLog
}

/**
 * The bytes of releases on this computer:
 *
 *     DATA/
 *       cache/      content/DiskStore: whole, verified blobs
 *       arriving/   those on their way: content/CachingStore
 *       uses.json   which release was booted last: content/CacheKeeper
 */
export async function openCache(
  { data, database, uplink, snapshot, log }: CacheParts,
  starting: AsyncDisposableStack,
) {
  const near = await DiskStore.open({ root: join(data, 'cache') })
  const book = new ReleaseBook(new SqliteReleaseStore(database), (error) =>
    log('error', 'a release could not be kept for the next start', { reason: String(error) }),
  )
  const pace = new WanPace(() => snapshot()?.settings.wanBytesPerSecond)
  const far = new HttpBlobs({
    urlOf: (digest) => uplink.blobUrl(digest),
    partsUrlOf: (digest) => uplink.partsUrl(digest),
    agent: uplink.agent,
    pace: (bytes) => pace.take(bytes),
  })
  const keeper = new CacheKeeper({
    store: near,
    groups: () => cacheGroups(book, snapshot()),
    quotaBytes: () => snapshot()?.settings.quotaBytes,
    // What a machine reads at this moment it reads to its end, also when the file has no name any more.
    isInUse: (digest) => cache.arriving().some((one) => one.digest === digest),
    file: join(data, 'uses.json'),
    onEvicted: ({ groups, bytes }) =>
      log('info', 'releases left the cache to make room', { releases: groups.join(' '), bytes }),
    onCorrupt: (digest, reason) =>
      log('error', 'a file in the cache was damaged; it is fetched again', {
        digest,
        reason: String(reason),
      }),
    onTrouble: (error) => log('warn', 'uses of the cache could not be noted', { reason: String(error) }),
  })
  starting.defer(() => keeper.stop())
  const scrubbing = scrubDaily({ keeper, log })
  starting.defer(() => scrubbing.stop())
  const folder = join(data, 'arriving')
  await mkdir(folder, { recursive: true, mode: 0o750 })
  const entered = async (digest: Digest) => {
    await keeper
      .entered(digest)
      .catch((error) => log('debug', 'a file is verified again', { reason: String(error) }))
  }
  const cache = await CachingStore.open({
    ...{ near: new WatchedStore(near, entered), far, folder },
    makeRoom: (bytes) => keeper.makeRoom(bytes),
  })
  starting.defer(() => cache.stop())
  const isHere = (digest: Digest) => near.has(digest)
  const blobs = new SiteBlobs({ cache, book, isHere, check: (digest) => keeper.checkFirst(digest) })
  return { near, far, keeper, cache, book, blobs, isHere }
}

export type Cache = Awaited<ReturnType<typeof openCache>>
