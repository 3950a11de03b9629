import type { Blob } from '../blob-store.ts'
import type { CacheCounts } from './chunk-fetch.ts'
import type { FarBlobs } from './far-blobs.ts'
import type { PartialFile } from './partial-file.ts'
import type { Patience } from './patience.ts'

export type WholeFetchSettings = {
  readonly blob: Blob
  readonly file: PartialFile
  readonly far: FarBlobs
  readonly patience: Patience
  readonly counts: CacheCounts
  readonly signal: AbortSignal
  /** So many bytes from the start are written. */
  readonly onBytes: (to: number) => void
}

/** Brings a blob of which only the digest is known, from byte `from` on. What comes is not verified here. */
export async function fetchWhole(
  from: number,
  { blob, file, far, patience, counts, signal, onBytes }: WholeFetchSettings,
): Promise<void> {
  let at = from
  while (at < blob.size) {
    try {
      const rest = { first: at, last: blob.size - 1 }
      for await (const piece of far.readRange(blob.digest, rest, { signal })) {
        await file.write(piece, at)
        at += piece.length
        counts.fetchedBytes += piece.length
        patience.worked()
        onBytes(at)
      }
    } catch (error) {
      await patience.outlast(error)
    }
  }
}
