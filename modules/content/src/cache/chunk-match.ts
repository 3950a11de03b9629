import { setImmediate as otherWork } from 'node:timers/promises'
import type { ChunkTable } from './chunk-table.ts'

/** More bases than these are not looked at: each costs time, and few of them save bytes. */
export const mostBases = 8

/** Further bases than these many chunks in all are not looked at: 40 MB of memory while the index is made. */
const mostBaseChunks = 2 * 1024 * 1024

/** Others have their turn after so many chunks, which take a few milliseconds. */
const chunksAtOnce = 16_384

/**
 * Which chunks of a blob its bases have, and where: what a cache copies, and what an update is said to cost. Memory:
 * 12 bytes for each chunk of the blob, and while a base is looked at 24 for each of its chunks.
 */
export class ChunkMatch {
  readonly #table: ChunkTable
  /** For each chunk of the blob: 0 for none, else the number of the base and 1; and where in it. */
  readonly #which: Uint32Array
  readonly #offsets: Float64Array
  #bases = 0
  #baseChunks = 0

  constructor(table: ChunkTable) {
    this.#table = table
    this.#which = new Uint32Array(table.count)
    this.#offsets = new Float64Array(table.count)
  }

  mayAdd(base: ChunkTable): boolean {
    return this.#bases < mostBases && this.#baseChunks + base.count <= mostBaseChunks
  }

  /** Looks in one more base for the chunks that those before have not. */
  async add(base: ChunkTable): Promise<void> {
    this.#baseChunks += base.count
    this.#bases++
    const index = new ChunkIndex(base)
    for (let chunk = 0; chunk < this.#table.count; chunk++) {
      if (chunk % chunksAtOnce === chunksAtOnce - 1) await otherWork()
      const found = this.#which[chunk] === 0 ? index.find(this.#table, chunk) : undefined
      if (found === undefined) continue
      this.#which[chunk] = this.#bases
      this.#offsets[chunk] = base.start(found)
    }
  }

  /** The number of the base that has the chunk, in the order in which they were added. */
  baseOf(index: number): number | undefined {
    const which = this.#which[index] ?? 0
    return which === 0 ? undefined : which - 1
  }

  /** Where in that base it begins. */
  offset(index: number): number {
    return this.#offsets[index] ?? 0
  }
}

/**
 * Chunks of one blob by the first 8 bytes of their digests, which are compared whole afterwards. Open addressing with
 * linear probing, at most half full: 12 bytes for each of at most four places a chunk.
 */
export class ChunkIndex {
  readonly #table: ChunkTable
  readonly #mask: number
  readonly #keys: BigUint64Array
  /** 0: free; else the number of the chunk and 1. */
  readonly #chunks: Uint32Array

  constructor(table: ChunkTable) {
    const places = 2 ** Math.ceil(Math.log2(2 * table.count + 2))
    this.#table = table
    this.#mask = places - 1
    this.#keys = new BigUint64Array(places)
    this.#chunks = new Uint32Array(places)
    for (let chunk = 0; chunk < table.count; chunk++) this.#add(chunk)
  }

  /** The chunk with the same bytes as chunk `index` of another table. */
  find(table: ChunkTable, index: number): number | undefined {
    const digest = table.digest(index)
    const found = this.#chunks[this.#placeOf(digest)] ?? 0
    if (found === 0) return undefined
    const isSame = this.#table.digest(found - 1).equals(digest)
    return isSame && this.#table.length(found - 1) === table.length(index) ? found - 1 : undefined
  }

  /** Of several with the same key the first stays. */
  #add(chunk: number): void {
    const digest = this.#table.digest(chunk)
    const place = this.#placeOf(digest)
    if (this.#chunks[place] !== 0) return
    this.#keys[place] = digest.readBigUInt64LE(0)
    this.#chunks[place] = chunk + 1
  }

  /** Where its key is, or the free place where it would be. */
  #placeOf(digest: Buffer): number {
    const key = digest.readBigUInt64LE(0)
    let place = digest.readUInt32LE(0) & this.#mask
    while (this.#chunks[place] !== 0 && this.#keys[place] !== key) place = (place + 1) & this.#mask
    return place
  }
}
