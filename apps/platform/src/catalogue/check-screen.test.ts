import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chunk, header, madeScreen, pngSignature } from '../../testing/made-screen.ts'
import { checkScreen, sizeOfScreen } from './check-screen.ts'

const points = chunk('IDAT', Buffer.from([1, 2, 3]))
const end = chunk('IEND')
const pngOf = (...parts: readonly Uint8Array[]) => Buffer.concat([pngSignature, ...parts])
const small = madeScreen(40, 24)

test('a PNG is kept, and its size is known', () => {
  for (const [width, height] of [
    [1, 1],
    [720, 400],
    [4096, 4096],
  ] as const) {
    const bytes = pngOf(header(width, height), chunk('tEXt'), points, points, end)
    checkScreen(bytes)
    assert.deepEqual(sizeOfScreen(bytes), { width, height })
  }
  checkScreen(small)
})

const refused: readonly (readonly [string, Buffer, RegExp])[] = [
  ['nothing', Buffer.alloc(0), /does not begin/],
  ['a page', Buffer.from('<html><script>alert(1)</script>'), /does not begin/],
  ['a drawing with scripts', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>'), /begin/],
  ['a signature alone', pngSignature, /its end is missing/],
  ['no header', pngOf(points, end), /its header is missing/],
  ['a short header', pngOf(chunk('IHDR', Buffer.alloc(12)), points, end), /its header is missing/],
  ['nothing to see', pngOf(header(1, 1), end), /nothing is in it/],
  ['no end', pngOf(header(1, 1), points), /its end is missing/],
  ['a page behind its end', pngOf(header(1, 1), points, end, Buffer.from('<html>')), /after its end/],
  ['another picture behind its end', Buffer.concat([small, small]), /after its end/],
  ['no width', pngOf(header(0, 1), points, end), /it has 0 × 1 points/],
  ['no height', pngOf(header(1, 0), points, end), /it has 1 × 0 points/],
  [
    'a row of four thousand million points',
    pngOf(header(2 ** 32 - 1, 1), points, end),
    /4294967295 × 1 points/,
  ],
  ['one row too many', pngOf(header(1, 4097), points, end), /1 × 4097 points/],
  ['three bits of colour', pngOf(header(1, 1, [3, 2, 0, 0, 0]), points, end), /no kind that there is/],
  ['a colour that there is not', pngOf(header(1, 1, [8, 5, 0, 0, 0]), points, end), /no kind that there is/],
  ['another compression', pngOf(header(1, 1, [8, 2, 1, 0, 0]), points, end), /no kind that there is/],
  ['another filter', pngOf(header(1, 1, [8, 2, 0, 1, 0]), points, end), /no kind that there is/],
  ['another interlace', pngOf(header(1, 1, [8, 2, 0, 0, 2]), points, end), /no kind that there is/],
  [
    'a chunk longer than all',
    pngOf(header(1, 1), Buffer.from('ffffffff4944415400000000', 'hex')),
    /end is missing/,
  ],
]
for (const [what, bytes, why] of refused)
  test(`no picture of a screen: ${what}`, () => {
    assert.throws(() => checkScreen(bytes), { code: 'not_a_screen', message: why })
  })

test('a PNG that lacks its end, or in which one byte is another, is refused', () => {
  const place = fc.nat({ max: small.length - 1 })
  fc.assert(
    fc.property(place, fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(small)
      changed.writeUInt8(changed.readUInt8(at) ^ change, at)
      assert.throws(() => checkScreen(changed), { code: 'not_a_screen' })
      assert.throws(() => checkScreen(small.subarray(0, at)), { code: 'not_a_screen' })
    }),
  )
})

test('no bytes make the check fail in another way', () => {
  const rest = fc.uint8Array({ maxLength: 200 })
  fc.assert(
    fc.property(rest, (bytes) => {
      for (const all of [Buffer.from(bytes), pngOf(bytes), pngOf(header(1, 1), bytes)])
        assert.throws(() => checkScreen(all), { code: 'not_a_screen' })
    }),
  )
})
