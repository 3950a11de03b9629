import { type CacheGroup, parseDigest } from '@bootcast/content'
import type { Snapshot } from '@bootcast/uplink'
import { nameOf, type ReleaseBook } from './release-book.ts'

/** What the cache keeps together: the blobs of a release, with their chunk maps, by which the next one is compared. */
export function cacheGroups(book: ReleaseBook, snapshot: Snapshot | undefined): readonly CacheGroup[] {
  const pinned = pinnedReleases(snapshot)
  const releases = [...book.all()].map((release) => ({
    name: nameOf(release),
    blobs: release.blobs.flatMap(({ digest, chunkMap }) =>
      [parseDigest(digest), parseDigest(chunkMap ?? '')].filter((one) => one !== undefined),
    ),
    isPinned: pinned.has(nameOf(release)),
  }))
  const loose = book.looseBlobs().flatMap((text) => parseDigest(text) ?? [])
  return [...releases, { name: looseGroup, blobs: loose, isPinned: false }]
}

/** What belongs to no release is in a group as well, else it would go with each snapshot. No release is called so. */
export const looseGroup = 'deploy environment'

/** Those that an operator pinned, and those that a machine is assigned to. */
export function pinnedReleases(snapshot: Snapshot | undefined): ReadonlySet<string> {
  if (snapshot === undefined) return new Set()
  const { settings, machines, references } = snapshot
  const named = [...settings.pins, ...machines.flatMap(({ image, nextImage }) => [image, nextImage])]
  const releases = named.flatMap((reference) => {
    const release = reference === undefined ? undefined : releaseOf(references, reference)
    return release === undefined ? [] : [release]
  })
  return new Set(releases)
}

/** What a reference meant when the snapshot was made. */
export const releaseOf = (references: Snapshot['references'], reference: string): string | undefined =>
  Object.hasOwn(references, reference) ? references[reference] : undefined
