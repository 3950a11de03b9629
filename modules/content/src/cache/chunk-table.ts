import { hash } from 'node:crypto'
import type { Blob } from '../blob-store.ts'
import { type Digest, digestHex } from '../digest.ts'
import { parseChunkMap } from '../fingerprint/chunk-map.ts'
import { chunkBytes } from '../fingerprint/chunker.ts'

/** A chunk map that is not one of this blob, or has chunks that none of ours would have. */
export class ChunkMapUnfit extends Error {
  override readonly name = 'ChunkMapUnfit'
  readonly code = 'chunk_map_unfit'
}

const digestBytes = 32

/** More than any chunk map of a blob of this size: only the last of its chunks may be shorter than the least. */
export const mostMapBytes = (size: number): number => 1024 + 36 * Math.ceil(size / chunkBytes.least)

/** Where the chunks of a blob lie and what they hash to. Memory: 40 bytes for each chunk, 640 KB for each GiB. */
export class ChunkTable {
  readonly count: number
  readonly #starts: Float64Array
  readonly #digests: Buffer

  private constructor(lengths: readonly number[], digests: Buffer) {
    this.count = lengths.length
    this.#starts = new Float64Array(lengths.length + 1)
    for (const [index, length] of lengths.entries()) this.#starts[index + 1] = this.start(index) + length
    this.#digests = digests
  }

  /** @throws {ChunkMapUnfit} */
  static of(map: Buffer, size: number): ChunkTable {
    const { chunks, size: sum } = parsed(map)
    const isOurs = chunks.every(
      ({ length }, index) =>
        length <= chunkBytes.most && length >= (index === chunks.length - 1 ? 1 : chunkBytes.least),
    )
    if (sum !== size) throw new ChunkMapUnfit(`the chunk map is of ${sum} bytes, the blob has ${size}`)
    if (!isOurs) throw new ChunkMapUnfit('the chunk map has chunks of lengths that are none')
    return new ChunkTable(
      chunks.map(({ length }) => length),
      Buffer.concat(chunks.map(({ digest }) => digest)),
    )
  }

  /** A blob of which nothing is known but the whole: one piece. */
  static whole({ digest, size }: Blob): ChunkTable {
    return new ChunkTable(size === 0 ? [] : [size], Buffer.from(digestHex(digest), 'hex'))
  }

  get size(): number {
    return this.start(this.count)
  }

  /** Of the chunk, or for `count` of the end. */
  start(index: number): number {
    return this.#starts[index] ?? 0
  }

  length(index: number): number {
    return this.start(index + 1) - this.start(index)
  }

  digest(index: number): Buffer {
    return this.#digests.subarray(index * digestBytes, (index + 1) * digestBytes)
  }

  digestText(index: number): Digest {
    return `sha256:${this.digest(index).toString('hex')}`
  }

  /** Hashing one chunk holds the event loop for a quarter of a millisecond at most. */
  isRight(index: number, bytes: Uint8Array): boolean {
    return bytes.length === this.length(index) && hash('sha256', bytes, 'buffer').equals(this.digest(index))
  }

  /** The chunk in which a byte of the blob lies. */
  at(offset: number): number {
    let [low, high] = [0, this.count - 1]
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.start(middle) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
}

function parsed(map: Buffer): ReturnType<typeof parseChunkMap> {
  try {
    return parseChunkMap(map)
  } catch (cause) {
    throw new ChunkMapUnfit('it is no chunk map', { cause })
  }
}
