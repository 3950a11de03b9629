import { type FileHandle, open } from 'node:fs/promises'
import type { Digest } from '../digest.ts'
import { ChunkMatch } from './chunk-match.ts'
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

/** Chunks that other blobs here have as well. */
export class BaseChunks implements LocalChunks {
  readonly kind = 'base'
  readonly #files: readonly FileHandle[]
  readonly #match: ChunkMatch

  private constructor(files: readonly FileHandle[], match: ChunkMatch) {
    this.#files = files
    this.#match = match
  }

  static async find(table: ChunkTable, bases: readonly Base[]): Promise<BaseChunks> {
    const match = new ChunkMatch(table)
    const files: FileHandle[] = []
    for (const base of bases) {
      if (!match.mayAdd(base.table)) break
      // A base that is gone by now is none.
      const file = await open(base.path, 'r').catch(() => undefined)
      if (file === undefined) continue
      files.push(file)
      await match.add(base.table)
    }
    return new BaseChunks(files, match)
  }

  has(index: number): boolean {
    return this.#match.baseOf(index) !== undefined
  }

  async read(index: number, into: Buffer): Promise<void> {
    const file = this.#files[this.#match.baseOf(index) ?? -1]
    if (file === undefined) throw new Error(`no base has chunk ${index}`)
    await readWhole(file, into, this.#match.offset(index))
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close()
  }
}
