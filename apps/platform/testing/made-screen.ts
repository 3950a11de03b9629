import { crc32, deflateSync } from 'node:zlib'

/** A chunk of a PNG (W3C, third edition, 5.3). */
export function chunk(type: string, data: Uint8Array = new Uint8Array()): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const around = Buffer.alloc(8)
  around.writeUInt32BE(data.length, 0)
  around.writeUInt32BE(crc32(named), 4)
  return Buffer.concat([around.subarray(0, 4), named, around.subarray(4)])
}

export const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/** The header of a PNG; `last`: depth, kind of colour, compression, filter, interlace. */
export function header(width: number, height: number, last: readonly number[] = [8, 2, 0, 0, 0]): Buffer {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(width, 0)
  data.writeUInt32BE(height, 4)
  data.set(last, 8)
  return chunk('IHDR', data)
}

/** A picture of a screen with a few bright lines on black, as a text screen has them. */
export function madeScreen(width: number, height: number): Buffer {
  const rows = Buffer.alloc((width * 3 + 1) * height)
  for (let row = 0; row < height; row += 1)
    if (row % 16 < 9 && row < height / 2)
      for (let column = 8; column < width / 2; column += 1)
        rows.fill(
          column % 9 === 0 ? 0 : 0xaa,
          row * (width * 3 + 1) + 1 + column * 3,
          row * (width * 3 + 1) + 4 + column * 3,
        )
  return Buffer.concat([pngSignature, header(width, height), chunk('IDAT', deflateSync(rows)), chunk('IEND')])
}
