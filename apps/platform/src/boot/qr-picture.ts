import { crc32, deflateSync } from 'node:zlib'
import { encode } from 'uqr'

/** Pixels of one module: a phone reads it from an arm's length on a screen of 640×400. */
const scale = 6
/** Modules of white around it (ISO/IEC 18004 §5.3.8). */
const margin = 4
/** As wide as the smallest screen that shows pictures; iPXE puts it in the middle. */
const width = 620

/**
 * A QR code of a text as a PNG (RFC 2083), at the right of a black picture: the text of the screen has its place at the
 * left. @throws when the text is longer than a code of that width holds, some 200 characters
 */
export function qrPicture(text: string): Buffer {
  const { data, size } = encode(text, { ecc: 'M', border: margin })
  const left = width - size * scale
  if (left < width / 4) throw new Error(`a QR code of ${text.length} characters is too large for a screen`)
  const rows = data.map((modules) => {
    const row = Buffer.alloc(1 + width)
    for (const [x, isBlack] of modules.entries())
      row.fill(isBlack ? 0 : 0xff, 1 + left + x * scale, 1 + left + (x + 1) * scale)
    return row
  })
  const pixels = rows.flatMap((row) => Array.from({ length: scale }, () => row))
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(size * scale, 4)
  head.set([8, 0, 0, 0, 0], 8) // 8 bits of grey
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.concat(pixels))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, body: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length)
  check.writeUInt32BE(crc32(content))
  return Buffer.concat([length, content, check])
}
