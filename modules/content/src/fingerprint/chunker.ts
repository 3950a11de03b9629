import { createHash } from 'node:crypto'

/** Bytes of a chunk: never fewer (but the last), on average about, never more. `docs/protocols/chunk-map.md` */
export const chunkBytes = { least: 16 * 1024, average: 64 * 1024, most: 256 * 1024 } as const

/**
 * A number for each byte value: the first four bytes of sha256("bootcast gear 0"), …, little-endian. Part of the
 * format: another table cuts elsewhere.
 */
export const gear: Uint32Array = Uint32Array.from({ length: 256 }, (_, value) =>
  createHash('sha256').update(`bootcast gear ${value}`).digest().readUInt32LE(0),
)

/** Bits that must be zero to cut: more of them before the average (18), fewer after it (14). */
const maskBefore = 0xffffc000 | 0
const maskAfter = 0xfffc0000 | 0

/**
 * Where the first chunk of `bytes` ends, by its content (FastCDC: Xia et al., USENIX ATC 2016, with normalised
 * chunking): the same content is cut at the same places wherever it stands. `bytes.length` when nothing cuts before.
 */
export function firstCut(bytes: Uint8Array): number {
  const end = Math.min(bytes.length, chunkBytes.most)
  const middle = Math.min(end, chunkBytes.average)
  let at = Math.min(end, chunkBytes.least)
  let hash = 0
  for (; at < middle; at++) {
    hash = ((hash << 1) + (gear[bytes[at] as number] as number)) | 0
    if ((hash & maskBefore) === 0) return at + 1
  }
  for (; at < end; at++) {
    hash = ((hash << 1) + (gear[bytes[at] as number] as number)) | 0
    if ((hash & maskAfter) === 0) return at + 1
  }
  return end
}
