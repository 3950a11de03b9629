import type { Readable } from 'node:stream'
import type { Digest } from './digest.ts'

/** Bytes by digest. */
export type Blob = {
  readonly digest: Digest
  /** Size in bytes. */
  readonly size: number
}

/** First and last byte, both included, as in an HTTP Range (RFC 9110 §14.1.2). */
export type ByteRange = { readonly first: number; readonly last: number }

/** What everybody needs who only gives bytes out. */
export interface BlobReader {
  /** @throws {BlobMissing} when the store has no such blob; any other error means the store is broken. */
  find(digest: Digest): Promise<Blob>
  /**
   * The bytes, from start to end or a part of them. Memory does not grow with the blob.
   * @throws {BlobMissing} before any byte; {RangeNotInBlob} when `range` lies outside
   */
  read(digest: Digest, range?: ByteRange): Promise<Readable>
}

export type PutOptions = {
  /** What the bytes must hash to; anything else is refused with {@link BlobCorrupt} and not kept. */
  readonly expected?: Digest
  /** Refuse with {@link BlobTooLarge} past this many bytes. */
  readonly limitBytes?: number
  readonly signal?: AbortSignal
  /** Told now and then how many bytes have arrived. */
  readonly onProgress?: (bytes: number) => void
}

export interface BlobStore extends BlobReader {
  /**
   * Keeps the bytes. When the promise is fulfilled they are durable (they survive a power cut);
   * when it is rejected nothing was kept, and a blob already there is as it was.
   */
  put(bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<Blob>
  /**
   * Keeps the bytes of a file here, which goes, whether that succeeds or not. `blob`: what was learnt of the file
   * since it was last written. Durable like `put`.
   */
  take(path: string, blob: Blob): Promise<void>
}

/** A blob and when it came, in milliseconds since 1970. */
export type KeptBlob = Blob & { readonly keptAt: number }

export interface PrunableStore extends BlobStore {
  list(): AsyncIterable<KeptBlob>
  /** Takes the blob away; one that is not there is no error. Readers that have it open read on to its end. */
  remove(digest: Digest): Promise<void>
}

/** A store whose blobs are plain files here, so that the kernel can send them without passing through us. */
export interface LocalFiles {
  /** The path of the blob's file. @throws {BlobMissing} */
  pathOf(digest: Digest): Promise<string>
}

export class BlobMissing extends Error {
  override readonly name = 'BlobMissing'
  readonly code = 'blob_missing'
  readonly digest: Digest

  constructor(digest: Digest) {
    super(`no blob ${digest}`)
    this.digest = digest
  }
}

/** The bytes are not those that were promised. */
export class BlobCorrupt extends Error {
  override readonly name = 'BlobCorrupt'
  readonly code = 'blob_corrupt'
  readonly expected: Digest
  readonly actual: Digest

  constructor(expected: Digest, actual: Digest) {
    super(`expected ${expected}, the bytes are ${actual}`)
    this.expected = expected
    this.actual = actual
  }
}

export class BlobTooLarge extends Error {
  override readonly name = 'BlobTooLarge'
  readonly code = 'blob_too_large'
  readonly limitBytes: number

  constructor(limitBytes: number) {
    super(`more than ${limitBytes} bytes`)
    this.limitBytes = limitBytes
  }
}

/** The store's disk has no room left. */
export class StoreFull extends Error {
  override readonly name = 'StoreFull'
  readonly code = 'store_full'
}

export class RangeNotInBlob extends Error {
  override readonly name = 'RangeNotInBlob'
  readonly code = 'range_not_in_blob'
  readonly blob: Blob

  constructor(blob: Blob) {
    super(`the range lies outside of the ${blob.size} bytes of ${blob.digest}`)
    this.blob = blob
  }
}
