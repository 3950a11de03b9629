import { inflateSync } from 'node:zlib'

/** What a picture of a screen shows: its size, and which share of its points is not of the colour of most. */
export type Seen = { readonly width: number; readonly height: number; readonly share: number }

const bytesOfHead = 33

/** Of a PNG as `bootcast image test` makes it: red, green and blue, one IDAT, rows as they are or as differences. */
export function seenOn(png: Buffer): Seen {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const data = png.subarray(bytesOfHead + 8, bytesOfHead + 8 + png.readUInt32BE(bytesOfHead))
  const rows = inflateSync(data)
  const counts = new Map<number, number>()
  for (let y = 0; y < height; y += 1)
    for (const colour of coloursOf(rows.subarray(y * (width * 3 + 1), (y + 1) * (width * 3 + 1))))
      counts.set(colour, (counts.get(colour) ?? 0) + 1)
  return { width, height, share: 1 - Math.max(...counts.values()) / (width * height) }
}

function* coloursOf(row: Buffer): Generator<number> {
  const isDifference = row[0] === 1
  for (let at = 1; at < row.length; at += 3) {
    if (isDifference && at > 1)
      for (let colour = at; colour < at + 3; colour += 1)
        row[colour] = (row[colour] ?? 0) + (row[colour - 3] ?? 0)
    yield row.readUIntBE(at, 3)
  }
}
