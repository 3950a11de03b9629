/** First and last byte, both included. */
export type ByteRange = { readonly first: number; readonly last: number }

const bytesUnit = /^bytes=/i
const oneRange = /^[ \t]*(\d*)-(\d*)[ \t]*$/

/**
 * What a Range header asks of `size` bytes (RFC 9110 §14.1.2, §14.2): a part, all of them (no header, another
 * unit, malformed, several ranges: a server may ignore those), or nothing that exists. Takes any text.
 */
export function requestedRange(
  header: string | undefined,
  size: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  if (header === undefined || !bytesUnit.test(header)) return 'whole'
  const [, start = '', end = ''] = oneRange.exec(header.slice('bytes='.length)) ?? []
  if (start === '') return end === '' ? 'whole' : lastBytes(Number(end), size)
  const [first, last] = [Number(start), end === '' ? Number.POSITIVE_INFINITY : Number(end)]
  if (last < first) return 'whole'
  return first < size ? { first, last: Math.min(last, size - 1) } : 'unsatisfiable'
}

function lastBytes(count: number, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  if (count === 0) return 'unsatisfiable'
  // The last bytes of nothing can be satisfied, but no Content-Range can say so.
  return size === 0 ? 'whole' : { first: Math.max(0, size - count), last: size - 1 }
}
