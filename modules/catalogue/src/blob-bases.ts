import { type Digest, type ForecastBase, mostBases, parseDigest } from '@bootcast/content'
import type { ReleaseBlob } from './release.ts'

/** A blob and the image that has it; `undefined`: it is of no release. */
export type BlobOfImage = ReleaseBlob & { readonly image: string | undefined }
export type MappedBlob = BlobOfImage & { readonly chunkMap: string }

/** What a blob may have chunks in common with: the blobs of its image first, and of them those known last. */
export function comparable(
  { digest, image }: Pick<BlobOfImage, 'digest' | 'image'>,
  known: Iterable<BlobOfImage>,
): readonly MappedBlob[] {
  const others = [...known].filter(hasChunkMap).filter((blob) => blob.digest !== digest)
  return [
    ...others.filter((blob) => blob.image === image).toReversed(),
    ...others.filter((blob) => blob.image !== image).toReversed(),
  ]
}

/** Those of them that are here, as a cache is told them. */
export function basesHere(
  blobs: readonly MappedBlob[],
  isHere: (digest: Digest) => boolean,
): readonly ForecastBase[] {
  const bases = blobs.flatMap(({ digest: text, chunkMap: map, size }) => {
    const [digest, chunkMap] = [parseDigest(text), parseDigest(map)]
    const isBase = digest !== undefined && chunkMap !== undefined && isHere(digest)
    return isBase ? [{ digest, size, chunkMap }] : []
  })
  return bases.slice(0, mostBases)
}

const hasChunkMap = (blob: BlobOfImage): blob is MappedBlob => blob.chunkMap !== undefined
