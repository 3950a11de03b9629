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
/** The same bits: sums of small numbers need no check for overflow. */
const signedGear = new Int32Array(gear.buffer)

/** Bits of the hash that need not be zero to cut: fewer before the average (32 - 18), more after it (32 - 14). */
const freeBits = { before: 14, after: 18 } as const
/** What came so many bytes ago has left the hash: each step moves it by one bit. */
const windowBytes = 32

/**
 * Where the first chunk of `bytes` ends, by its content (FastCDC: Xia et al., USENIX ATC 2016, with normalised
 * chunking): the same content is cut at the same places wherever it stands. `bytes.length` when nothing cuts before.
 */
export function firstCut(bytes: Uint8Array): number {
  const end = Math.min(bytes.length, chunkBytes.most)
  const middle = Math.min(end, chunkBytes.average)
  const start = Math.min(end, chunkBytes.least)
  const cut = scan(bytes, { from: start, to: middle, hash: 0, free: freeBits.before })
  if (cut !== undefined) return cut
  const hash = hashOf(bytes.subarray(Math.max(start, middle - windowBytes), middle))
  return scan(bytes, { from: middle, to: end, hash, free: freeBits.after }) ?? end
}

const hashOf = (bytes: Uint8Array) =>
  bytes.reduce((hash, byte) => ((hash << 1) + (signedGear[byte] as number)) | 0, 0)

type Range = { readonly from: number; readonly to: number; readonly hash: number; readonly free: number }

/**
 * The place behind the first byte after which all but the `free` lowest bits of the hash are 0. Every byte that is
 * stored passes here: four at a time, which is twice as fast as one by one.
 */
function scan(bytes: Uint8Array, { from, to, hash, free }: Range): number | undefined {
  const table = signedGear
  let at = from
  let d = hash
  for (; at + 4 <= to; at += 4) {
    const a = ((d << 1) + (table[bytes[at] as number] as number)) | 0
    const b = ((a << 1) + (table[bytes[at + 1] as number] as number)) | 0
    const c = ((b << 1) + (table[bytes[at + 2] as number] as number)) | 0
    d = ((c << 1) + (table[bytes[at + 3] as number] as number)) | 0
    if (a >>> free === 0) return at + 1
    if (b >>> free === 0) return at + 2
    if (c >>> free === 0) return at + 3
    if (d >>> free === 0) return at + 4
  }
  for (; at < to; at++) {
    d = ((d << 1) + (table[bytes[at] as number] as number)) | 0
    if (d >>> free === 0) return at + 1
  }
  return undefined
}
