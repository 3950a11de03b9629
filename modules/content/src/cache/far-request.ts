import type { ByteRange } from '../blob-store.ts'
import type { ChunkTable } from './chunk-table.ts'
import { lengthOf } from './far-blobs.ts'
import { chunkState, type Presence } from './presence.ts'

export type RequestLimits = {
  /** Of chunks that are wanted; the last may go past it. */
  readonly bytes: number
  readonly ranges: number
  /** Bytes that are here and are fetched again because asking twice takes longer. */
  readonly gapBytes: number
}

/** Chunks that are asked for in one go, and the ranges in which they lie. */
export type FarRequest = { readonly chunks: readonly number[]; readonly ranges: readonly ByteRange[] }

/** What to ask for next: missing chunks from this one on. */
export function requestFrom(
  first: number,
  { table, states }: Pick<Presence, 'table' | 'states'>,
  { bytes, ranges: mostRanges, gapBytes }: RequestLimits,
): FarRequest {
  const chunks: number[] = []
  const ranges: { first: number; last: number }[] = []
  let wanted = 0
  for (
    let index = first;
    index >= 0 && wanted < bytes;
    index = states.indexOf(chunkState.missing, index + 1)
  ) {
    const start = table.start(index)
    const end = table.start(index + 1) - 1
    const range = ranges.at(-1)
    if (range !== undefined && start - range.last - 1 <= gapBytes) range.last = end
    else if (ranges.length < mostRanges) ranges.push({ first: start, last: end })
    else break
    chunks.push(index)
    wanted += table.length(index)
  }
  return { chunks, ranges }
}

export type ChunkBytes = { readonly index: number; readonly bytes: Buffer }

/**
 * The chunks in an answer, which has the ranges one after another. Each is valid until the next is asked for:
 * memory is one chunk.
 */
export async function* chunksIn(
  answer: AsyncIterable<Uint8Array>,
  request: FarRequest,
  table: ChunkTable,
): AsyncGenerator<ChunkBytes> {
  const places = placesIn(request, table)
  const buffer = Buffer.allocUnsafeSlow(Math.max(...request.chunks.map((index) => table.length(index))))
  let at = 0
  let filled = 0
  let next = places.next()
  for await (const piece of answer) {
    for (let taken = 0; taken < piece.length && next.done !== true; ) {
      const { index, place } = next.value
      const skipped = Math.min(piece.length - taken, Math.max(0, place - at))
      const part = piece.subarray(taken + skipped, taken + skipped + table.length(index) - filled)
      buffer.set(part, filled)
      filled += part.length
      taken += skipped + part.length
      at += skipped + part.length
      if (filled < table.length(index)) continue
      yield { index, bytes: buffer.subarray(0, filled) }
      filled = 0
      next = places.next()
    }
  }
}

/** Each chunk, and where in the answer it begins. */
function* placesIn({ chunks, ranges }: FarRequest, table: ChunkTable) {
  let which = 0
  let before = 0
  for (const index of chunks) {
    let range = ranges[which] as ByteRange
    while (table.start(index) > range.last) {
      before += lengthOf(range)
      which++
      range = ranges[which] as ByteRange
    }
    yield { index, place: before + table.start(index) - range.first }
  }
}
