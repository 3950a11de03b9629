import { Unreadable } from '../tree.ts'
import { shown } from '../tree-builder.ts'

export const block = 512
/** Largest pax header and GNU long name that is read. */
const extensionLimit = 64 * 1024

export type TarHeader = {
  readonly type: string
  readonly name: string
  readonly link: string
  /** Bytes of content as the header claims them. */
  readonly size: number
  /** GNU sparse headers (type S) go on in blocks of their own. */
  readonly goesOn: boolean
}

/** What pax records and GNU long names say about the entry after them. */
export type Overrides = {
  readonly path?: string
  readonly link?: string
  readonly size?: number
  readonly sparse?: true
}

/** Whether the checksum fits: the sum of the bytes, its own field as spaces (POSIX pax, "ustar"); old tars sum signed. */
export function sumFits(bytes: Buffer): boolean {
  let unsigned = 0
  let high = 0
  for (let index = 0; index < block; index++) {
    const byte = index >= 148 && index < 156 ? 0x20 : (bytes[index] ?? 0)
    unsigned += byte
    if (byte > 127) high++
  }
  const claimed = Number.parseInt(text(bytes, 148, 8).trim(), 8)
  return claimed === unsigned || claimed === unsigned - 256 * high
}

/**
 * One block of 512 bytes whose sum fits.
 * @throws {Unreadable} when its size is no number or beyond 2^53
 */
export function parseHeader(bytes: Buffer): TarHeader {
  const name = text(bytes, 0, 100)
  // POSIX has "ustar\0" and a prefix; GNU has "ustar  " and times in its place.
  const prefix = bytes.toString('latin1', 257, 263) === 'ustar\0' ? text(bytes, 345, 155) : ''
  return {
    type: String.fromCharCode(bytes[156] ?? 0),
    name: prefix === '' ? name : `${prefix}/${name}`,
    link: text(bytes, 157, 100),
    size: sizeOf(bytes.subarray(124, 136), name),
    goesOn: bytes[482] === 1,
  }
}

/** Octal text, or base 256 when the first bit is set (GNU, star). */
function sizeOf(field: Buffer, name: string): number {
  const isBinary = ((field[0] ?? 0) & 0x80) !== 0
  if (isBinary) {
    // The sign is the bit after the marker: a negative size has it set and is refused with what is too large.
    let value = BigInt((field[0] ?? 0) & 0x7f)
    for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw impossibleSize(name)
    return Number(value)
  }
  const digits = text(field, 0, field.length).trim()
  if (digits !== '' && !/^[0-7]+$/.test(digits)) throw impossibleSize(name)
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

const impossibleSize = (name: string) =>
  new Unreadable(`The tar archive claims a size for ${shown(name)} that no file has.`)

export function checkExtension(size: number): void {
  if (size > extensionLimit)
    throw new Unreadable(`The tar archive has a header of ${size} bytes; the limit is ${extensionLimit}.`)
}

/**
 * Records of a pax header: `LENGTH KEY=VALUE\n`, the length in decimal and of the whole record (POSIX pax).
 * @throws {Unreadable} when they do not fit together
 */
export function parsePax(bytes: Buffer): Overrides {
  let overrides: Overrides = {}
  for (let at = 0; at < bytes.length && bytes[at] !== 0; ) {
    const space = bytes.indexOf(0x20, at)
    const digits = space < 0 || space - at > 6 ? '' : bytes.toString('latin1', at, space)
    const end = /^[1-9]\d*$/.test(digits) ? at + Number(digits) : 0
    const equals = bytes.indexOf(0x3d, space)
    if (end > bytes.length || equals < 0 || equals >= end - 1 || bytes[end - 1] !== 0x0a) throw brokenPax()
    const key = bytes.toString('utf8', space + 1, equals)
    overrides = { ...overrides, ...override(key, bytes.toString('utf8', equals + 1, end - 1)) }
    at = end
  }
  return overrides
}

function override(key: string, value: string): Overrides {
  if (key === 'path') return { path: value }
  if (key === 'linkpath') return { link: value }
  if (key.startsWith('GNU.sparse.')) return { sparse: true }
  if (key !== 'size') return {}
  const size = Number(value)
  if (!/^\d{1,16}$/.test(value) || !Number.isSafeInteger(size)) throw brokenPax()
  return { size }
}

const brokenPax = () => new Unreadable('The tar archive has a pax header that is broken: is it complete?')

/** Text up to the first NUL. */
export function text(bytes: Buffer, offset: number, length: number): string {
  const field = bytes.subarray(offset, offset + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? field.length : end)
}
