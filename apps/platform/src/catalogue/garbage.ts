import { ImageNotFound, ReleaseInUse, type ReleaseName, ReleaseNotFound } from '@bootcast/catalogue'
import type { PrunableStore } from '@bootcast/content'
import type { BlobHolds } from './blob-holds.ts'
import type { CatalogueStore } from './catalogue-store.ts'

/** Files that were uploaded less than this ago may be part of a release that is still being published. */
const graceMs = 24 * 60 * 60 * 1000

export type Garbage = {
  readonly releases: readonly ReleaseName[]
  readonly blobs: number
  readonly bytes: number
}

export type GarbageSettings = {
  readonly catalogue: CatalogueStore
  readonly blobs: PrunableStore
  readonly holds: BlobHolds
  /** A machine may be in the middle of booting it. */
  readonly isBooting: (release: ReleaseName) => boolean
  readonly now?: () => number
  /** Ends a collection before its end. */
  readonly signal?: AbortSignal
}

export type GarbageCollector = (how: { readonly dryRun: boolean }) => Promise<Garbage>

/**
 * Removes releases beyond what their images keep, and files that no release has: of removed releases, and of uploads
 * that were never published. Never what a channel, a machine or the default uses, or what a machine is booting.
 * One look-up for each file of the store; one collection at a time.
 */
export function createGarbageCollector(settings: GarbageSettings): GarbageCollector {
  let last: Promise<unknown> = Promise.resolve()
  return ({ dryRun }) => {
    const next = last.then(() => collect(settings, dryRun))
    last = next.catch(() => undefined)
    return next
  }
}

async function collect(settings: GarbageSettings, dryRun: boolean): Promise<Garbage> {
  const { catalogue, isBooting } = settings
  const superfluous = (await catalogue.superfluous()).filter((release) => !isBooting(release))
  const releases: ReleaseName[] = []
  for (const release of superfluous) if (dryRun || (await removed(catalogue, release))) releases.push(release)
  return { releases, ...(await collectBlobs(settings, dryRun ? releases : [], dryRun)) }
}

/** Somebody may have begun to use it, or have removed it, a moment ago. */
async function removed(catalogue: CatalogueStore, { image, number }: ReleaseName): Promise<boolean> {
  try {
    await catalogue.removeRelease(image, number)
    return true
  } catch (error) {
    if (error instanceof ReleaseInUse || error instanceof ReleaseNotFound || error instanceof ImageNotFound)
      return false
    throw error
  }
}

async function collectBlobs(
  { catalogue, blobs, holds, signal, now = Date.now }: GarbageSettings,
  but: readonly ReleaseName[],
  dryRun: boolean,
): Promise<{ blobs: number; bytes: number }> {
  const found = { blobs: 0, bytes: 0 }
  const before = now() - graceMs
  for await (const { digest, size, keptAt } of blobs.list()) {
    if (signal?.aborted === true) break
    if (keptAt > before || (await catalogue.needsBlob(digest, but))) continue
    const goes =
      dryRun ||
      (await holds.removing(digest, async () => {
        if (await catalogue.needsBlob(digest)) return false
        await blobs.remove(digest)
        return true
      }))
    if (!goes) continue
    found.blobs += 1
    found.bytes += size
  }
  return found
}
