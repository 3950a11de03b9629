import { rm } from 'node:fs/promises'
import { BlobTooLarge, type Fingerprint, type Fingerprinter } from '@bootcast/content'
import { checkDigest } from '../input-corrupt.ts'
import type { OnStage } from '../release-maker.ts'
import type { Scratch } from '../scratch.ts'
import type { Wanted } from './fetched.ts'
import type { Fetcher } from './fetcher.ts'

export type WantedInput = Wanted & { readonly digest?: string | undefined }

export type FetchInputSettings = {
  readonly fetcher: Fetcher
  readonly scratch: Scratch
  readonly fingerprinter: Fingerprinter
  readonly mostBytes: number
  readonly onStage: OnStage
  readonly signal: AbortSignal
}

export type FetchedInput = {
  /** A scratch file; whoever asks takes it. */
  readonly path: string
  readonly name: string
  readonly fingerprint: Fingerprint
}

/**
 * Fetches an input to a scratch file, which is there only when all of it is right.
 * @throws {InputCorrupt | BlobTooLarge | StoreFull}, and what the fetcher throws
 */
export async function fetchInput(
  input: WantedInput,
  { fetcher, scratch, fingerprinter, mostBytes, onStage, signal }: FetchInputSettings,
): Promise<FetchedInput> {
  const ending = new AbortController()
  try {
    const { bytes, size, name, digest } = await fetcher(input, AbortSignal.any([signal, ending.signal]))
    if (digest !== undefined) checkDigest(input.digest, digest)
    if (size !== undefined && size > mostBytes) throw new BlobTooLarge(mostBytes)
    const { path, fingerprint } = await scratch.write(bytes, fingerprinter, (done) =>
      onStage('fetch', { done, ...(size !== undefined && { total: size }) }),
    )
    try {
      if (digest === undefined) checkDigest(input.digest, fingerprint.blob.digest)
      return { path, name, fingerprint }
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
  } finally {
    // What was opened and is not read to its end is closed.
    ending.abort()
  }
}
