import type { Blob, ByteRange } from '../blob-store.ts'
import type { Digest } from '../digest.ts'

export type FarRead = { readonly signal?: AbortSignal }

/**
 * A store that is far away: slow, metered, at times not there, and not believed. It gives exactly as many bytes as
 * were asked for or throws; whether they are the right ones is for whoever asked to check.
 *
 * Errors: {@link BlobMissing}; {@link FarUnreachable}, later may be better; {@link FarRefused}, later will not.
 */
export interface FarBlobs {
  find(digest: Digest, options?: FarRead): Promise<Blob>
  readRange(digest: Digest, range: ByteRange, options?: FarRead): AsyncIterable<Uint8Array>
  /** The bytes of several ranges of one blob in one go, one after another in the order asked for. */
  readParts?(digest: Digest, ranges: readonly ByteRange[], options?: FarRead): AsyncIterable<Uint8Array>
}

/** The far store does not answer, breaks off, or is out of order: worth another try. */
export class FarUnreachable extends Error {
  override readonly name = 'FarUnreachable'
  readonly code = 'far_unreachable'
}

/** The far store answers and will not give it: the same question gets the same answer. */
export class FarRefused extends Error {
  override readonly name = 'FarRefused'
  readonly code = 'far_refused'
  /** Of HTTP. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export const lengthOf = ({ first, last }: ByteRange): number => last - first + 1
