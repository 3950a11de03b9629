import { type Blob, type ByteRange, RangeNotInBlob } from './blob-store.ts'

/** The range itself. @throws {RangeNotInBlob} when it is not whole numbers inside of the blob */
export function checkRange(blob: Blob, range: ByteRange): ByteRange {
  const { first, last } = range
  const inside = Number.isSafeInteger(first) && Number.isSafeInteger(last) && first >= 0 && last < blob.size
  if (!inside || first > last) throw new RangeNotInBlob(blob)
  return range
}
