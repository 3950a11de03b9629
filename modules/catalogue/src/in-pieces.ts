import { Readable } from 'node:stream'
import type { ServedFile } from '@bootcast/boot'
import type { TreeTable } from '@bootcast/image'

type Extents = TreeTable['files'][string]
type Read = (blob: string, first: number, last: number) => Promise<Readable>

/** A file of several pieces: read one after another, never as one file of this machine. */
export function inPieces(
  { digest, size }: ServedFile,
  table: TreeTable,
  extents: Extents,
  read: Read,
): ServedFile {
  return {
    digest,
    size,
    read: async (first, last) => Readable.from(bytesOf(table, extents, read, first, last)),
  }
}

async function* bytesOf(
  { blobs }: TreeTable,
  extents: Extents,
  read: Read,
  first: number,
  last: number,
): AsyncGenerator<Uint8Array> {
  let start = 0
  for (const [index, offset, length] of extents) {
    const [from, to] = [Math.max(first, start), Math.min(last, start + length - 1)]
    const blob = blobs[index]
    if (from <= to && blob !== undefined)
      yield* await read(blob.digest, offset + from - start, offset + to - start)
    start += length
  }
}
