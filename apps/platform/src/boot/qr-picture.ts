import { crc32, deflateSync } from 'node:zlib'
import { encode } from 'uqr'

/** Pixels of one module: a phone reads it from a metre on a 1024×768 screen. */
const scale = 8
/** Modules of white around it (ISO/IEC 18004 §5.3.8). */
const margin = 4

/** A QR code of a text as a PNG (RFC 2083), black on white; some 350 pixels wide for an address. */
export function qrPicture(text: string): Buffer {
  const { data, size } = encode(text, { ecc: 'M', border: margin })
  const width = size * scale
  const rows = data.map((modules) => {
    const row = Buffer.alloc(1 + width, 0xff)
    row[0] = 0
    for (const [x, isBlack] of modules.entries()) if (isBlack) row.fill(0, 1 + x * scale, 1 + (x + 1) * scale)
    return row
  })
  const pixels = rows.flatMap((row) => Array.from({ length: scale }, () => row))
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(width, 4)
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
