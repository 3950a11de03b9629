import type { ServedFile } from '@bootcast/boot'
import type { Peer } from './peer.ts'

/** A blob that a server gives out. */
export type ServedBlob = Pick<ServedFile, 'size' | 'path' | 'offset' | 'read'> & {
  /**
   * Absent: all its bytes are here. Else waits until the byte `first` is, and says up to which one may be read, at
   * most `last`. Rejects when it will never be.
   */
  readonly ready?: (first: number, last: number, signal?: AbortSignal) => Promise<number>
}

/** The port: which bytes a site may have. */
export interface ServedBlobs {
  /** `undefined`: there is none here that this site may have. Asked for every request. */
  open(digest: string, peer: Peer): Promise<ServedBlob | undefined>
}
