import { buffer } from 'node:stream/consumers'
import { type Blob, BlobCorrupt, BlobMissing, type BlobReader } from '../blob-store.ts'
import { type Digest, digestOf } from '../digest.ts'
import { ChunkMatch } from './chunk-match.ts'
import { ChunkMapUnfit, ChunkTable, mostMapBytes } from './chunk-table.ts'

export type ForecastBlob = Blob & { readonly chunkMap?: Digest | undefined }

/** As in `OpenOptions`: what the cache would have, the most alike first. */
export type ForecastBase = Blob & { readonly chunkMap: Digest }

/**
 * What a cache fetches of a blob that it has not, by the rules by which it fetches: the same chunks are matched by the
 * same code. No more than chunk maps is read. Memory: that of `ChunkMatch`, the map of the blob and that of one base.
 */
export class FetchForecast {
  readonly #table: ChunkTable
  readonly #match: ChunkMatch

  private constructor(table: ChunkTable, match: ChunkMatch) {
    this.#table = table
    this.#match = match
  }

  /** `maps`: where the chunk maps are. @throws {BlobCorrupt} for a map whose bytes are others there */
  static async of(
    blob: ForecastBlob,
    bases: readonly ForecastBase[],
    maps: BlobReader,
  ): Promise<FetchForecast> {
    const table = await tableOf(blob, maps)
    const match = new ChunkMatch(table ?? ChunkTable.whole(blob))
    if (table === undefined) return new FetchForecast(ChunkTable.whole(blob), match)
    for (const base of bases) {
      const other = await tableOf(base, maps)
      if (other === undefined) continue
      if (!match.mayAdd(other)) break
      await match.add(other)
    }
    return new FetchForecast(table, match)
  }

  /** Bytes that are fetched of the part from `first` on, before `end`. */
  bytesWithin(first: number, end: number): number {
    let bytes = 0
    for (let index = this.#table.at(first); index < this.#table.count; index++) {
      const start = this.#table.start(index)
      if (start >= end) break
      if (this.#match.baseOf(index) !== undefined) continue
      bytes += Math.min(end, this.#table.start(index + 1)) - Math.max(first, start)
    }
    return bytes
  }
}

/** `undefined`: there is none, or none of this blob, and a cache would fetch the blob whole. */
async function tableOf({ size, chunkMap }: ForecastBlob, maps: BlobReader): Promise<ChunkTable | undefined> {
  if (chunkMap === undefined) return undefined
  try {
    const found = await maps.find(chunkMap)
    if (found.size > mostMapBytes(size)) return undefined
    const bytes = await buffer(await maps.read(chunkMap))
    const actual = digestOf(bytes)
    if (actual !== chunkMap) throw new BlobCorrupt(chunkMap, actual)
    return ChunkTable.of(bytes, size)
  } catch (error) {
    if (error instanceof ChunkMapUnfit || error instanceof BlobMissing) return undefined
    throw error
  }
}
