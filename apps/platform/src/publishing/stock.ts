import { type FileHandle, open, rm } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import {
  BlobMissing,
  type Digest,
  digestOf,
  type Fingerprint,
  type Fingerprinter,
  type LocalFiles,
  type PrunableStore,
} from '@bootcast/content'
import { type ByteSource, fileSource, streamOf } from '@bootcast/image'
import type { BlobHold, BlobHolds } from '../catalogue/blob-holds.ts'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import type { ReleaseBlob } from '../catalogue/release.ts'
import type { Scratch } from './scratch.ts'

export type StockSettings = {
  readonly blobs: PrunableStore & Partial<LocalFiles>
  readonly catalogue: CatalogueStore
  readonly holds: BlobHolds
  readonly fingerprinter: Fingerprinter
  readonly scratch: Scratch
}

/** What one publication puts into the store. What is new of it and does not end in a release is removed again. */
export class Stock implements AsyncDisposable {
  readonly #settings: StockSettings
  readonly #hold: BlobHold
  readonly #blobs = new Map<string, ReleaseBlob>()
  readonly #fresh = new Set<Digest>()
  readonly #sources = new WeakMap<ByteSource, ReleaseBlob>()
  readonly #files: FileHandle[] = []
  readonly #used = new Set<string>()
  readonly #kept = new Set<string>()

  constructor(settings: StockSettings) {
    this.#settings = settings
    this.#hold = settings.holds.open()
  }

  /** The release needs this blob. */
  use(digest: string): void {
    this.#used.add(digest)
  }

  /** What was used, with the chunk maps of it. */
  get used(): readonly ReleaseBlob[] {
    const used = [...this.#blobs.values()].filter(({ digest }) => this.#used.has(digest))
    const maps = used.flatMap(({ chunkMap }) => this.#blobs.get(chunkMap ?? '') ?? [])
    return [...new Set([...used, ...maps])]
  }

  /** These stay in the store. */
  keepAll(digests: readonly string[]): void {
    for (const digest of digests) this.#kept.add(digest)
  }

  /** Takes a finished file and gives its bytes as a source. */
  async takeFile(path: string, { blob, chunkMap }: Fingerprint): Promise<ByteSource> {
    await this.#hold.add(blob.digest)
    await this.#noteFresh(blob.digest)
    await this.#settings.blobs.take(path, blob)
    const map = await this.putBytes(chunkMap)
    const kept = { digest: blob.digest, size: blob.size, chunkMap: map.digest }
    this.#blobs.set(blob.digest, kept)
    const source = await this.#sourceOf(blob.digest, blob.size)
    this.#sources.set(source, kept)
    return source
  }

  /** A blob that is in the store already, as a source. @throws {BlobMissing} */
  async find(digest: Digest, scratch: Scratch): Promise<ByteSource> {
    await this.#hold.add(digest)
    const { size } = await this.#settings.blobs.find(digest)
    const source = await this.#sourceOf(digest, size)
    const { fingerprinter } = this.#settings
    const found = this.#settings.blobs.pathOf && (await this.#settings.blobs.pathOf(digest))
    const fingerprint =
      found === undefined
        ? await this.#learn(source, scratch)
        : await fingerprinter.follow(found).finish(size)
    const kept = { digest, size, chunkMap: (await this.putBytes(fingerprint.chunkMap)).digest }
    this.#blobs.set(digest, kept)
    this.#sources.set(source, kept)
    return source
  }

  /** From a store that is elsewhere: by way of a scratch file. */
  async #learn(source: ByteSource, scratch: Scratch): Promise<Fingerprint> {
    const { path, fingerprint } = await scratch.write(
      streamOf(source),
      this.#settings.fingerprinter,
      () => undefined,
    )
    await rm(path, { force: true })
    return fingerprint
  }

  /** Keeps a stream, by way of a scratch file. */
  async keep(bytes: AsyncIterable<Uint8Array>, onProgress: (bytes: number) => void): Promise<ByteSource> {
    const { scratch, fingerprinter } = this.#settings
    const { path, fingerprint } = await scratch.write(bytes, fingerprinter, onProgress)
    return await this.takeFile(path, fingerprint)
  }

  /** Keeps something small: a table, a chunk map. */
  async putBytes(bytes: Uint8Array): Promise<ReleaseBlob> {
    const digest = digestOf(bytes)
    await this.#hold.add(digest)
    await this.#noteFresh(digest)
    const { size } = await this.#settings.blobs.put(inOnePiece(bytes))
    const blob = { digest, size }
    this.#blobs.set(digest, blob)
    return blob
  }

  /** The blob behind a source; `undefined`: the source is not in the store. */
  blobOf(source: ByteSource): ReleaseBlob | undefined {
    return this.#sources.get(source)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files) await file.close()
    this.#hold[Symbol.dispose]()
    const { blobs, catalogue, holds } = this.#settings
    for (const digest of [...this.#fresh].filter((one) => !this.#kept.has(one)))
      await holds.removing(digest, async () => {
        if (await catalogue.needsBlob(digest)) return false
        await blobs.remove(digest)
        return true
      })
  }

  async #noteFresh(digest: Digest): Promise<void> {
    const found = await this.#settings.blobs.find(digest).catch((error: unknown) => {
      if (error instanceof BlobMissing) return undefined
      throw error
    })
    if (found === undefined) this.#fresh.add(digest)
  }

  async #sourceOf(digest: Digest, size: number): Promise<ByteSource> {
    const { blobs } = this.#settings
    if (blobs.pathOf !== undefined) {
      const file = await open(await blobs.pathOf(digest), 'r')
      this.#files.push(file)
      return fileSource(file, size)
    }
    const read = async (offset: number, length: number) =>
      length === 0
        ? Buffer.alloc(0)
        : await buffer(await blobs.read(digest, { first: offset, last: offset + length - 1 }))
    return { size, read }
  }
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
