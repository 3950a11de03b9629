import type { Readable } from 'node:stream'
import type {
  Blob,
  ByteRange,
  Digest,
  DiskStore,
  KeptBlob,
  LocalFiles,
  PrunableStore,
  PutOptions,
} from '@bootcast/content'

/** The store of a cache, which tells what has entered it: just verified, it need not be read once more. */
export class WatchedStore implements PrunableStore, LocalFiles {
  readonly #store: DiskStore
  readonly #onEntered: (digest: Digest) => Promise<void>

  constructor(store: DiskStore, onEntered: (digest: Digest) => Promise<void>) {
    this.#store = store
    this.#onEntered = onEntered
  }

  find(digest: Digest): Promise<Blob> {
    return this.#store.find(digest)
  }

  read(digest: Digest, range?: ByteRange): Promise<Readable> {
    return this.#store.read(digest, range)
  }

  pathOf(digest: Digest): Promise<string> {
    return this.#store.pathOf(digest)
  }

  list(): AsyncIterable<KeptBlob> {
    return this.#store.list()
  }

  remove(digest: Digest): Promise<void> {
    return this.#store.remove(digest)
  }

  async put(bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<Blob> {
    const blob = await this.#store.put(bytes, options)
    await this.#onEntered(blob.digest)
    return blob
  }

  async take(path: string, blob: Blob): Promise<void> {
    await this.#store.take(path, blob)
    await this.#onEntered(blob.digest)
  }
}
