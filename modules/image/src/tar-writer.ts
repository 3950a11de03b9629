const block = 512
/** Sizes that twelve octal digits cannot say. */
const sizeLimit = 8 ** 11

/** What a tar needs at its end: two blocks of zeros. */
export const tarEnd: Buffer = Buffer.alloc(2 * block)

/** Bytes that follow a content of this size, to the end of its block. */
export const tarPadding = (size: number): number => Math.ceil(size / block) * block - size

export type TarEntry = {
  readonly path: string
  /** Bytes of content; 0 for a link. */
  readonly size: number
  /** Target of a symbolic link. */
  readonly link?: string
}

/** POSIX ustar, with a pax header (pax(1)) for names over 100 bytes and sizes over 8 GiB. No owner, no time. */
export function tarHeader({ path, size, link }: TarEntry): Buffer {
  const records = [
    ...(Buffer.byteLength(path) > 100 ? [paxRecord('path', path)] : []),
    ...(link !== undefined && Buffer.byteLength(link) > 100 ? [paxRecord('linkpath', link)] : []),
    ...(size >= sizeLimit ? [paxRecord('size', String(size))] : []),
  ]
  const own = ustar(path, size >= sizeLimit ? 0 : size, link === undefined ? '0' : '2', link)
  if (records.length === 0) return own
  const content = Buffer.from(records.join(''))
  const head = ustar('pax', content.length, 'x')
  return Buffer.concat([head, content, Buffer.alloc(tarPadding(content.length)), own])
}

/** Its length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  while (Buffer.byteLength(String(length) + rest) !== length)
    length = Buffer.byteLength(String(length) + rest)
  return String(length) + rest
}

function ustar(path: string, size: number, type: string, link = ''): Buffer {
  const header = Buffer.alloc(block)
  Buffer.from(path).copy(header, 0, 0, 100)
  header.write('0000644\x000000000\x000000000\0', 100, 'latin1')
  header.write(`${size.toString(8).padStart(11, '0')}\x0000000000000\0        ${type}`, 124, 'latin1')
  Buffer.from(link).copy(header, 157, 0, 100)
  header.write('ustar\x0000', 257, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}
