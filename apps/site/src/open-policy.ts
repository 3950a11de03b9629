import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BootLog, LoaderShelf } from '@bootcast/boot'
import { type WholeRelease, wholeReleaseSchema } from '@bootcast/catalogue'
import { parseDigest } from '@bootcast/content'
import { openSnapshot, type SiteIdentity, type Snapshot, type UplinkClient } from '@bootcast/uplink'
import { pinnedReleases } from './cache/cache-groups.ts'
import { LoaderSync } from './cache/loader-sync.ts'
import { Warmer } from './cache/warmer.ts'
import { Outbox } from './kept/outbox.ts'
import type { SiteDatabase } from './kept/site-database.ts'
import { OfflinePolicy } from './offline/offline-policy.ts'
import type { Cache } from './open-cache.ts'
import { isWithin } from './status/schedule.ts'
import { FileSnapshotStore } from './upstream/file-snapshot-store.ts'
import { SnapshotKeeper } from './upstream/snapshot-keeper.ts'

export type PolicyParts = {
  readonly data: string
  readonly database: SiteDatabase
  readonly uplink: UplinkClient
  readonly identity: SiteIdentity
  readonly cache: Cache
  /** A warm-up has got further. */
  readonly onWarmed: () => void
  readonly followSoftware: (software: Snapshot['software']) => void
  readonly log: BootLog
}

/** What this site boots, from its upstream or by its last word; and what follows from that for loaders and cache. */
export async function openPolicy(
  { data, database, uplink, identity, cache, onWarmed, followSoftware, log }: PolicyParts,
  starting: AsyncDisposableStack,
) {
  const outbox = new Outbox({ database, uplink, log })
  outbox.start()
  starting.defer(() => outbox.stop())
  const offline = new OfflinePolicy({
    book: cache.book,
    blobs: cache.blobs,
    now: () => keeper.platformNow(),
    isTold: () => outbox.size === 0,
  })
  const shelf = await LoaderShelf.open({ directory: join(data, 'loaders'), log })
  const loaders = new LoaderSync({ shelf, log, bytesOf: ({ digest, size }) => bytesOf(cache, digest, size) })
  starting.defer(() => loaders.stop())
  const warmer = new Warmer({
    blobs: cache.blobs,
    isHere: cache.isHere,
    release: (name) => cache.book.find(name),
    mayFetch: () => uplink.state === 'there' && isWithin(offline.snapshot?.settings.schedule, new Date()),
    onChange: onWarmed,
    log,
  })
  starting.defer(() => warmer.stop())
  const first = Promise.withResolvers<unknown>()
  const follow = (snapshot: Snapshot | undefined) => {
    cache.book.follow(releasesIn(snapshot, log))
    offline.follow(snapshot)
    if (snapshot === undefined) return
    shelf.preferSecureBoot(snapshot.secureBoot ? 'yes' : 'no')
    loaders.follow(snapshot.loaders).then(first.resolve, first.resolve)
    warmer.follow(ordersOf(snapshot))
    followSoftware(snapshot.software)
    identity
      .trust(snapshot.authorities)
      .catch((error) =>
        log('error', 'the authorities of the platform could not be kept', { reason: String(error) }),
      )
    cache.keeper
      .tidy()
      .catch((error) => log('warn', 'the cache could not be tidied', { reason: String(error) }))
  }
  const keeper: SnapshotKeeper = new SnapshotKeeper({
    uplink,
    store: new FileSnapshotStore(join(data, 'snapshot')),
    open: (bytes, signature, issuedFrom) =>
      openSnapshot(bytes, signature, identity.authorities, { site: identity.id, issuedFrom }),
    onChange: follow,
    log,
  })
  starting.defer(() => keeper.stop())
  /** Fulfilled when there is a policy and its loaders are here, or when that takes too long. */
  const ready = () => Promise.race([first.promise, sleep(mostReadyMs, undefined, { ref: false })])
  return { outbox, offline, keeper, shelf, warmer, ready }
}

/** A person looks at what is printed then. */
const mostReadyMs = 10_000

export type Policy = Awaited<ReturnType<typeof openPolicy>>

/** A release that this version cannot read waits for a newer one of this program. */
function releasesIn(snapshot: Snapshot | undefined, log: BootLog): readonly WholeRelease[] {
  return (snapshot?.releases ?? []).flatMap((release) => {
    const read = wholeReleaseSchema.safeParse(release)
    if (read.success) return [read.data]
    log('warn', 'a release is of a kind that this version does not know', {
      release: `${release.image}@${release.number}`,
    })
    return []
  })
}

/** What was ordered, and what is pinned. */
function ordersOf(snapshot: Snapshot) {
  const ordered = snapshot.settings.warm.map(({ id, release }) => ({ id, release }))
  const pinned = [...pinnedReleases(snapshot)].map((release) => ({ id: `pin:${release}`, release }))
  return [...ordered, ...pinned]
}

async function* bytesOf({ far }: Cache, text: string, size: number): AsyncIterable<Uint8Array> {
  const digest = parseDigest(text)
  if (digest === undefined) throw new Error(`${text} is no digest`)
  if (size > 0) yield* far.readRange(digest, { first: 0, last: size - 1 })
}
