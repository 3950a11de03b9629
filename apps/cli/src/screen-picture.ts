import { crc32, deflateSync } from 'node:zlib'

/** Red, green, blue, one byte each, row by row. */
type Points = { readonly width: number; readonly height: number; readonly bytes: Buffer }

const mostPoints = 4096

/**
 * The PNG of a screen that QEMU wrote down as PPM: every QEMU writes that, PNG only those from 7.1 that were built
 * with libpng. One that would be larger than `mostBytes` is halved until it is not; a screen of text has some
 * kilobytes, a photograph may have more. `undefined`: it is no such PPM.
 */
export function pngOfPpm(ppm: Buffer, mostBytes: number): Buffer | undefined {
  let points = pointsOf(ppm)
  if (points === undefined) return undefined
  for (;;) {
    const { width, height } = points
    const png = pngOf(points)
    if (width <= mostPoints && height <= mostPoints && png.length <= mostBytes) return png
    if (width === 1 || height === 1) return undefined
    points = halved(points)
  }
}

/** A binary PPM of 255 shades, with one white space between its words (netpbm, ppm(5)). */
function pointsOf(ppm: Buffer): Points | undefined {
  const [head = '', ...words] = /^P6\s(\d{1,5})\s(\d{1,5})\s255\s/.exec(ppm.toString('latin1', 0, 32)) ?? []
  const [width = 0, height = 0] = words.map(Number)
  const bytes = ppm.subarray(head.length)
  return width < 1 || height < 1 || bytes.length !== width * height * 3 ? undefined : { width, height, bytes }
}

/** Each point is the middle of four. */
function halved({ width, height, bytes }: Points): Points {
  const half = { width: width >> 1, height: height >> 1 }
  const row = width * 3
  const result = Buffer.alloc(half.width * half.height * 3)
  let to = 0
  for (let y = 0; y < half.height; y += 1)
    for (let x = 0; x < half.width; x += 1)
      for (let colour = 0; colour < 3; colour += 1) {
        const at = 2 * y * row + 6 * x + colour
        result[to] =
          (byteAt(bytes, at) +
            byteAt(bytes, at + 3) +
            byteAt(bytes, at + row) +
            byteAt(bytes, at + row + 3)) >>
          2
        to += 1
      }
  return { ...half, bytes: result }
}

const byteAt = (bytes: Buffer, at: number): number => bytes[at] ?? 0

/** PNG, third edition (W3C): 8 bits, red, green and blue. */
function pngOf(points: Points): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(points.width, 0)
  header.writeUInt32BE(points.height, 4)
  header.set([8, 2], 8)
  const plain = deflateSync(filtered(points, 0), { level: 9 })
  const differences = deflateSync(filtered(points, 1), { level: 9 })
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', plain.length <= differences.length ? plain : differences),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** 0: as they are, good for text; 1: each less the one on its left, good for photographs. PNG, 9.2. */
function filtered({ width, height, bytes }: Points, filter: 0 | 1): Buffer {
  const row = width * 3
  const result = Buffer.alloc((row + 1) * height)
  for (let y = 0; y < height; y += 1) {
    const to = y * (row + 1)
    result[to] = filter
    bytes.copy(result, to + 1, y * row, (y + 1) * row)
    if (filter === 1)
      for (let x = 3; x < row; x += 1)
        result[to + 1 + x] = byteAt(bytes, y * row + x) - byteAt(bytes, y * row + x - 3)
  }
  return result
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const around = Buffer.alloc(8)
  around.writeUInt32BE(data.length, 0)
  around.writeUInt32BE(crc32(named), 4)
  return Buffer.concat([around.subarray(0, 4), named, around.subarray(4)])
}
