import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { Blob, ByteRange } from '../blob-store.ts'
import type { Digest } from '../digest.ts'

export type OpenOptions = {
  readonly size: number
  /** `docs/protocols/chunk-map.md`. Without it nothing can be read before the blob is whole. */
  readonly chunkMap?: Digest | undefined
  /** Blobs that may be here and have chunks in common with it, the most alike first. */
  readonly bases?: readonly { readonly digest: Digest; readonly chunkMap: Digest }[] | undefined
}

export type CachedBlob = Blob & {
  /** A file of full size here. It stays openable for at least 60 s after the blob is whole. */
  readonly path: string
  /**
   * Absent: the file is whole and verified. Else only what this says may be read of it: waits until verified bytes
   * from `first` on are there, at least a mebibyte or up to `last`. Fulfilled with the last byte that may be read
   * (at least `first`, at most `last`); rejected when the fetch failed, or with the signal's reason.
   */
  readonly ready?: (first: number, last: number, signal?: AbortSignal) => Promise<number>
}

export type FetchOptions = {
  /** Ends the waiting; and the fetch, when nobody else wants the blob. */
  readonly signal?: AbortSignal
  /** Told now and then how many of its bytes are here. */
  readonly onProgress?: (bytes: number) => void
}

const pieceBytes = 256 * 1024

/** Bytes of a file that arrives, as they become ready. Closes the file. */
export function readArriving(
  file: FileHandle,
  ready: NonNullable<CachedBlob['ready']>,
  { first, last }: ByteRange,
): Readable {
  const left = new AbortController()
  let at = first
  let readable = first - 1
  const piece = async () => {
    if (at > last) return null
    if (readable < at) readable = await ready(at, last, left.signal)
    const length = Math.min(pieceBytes, readable - at + 1)
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, at)
    if (bytesRead === 0) throw new Error(`the file ends at ${at}`)
    at += bytesRead
    return buffer.subarray(0, bytesRead)
  }
  return new Readable({
    highWaterMark: pieceBytes,
    read() {
      piece().then(
        (bytes) => this.push(bytes),
        (error) => this.destroy(error),
      )
    },
    destroy(error, done) {
      left.abort()
      file.close().then(
        () => done(error),
        (failed) => done(error ?? failed),
      )
    },
  })
}
