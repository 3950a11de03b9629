import type { ReleaseBlob, ReleaseName } from '@bootcast/catalogue'
import type { Database } from '../database/open.ts'

/** Releases in one look-up: two parameters each, far below SQLite's 32,766, and its depth of expressions, 1000. */
const releasesAtOnce = 200

/** Two look-ups on an index each; an OR over both columns would read the table on some engines. */
export async function imagesWithBlob(database: Database, digest: string): Promise<readonly string[]> {
  const names = new Set<string>()
  for (const column of ['digest', 'chunk_map'] as const) {
    const rows = await database
      .selectFrom('release_blobs as blobs')
      .innerJoin('releases', 'releases.id', 'blobs.release_id')
      .innerJoin('images', 'images.id', 'releases.image_id')
      .where(`blobs.${column}`, '=', digest)
      .select('images.name')
      .distinct()
      .execute()
    for (const { name } of rows) names.add(name)
  }
  return [...names].sort()
}

export async function blobsOf(
  database: Database,
  releases: readonly ReleaseName[],
): Promise<ReadonlyMap<string, readonly ReleaseBlob[]>> {
  const found = new Map<string, ReleaseBlob[]>()
  for (let at = 0; at < releases.length; at += releasesAtOnce) {
    const part = releases.slice(at, at + releasesAtOnce)
    const rows = await database
      .selectFrom('release_blobs as blobs')
      .innerJoin('releases', 'releases.id', 'blobs.release_id')
      .innerJoin('images', 'images.id', 'releases.image_id')
      .where(({ eb, or, and }) =>
        or(
          part.map(({ image, number }) =>
            and([eb('images.name', '=', image), eb('releases.number', '=', number)]),
          ),
        ),
      )
      .select(['images.name', 'releases.number', 'blobs.digest', 'blobs.size', 'blobs.chunk_map'])
      .orderBy('blobs.digest')
      .execute()
    for (const { name, number, digest, size, chunk_map: chunkMap } of rows) {
      const key = `${name}@${number}`
      const blobs = found.get(key) ?? []
      blobs.push({ digest, size, ...(chunkMap !== null && { chunkMap }) })
      found.set(key, blobs)
    }
  }
  return found
}
