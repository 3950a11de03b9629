import { crc32 } from 'node:zlib'

/** Points in a row, and rows; a screen has no more, and a browser that shows it needs 64 MiB at the very most. */
const mostPoints = 4096

/** PNG, third edition (W3C), 5.2 and 5.3. */
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const aroundData = 12
const headerLength = 13
/** Where the fields of IHDR are from the beginning of the file. */
const at = {
  width: 16,
  height: 20,
  depth: 24,
  colour: 25,
  compression: 26,
  filter: 27,
  interlace: 28,
} as const

/** Which bits per sample each kind of colour may have; PNG, table 12. */
const depths: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
}

/** What somebody sent as the picture of a screen is none. */
export class NotAScreen extends Error {
  override readonly name = 'NotAScreen'
  readonly code = 'not_a_screen'

  constructor(why: string) {
    super(`The picture of the screen is no PNG that can be kept: ${why}`)
  }
}

/**
 * A whole PNG of a size that a screen has, and nothing besides: what browsers get from here is a picture whatever they
 * take it for. Its points are not unpacked. Time and memory: one pass over the bytes.
 * @throws {NotAScreen}
 */
export function checkScreen(bytes: Buffer): void {
  if (!bytes.subarray(0, signature.length).equals(signature)) throw new NotAScreen('it does not begin as one')
  let position = signature.length
  let hasPoints = false
  for (let first = true, type = ''; type !== 'IEND'; first = false) {
    const chunk = chunkAt(bytes, position)
    type = chunk.type
    if (first) checkHeader(bytes, chunk)
    hasPoints ||= type === 'IDAT'
    position += chunk.length + aroundData
  }
  if (!hasPoints) throw new NotAScreen('nothing is in it')
  if (position !== bytes.length) throw new NotAScreen('something comes after its end')
}

type Chunk = { readonly type: string; readonly length: number }

/** @throws {NotAScreen} when it is not whole */
function chunkAt(bytes: Buffer, position: number): Chunk {
  if (bytes.length - position < aroundData) throw new NotAScreen('its end is missing')
  const length = bytes.readUInt32BE(position)
  if (length > bytes.length - position - aroundData) throw new NotAScreen('its end is missing')
  const named = bytes.subarray(position + 4, position + 8 + length)
  if (crc32(named) !== bytes.readUInt32BE(position + 8 + length))
    throw new NotAScreen('its bytes are damaged')
  return { type: named.toString('latin1', 0, 4), length }
}

function checkHeader(bytes: Buffer, { type, length }: Chunk): void {
  if (type !== 'IHDR' || length !== headerLength) throw new NotAScreen('its header is missing')
  const { width, height } = sizeOfScreen(bytes)
  if (width < 1 || height < 1 || width > mostPoints || height > mostPoints)
    throw new NotAScreen(`it has ${width} × ${height} points; from 1 to ${mostPoints} each are kept`)
  const field = (name: keyof typeof at) => bytes.readUInt8(at[name])
  const isKnown =
    depths[field('colour')]?.includes(field('depth')) === true &&
    field('compression') === 0 &&
    field('filter') === 0 &&
    field('interlace') <= 1
  if (!isKnown) throw new NotAScreen('its header is of no kind that there is')
}

/** Of one that was checked. */
export function sizeOfScreen(png: Uint8Array): { readonly width: number; readonly height: number } {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength)
  return { width: bytes.readUInt32BE(at.width), height: bytes.readUInt32BE(at.height) }
}
