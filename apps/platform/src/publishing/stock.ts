import { createHash } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import type { ReleaseBlob } from '@bootcast/catalogue'
import {
  BlobMissing,
  type Digest,
  digestOf,
  type Fingerprint,
  type Fingerprinter,
  type LocalFiles,
  type Part,
  type PrunableStore,
} from '@bootcast/content'
import { type ByteSource, fileSource, streamOf } from '@bootcast/image'
import type { BlobHold, BlobHolds } from '../catalogue/blob-holds.ts'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
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
  /** Blob → its chunk map, which is made while others go on. */
  readonly #maps = new Map<string, Fingerprint['chunkMap']>()
  readonly #fresh = new Set<Digest>()
  readonly #sources = new WeakMap<ByteSource, ReleaseBlob>()
  readonly #parts = new WeakMap<ByteSource, Fingerprint['parts']>()
  readonly #files = new Map<ByteSource, FileHandle>()
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

  /** What was used, each once, with the chunk maps of it, which it waits for. */
  async used(): Promise<readonly ReleaseBlob[]> {
    const used = new Map<string, ReleaseBlob>()
    for (const digest of this.#used) {
      const blob = this.#blobs.get(digest)
      if (blob === undefined) continue
      const chunkMap = await this.#maps.get(digest)
      const map = chunkMap && (await this.putBytes(chunkMap))
      if (map !== undefined) used.set(map.digest, map)
      used.set(digest, { ...blob, ...(map && { chunkMap: map.digest }) })
    }
    return [...used.values()]
  }

  /** These stay in the store. */
  keepAll(digests: readonly string[]): void {
    for (const digest of digests) this.#kept.add(digest)
  }

  /** Takes a finished file and gives its bytes as a source. */
  async takeFile(path: string, { blob, chunkMap, parts }: Fingerprint): Promise<ByteSource> {
    await this.#hold.add(blob.digest)
    await this.#noteFresh(blob.digest)
    await this.#settings.blobs.take(path, blob)
    const source = await this.#sourceOf(blob.digest, blob.size)
    this.#know(source, blob, chunkMap)
    this.#parts.set(source, parts)
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
    this.#know(source, { digest, size }, fingerprint.chunkMap)
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

  /** The digest of a part of a source. `onBytes` hears how far it is; throwing, it ends the work. */
  async digestOf(source: ByteSource, part: Part, onBytes: (done: number) => void): Promise<string> {
    const isIt = ({ offset, length }: Part) => offset === part.offset && length === part.length
    const known = this.#parts.get(source)?.find(isIt)
    // When that failed it is read once more.
    const foreseen = await known?.digest.catch(() => undefined)
    if (foreseen !== undefined) return foreseen
    const file = this.#files.get(source)
    if (file !== undefined) return await this.#settings.fingerprinter.digestOf(file.fd, part, onBytes)
    const hash = createHash('sha256')
    let done = 0
    for await (const piece of streamOf(source, part.offset, part.length)) {
      hash.update(piece)
      done += piece.length
      onBytes(done)
    }
    return `sha256:${hash.digest('hex')}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files.values()) await file.close()
    this.#hold[Symbol.dispose]()
    const { blobs, catalogue, holds } = this.#settings
    for (const digest of [...this.#fresh].filter((one) => !this.#kept.has(one)))
      await holds.removing(digest, async () => {
        if (await catalogue.needsBlob(digest)) return false
        await blobs.remove(digest)
        return true
      })
  }

  #know(source: ByteSource, blob: ReleaseBlob, chunkMap: Fingerprint['chunkMap']): void {
    this.#blobs.set(blob.digest, blob)
    this.#sources.set(source, blob)
    this.#maps.set(blob.digest, chunkMap)
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
      const source = fileSource(file, size)
      this.#files.set(source, file)
      return source
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
