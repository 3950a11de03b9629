import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { arriving } from '../arriving.ts'
import {
  type Blob,
  BlobCorrupt,
  BlobMissing,
  type ByteRange,
  type KeptBlob,
  type PrunableStore,
  type PutOptions,
} from '../blob-store.ts'
import { checkRange } from '../byte-range.ts'
import { type Digest, digestOf } from '../digest.ts'

/** Blobs in memory, for tests and trials. Nothing survives the process, and nothing bounds it but `limitBytes`. */
export class MemoryStore implements PrunableStore {
  readonly #blobs = new Map<Digest, { readonly bytes: Buffer; readonly keptAt: number }>()

  async find(digest: Digest): Promise<Blob> {
    return { digest, size: this.#bytesOf(digest).length }
  }

  async read(digest: Digest, range?: ByteRange): Promise<Readable> {
    const bytes = this.#bytesOf(digest)
    if (range === undefined) return Readable.from(bytes.length > 0 ? [bytes] : [])
    const { first, last } = checkRange({ digest, size: bytes.length }, range)
    return Readable.from([bytes.subarray(first, last + 1)])
  }

  async put(bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<Blob> {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of arriving(bytes, options)) {
      chunks.push(Buffer.from(chunk))
      size += chunk.length
      options.onProgress?.(size)
    }
    const whole = Buffer.concat(chunks, size)
    const digest = digestOf(whole)
    if (options.expected !== undefined && digest !== options.expected)
      throw new BlobCorrupt(options.expected, digest)
    this.#blobs.set(digest, { bytes: whole, keptAt: Date.now() })
    return { digest, size }
  }

  async take(path: string, { digest }: Blob): Promise<void> {
    try {
      await this.put(createReadStream(path), { expected: digest })
    } finally {
      await rm(path, { force: true })
    }
  }

  async *list(): AsyncIterable<KeptBlob> {
    for (const [digest, { bytes, keptAt }] of this.#blobs) yield { digest, size: bytes.length, keptAt }
  }

  async remove(digest: Digest): Promise<void> {
    this.#blobs.delete(digest)
  }

  #bytesOf(digest: Digest): Buffer {
    const bytes = this.#blobs.get(digest)?.bytes
    if (bytes === undefined) throw new BlobMissing(digest)
    return bytes
  }
}
