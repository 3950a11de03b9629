import type { Readable } from 'node:stream'
import { type BlobFile, type BlobFiles, basesHere } from '@bootcast/catalogue'
import {
  type Blob,
  BlobMissing,
  type BlobReader,
  type ByteRange,
  type CachingStore,
  type Digest,
  type OpenOptions,
  parseDigest,
} from '@bootcast/content'
import type { ReleaseBook } from './release-book.ts'

export type SiteBlobsSettings = {
  readonly cache: CachingStore
  readonly book: ReleaseBook
  /** Whether a blob is here whole. */
  readonly isHere: (digest: Digest) => boolean
  /** Told before bytes of a blob are given out. @throws when they are not what they were */
  readonly check: (digest: Digest) => Promise<void>
}

/** The bytes of releases: from the cache, and into it from the upstream when they are not there yet. */
export class SiteBlobs implements BlobReader, BlobFiles {
  readonly #settings: SiteBlobsSettings

  constructor(settings: SiteBlobsSettings) {
    this.#settings = settings
  }

  async find(digest: Digest): Promise<Blob> {
    const known = this.#settings.book.blob(digest)
    return known === undefined ? await this.#settings.cache.find(digest) : { digest, size: known.size }
  }

  async read(digest: Digest, range?: ByteRange): Promise<Readable> {
    await this.#ask(digest, await this.#optionsFor(digest))
    return await this.#settings.cache.read(digest, range)
  }

  async fileOf(digest: Digest): Promise<BlobFile> {
    const { path, ready } = await this.#ask(digest, await this.#optionsFor(digest))
    return { path, ...(ready !== undefined && { ready }) }
  }

  /** Fulfilled when all of it is here, verified and durable. */
  async fetch(digest: Digest, options: Parameters<CachingStore['fetch']>[2]): Promise<void> {
    await this.#settings.cache.fetch(digest, this.optionsOf(digest), options)
  }

  async #ask(digest: Digest, options: OpenOptions) {
    const { isHere, check } = this.#settings
    if (isHere(digest))
      await check(digest).catch((error: unknown) => {
        // What is damaged is gone now, and comes anew.
        if (isHere(digest)) throw error
      })
    return await this.#settings.cache.open(digest, options)
  }

  /** A chunk map, and what a site below this one has: only the upstream knows how large it is. */
  async #optionsFor(digest: Digest): Promise<OpenOptions> {
    if (this.#settings.book.blob(digest) !== undefined) return this.optionsOf(digest)
    const { size } = await this.#settings.cache.find(digest)
    return { size }
  }

  /** @throws {BlobMissing} of one that no release has */
  optionsOf(digest: Digest): OpenOptions {
    const { book, isHere } = this.#settings
    const known = book.blob(digest)
    if (known === undefined) throw new BlobMissing(digest)
    const chunkMap = parseDigest(known.chunkMap ?? '')
    if (chunkMap === undefined) return { size: known.size }
    return { size: known.size, chunkMap, bases: basesHere(book.basesOf(digest), isHere) }
  }
}
