import { type FileHandle, open } from 'node:fs/promises'
import type { Digest } from '../digest.ts'
import type { ChunkTable } from './chunk-table.ts'
import { type PartialFile, type Progress, readWhole } from './partial-file.ts'

/** A place here that may have chunks of a blob. What it gives is checked by whoever asks. */
export interface LocalChunks {
  /** `own`: the blob's own file, where the bytes are in their place. */
  readonly kind: 'own' | 'base'
  has(index: number): boolean
  /** The chunk's bytes, as they are. */
  read(index: number, into: Buffer): Promise<void>
  close(): Promise<void>
}

/** What an earlier fetch claims to have written. */
export class OwnChunks implements LocalChunks {
  readonly kind = 'own'
  readonly #file: PartialFile
  readonly #table: ChunkTable
  readonly #bits: Buffer

  constructor(file: PartialFile, table: ChunkTable, bits: Buffer) {
    this.#file = file
    this.#table = table
    this.#bits = bits
  }

  has(index: number): boolean {
    return (((this.#bits[index >>> 3] ?? 0) >>> (index & 7)) & 1) === 1
  }

  async read(index: number, into: Buffer): Promise<void> {
    await this.#file.read(into, this.#table.start(index))
  }

  async close(): Promise<void> {}
}

/** What an earlier fetch says to have written, with this chunk map or without any. */
export function claimedChunks(
  file: PartialFile,
  table: ChunkTable,
  progress: Progress | undefined,
  chunkMap: Digest | undefined,
): OwnChunks | undefined {
  if (progress?.size !== table.size) return undefined
  const { here, bytes = 0 } = progress
  if (progress.chunkMap === chunkMap && here !== undefined)
    return new OwnChunks(file, table, Buffer.from(here, 'base64'))
  const isWithin = (index: number) => table.start(index + 1) <= bytes
  return new OwnChunks(file, table, bitsOf(table.count, isWithin))
}

export function bitsOf(count: number, isSet: (index: number) => boolean): Buffer {
  const bits = Buffer.alloc(Math.ceil(count / 8))
  for (let index = 0; index < count; index++)
    if (isSet(index)) bits[index >>> 3] = (bits[index >>> 3] ?? 0) | (1 << (index & 7))
  return bits
}

export type Base = { readonly path: string; readonly table: ChunkTable }

/** Further bases than these many chunks in all are not looked at: 40 MB of memory while the index is made. */
const mostBaseChunks = 2 * 1024 * 1024

/**
 * Chunks that other blobs here have as well. Memory: 12 bytes for each chunk of the blob, and while it is made 24 for
 * each chunk of the bases.
 */
export class BaseChunks implements LocalChunks {
  readonly kind = 'base'
  readonly #files: readonly FileHandle[]
  /** For each chunk of the blob: in which file, 0 for none, else its number and 1; and where. */
  readonly #which: Uint32Array
  readonly #offsets: Float64Array

  private constructor(files: readonly FileHandle[], which: Uint32Array, offsets: Float64Array) {
    this.#files = files
    this.#which = which
    this.#offsets = offsets
  }

  static async find(table: ChunkTable, bases: readonly Base[]): Promise<BaseChunks> {
    const which = new Uint32Array(table.count)
    const offsets = new Float64Array(table.count)
    const files: FileHandle[] = []
    let count = 0
    for (const base of bases) {
      count += base.table.count
      if (count > mostBaseChunks) break
      // A base that is gone by now is none.
      const file = await open(base.path, 'r').catch(() => undefined)
      if (file === undefined) continue
      files.push(file)
      const index = new ChunkIndex(base.table)
      for (let chunk = 0; chunk < table.count; chunk++) {
        const found = which[chunk] === 0 ? index.find(table, chunk) : undefined
        if (found === undefined) continue
        which[chunk] = files.length
        offsets[chunk] = base.table.start(found)
      }
    }
    return new BaseChunks(files, which, offsets)
  }

  has(index: number): boolean {
    return (this.#which[index] ?? 0) > 0
  }

  async read(index: number, into: Buffer): Promise<void> {
    const file = this.#files[(this.#which[index] ?? 0) - 1]
    if (file === undefined) throw new Error(`no base has chunk ${index}`)
    await readWhole(file, into, this.#offsets[index] ?? 0)
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close()
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
