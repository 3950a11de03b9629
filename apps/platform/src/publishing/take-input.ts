import { rm } from 'node:fs/promises'
import type { Digest } from '@bootcast/content'
import type { ByteSource } from '@bootcast/image'
import type { UploadStore } from '../uploads/upload-store.ts'
import { type FetchInputSettings, fetchInput, type WantedInput } from './fetch/fetch-input.ts'
import type { Fetcher } from './fetch/fetcher.ts'
import { checkDigest } from './input-corrupt.ts'
import type { Stock } from './stock.ts'

/** Bytes that the platform has from somewhere else itself: of a builder, say. */
export type MadeInput = {
  readonly name: string
  /** Read once. What it throws is why nothing is published. */
  readonly made: (signal: AbortSignal) => AsyncIterable<Uint8Array>
  readonly digest?: string | undefined
}

/** What a release is made of. */
export type InputWish =
  /** A file that is in the store already. */
  | { readonly blob: Digest; readonly name: string }
  | { readonly upload: string; readonly digest?: string | undefined }
  | (WantedInput & {
      /** Opens it in the place of the platform's own. */
      readonly fetcher?: Fetcher
    })
  | MadeInput

export type TakeInputSettings = FetchInputSettings & {
  readonly user: string
  readonly uploads: UploadStore
  readonly stock: Stock
}

type Taken = { readonly source: ByteSource; readonly name: string }

/** Brings an input into the stock. @throws {InputCorrupt} for other bytes than those that were announced */
export async function takeInput(input: InputWish, settings: TakeInputSettings): Promise<Taken> {
  const { user, uploads, stock, scratch, onStage } = settings
  if ('blob' in input) {
    onStage('digest')
    return { source: await stock.find(input.blob, scratch), name: input.name }
  }
  if ('made' in input) {
    onStage('fetch')
    const { path, fingerprint } = await written(input, settings)
    return { source: await stock.takeFile(path, fingerprint), name: input.name }
  }
  if ('url' in input) {
    onStage('fetch')
    const { path, name, fingerprint } = await fetchInput(input, {
      ...settings,
      fetcher: input.fetcher ?? settings.fetcher,
    })
    return { source: await stock.takeFile(path, fingerprint), name }
  }
  onStage('digest')
  const { path, name, ...fingerprint } = await uploads.take(input.upload, user)
  try {
    checkDigest(input.digest, fingerprint.blob.digest)
    return { source: await stock.takeFile(path, fingerprint), name }
  } finally {
    await uploads.release(input.upload, { isDone: true })
  }
}

/** A scratch file with the bytes. */
async function written(
  { made, digest }: MadeInput,
  { scratch, fingerprinter, signal, onStage }: TakeInputSettings,
) {
  const found = await scratch.write(made(signal), fingerprinter, (done) => onStage('fetch', { done }))
  try {
    checkDigest(digest, found.fingerprint.blob.digest)
    return found
  } catch (error) {
    await rm(found.path, { force: true })
    throw error
  }
}
