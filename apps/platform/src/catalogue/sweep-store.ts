import { stat } from 'node:fs/promises'
import type { LocalFiles, PrunableStore } from '@bootcast/content'
import type { CatalogueStore } from './catalogue-store.ts'

/** Files that were uploaded less than this ago may be part of a release that is still being published. */
const graceMs = 24 * 60 * 60 * 1000

export type Swept = { readonly blobs: number; readonly bytes: number }

/**
 * Removes files that no release has: of removed images, and of uploads that were never published. Only before
 * anybody is served: nobody then publishes a file while it is being removed. One look-up for each file.
 */
export async function sweepStore({
  catalogue,
  blobs,
  now,
}: {
  readonly catalogue: CatalogueStore
  readonly blobs: PrunableStore & LocalFiles
  /** Milliseconds since 1970. */
  readonly now: number
}): Promise<Swept> {
  const swept = { blobs: 0, bytes: 0 }
  for await (const { digest, size } of blobs.list()) {
    if ((await catalogue.findFile(digest)) !== undefined) continue
    const { mtimeMs } = await stat(await blobs.pathOf(digest))
    if (now - mtimeMs < graceMs) continue
    await blobs.remove(digest)
    swept.blobs += 1
    swept.bytes += size
  }
  return swept
}
