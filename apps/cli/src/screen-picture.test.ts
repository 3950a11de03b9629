import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { pngOfPpm } from './screen-picture.ts'

const ppm = (width: number, height: number, bytes: Uint8Array) =>
  Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), bytes])
const enough = 1024 * 1024

/** The points of such a PNG: 8 bits, red, green and blue, rows as they are or as differences. */
function pointsOf(png: Buffer) {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const rows = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)))
  const points = Buffer.alloc(width * height * 3)
  for (let at = 0; at < points.length; at += 1) {
    const [row, column] = [Math.floor(at / (width * 3)), at % (width * 3)]
    const before = rows[row * (width * 3 + 1)] === 1 && column >= 3 ? (points[at - 3] ?? 0) : 0
    points[at] = (rows[row * (width * 3 + 1) + 1 + column] ?? 0) + before
  }
  return { width, height, points }
}

test('a screen is the same as PNG, whatever is on it', () => {
  const slope = Buffer.from(Array.from({ length: 64 * 48 * 3 }, (_, n) => (n * 5) % 256))
  for (const points of [Buffer.alloc(64 * 48 * 3, 7), slope, randomBytes(64 * 48 * 3)]) {
    const png = pngOfPpm(ppm(64, 48, points), enough)
    assert.deepEqual(pointsOf(png ?? Buffer.alloc(0)), { width: 64, height: 48, points })
  }
})

test('a picture that would be too large is halved until it is not: each point the middle of four', () => {
  const noise = randomBytes(60 * 40 * 3)
  const png = pngOfPpm(ppm(60, 40, noise), 4_000) ?? Buffer.alloc(0)
  assert.ok(png.length <= 4_000)
  const { width, height, points } = pointsOf(png)
  assert.deepEqual([width, height], [30, 20])
  const four = [0, 3, 180, 183].map((at) => noise[at] ?? 0)
  assert.equal(points[0], four.reduce((sum, one) => sum + one, 0) >> 2)
  assert.equal(pngOfPpm(ppm(60, 40, noise), 10), undefined)
})

for (const [what, bytes] of [
  ['nothing', Buffer.alloc(0)],
  ['half of one', ppm(4, 4, Buffer.alloc(24))],
  ['more than one', ppm(1, 1, Buffer.alloc(4))],
  ['no points', ppm(0, 0, Buffer.alloc(0))],
  ['another format', Buffer.from('P5\n1 1\n255\n\0')],
  ['an error', Buffer.from('could not open')],
] as const)
  test(`no screen: ${what}`, () => assert.equal(pngOfPpm(bytes, enough), undefined))
