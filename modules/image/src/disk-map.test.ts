import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ByteSource, bufferSource } from './byte-source.ts'
import { type DiskMap, diskMap, diskMapText, diskSegmentSize, parseDiskMap } from './disk-map.ts'
import { Unreadable } from './tree.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test('segments of zeros are left out, the others carry their digest, the last one is short', async () => {
  const image = Buffer.alloc(3 * diskSegmentSize + 1024)
  image[510] = 0x55
  image[image.length - 1] = 1
  const seen: number[] = []
  const text = await diskMap(bufferSource(image), (bytes) => seen.push(bytes))
  assert.equal(
    text,
    `bootcast-disk-map 1 12583936 4194304 ${sha256(image)}
0 4194304 ${sha256(image.subarray(0, diskSegmentSize))}
12582912 1024 ${sha256(image.subarray(3 * diskSegmentSize))}
`,
  )
  assert.deepEqual(seen, [4194304, 8388608, 12582912, 12583936])
  assert.deepEqual(diskMapText(parseDiskMap(text)), text)
})

test('an image of zeros has a map without segments', async () => {
  const map = parseDiskMap(await diskMap(bufferSource(Buffer.alloc(1024))))
  assert.deepEqual(map.segments, [])
  assert.equal(map.size, 1024)
})

test('what is no whole disk is refused before it is read', async () => {
  const unread = (size: number): ByteSource => ({ size, read: () => assert.fail('it was read') })
  for (const size of [0, 511, 513, 3 * 2 ** 40]) await assert.rejects(diskMap(unread(size)), Unreadable)
})

const digest = 'a'.repeat(64)
const head = `bootcast-disk-map 1 8389632 4194304 ${digest}\n`
const wrong: readonly (readonly [why: string, text: string, words: RegExp])[] = [
  ['nothing', '', /cut/],
  ['another file', '#!ipxe\n', /no disk map/],
  ['a later version', 'bootcast-disk-map 2 1024 4194304 -\n', /version "2"/],
  ['no end of the last line', head.trimEnd(), /cut/],
  ['a size of 4 PiB', 'bootcast-disk-map 1 4503599627370496 4194304 -\n', /first line|1 byte to/],
  ['half a sector', 'bootcast-disk-map 1 1000 4194304 -\n', /sectors/],
  ['another segment size', 'bootcast-disk-map 1 1024 1 -\n', /first line/],
  ['a size in hexadecimal', 'bootcast-disk-map 1 0x400 4194304 -\n', /first line/],
  ['an offset between segments', `${head}512 4194304 ${digest}\n`, /Line 2/],
  ['a short segment in the middle', `${head}0 512 ${digest}\n`, /Line 2/],
  ['a segment beyond the end', `${head}12582912 4194304 ${digest}\n`, /Line 2/],
  [
    'a segment at the end of 0 bytes',
    `bootcast-disk-map 1 4194304 4194304 -\n4194304 0 ${digest}\n`,
    /Line 2/,
  ],
  ['descending order', `${head}4194304 4194304 ${digest}\n0 4194304 ${digest}\n`, /Line 3/],
  ['one segment twice', `${head}0 4194304 ${digest}\n0 4194304 ${digest}\n`, /Line 3/],
  ['a negative offset', `${head}-4194304 4194304 ${digest}\n`, /Line 2/],
  ['no digest', `${head}0 4194304 -\n`, /Line 2/],
  ['a word too many', `${head}0 4194304 ${digest} x\n`, /Line 2/],
  ['more lines than the disk has', head + `0 4194304 ${digest}\n`.repeat(4), /4 segments/],
]
for (const [why, text, words] of wrong) {
  test(`a map is refused for ${why}`, () => {
    assert.throws(
      () => parseDiskMap(text),
      (error: Error) => error instanceof Unreadable && words.test(error.message),
    )
  })
}

test('every map that is written is read back the same', () => {
  const maps = fc
    .record({
      sectors: fc.integer({ min: 1, max: 40_000 }),
      picks: fc.array(fc.boolean(), { maxLength: 8 }),
      known: fc.boolean(),
    })
    .map(({ sectors, picks, known }): DiskMap => {
      const size = sectors * 512
      const segments = picks.flatMap((picked, index) => {
        const offset = index * diskSegmentSize
        const length = Math.min(diskSegmentSize, size - offset)
        return picked && length > 0 ? [{ offset, length, sha256: digest }] : []
      })
      return { size, segmentSize: diskSegmentSize, segments, ...(known ? { sha256: digest } : {}) }
    })
  fc.assert(fc.property(maps, (map) => assert.deepEqual(parseDiskMap(diskMapText(map)), map)))
})

test('no text makes the parser fail in any other way than with Unreadable', () => {
  const part = fc.constantFrom(head.trimEnd(), `0 4194304 ${digest}`, '0', ' ', '-', '9'.repeat(400), 'NaN')
  const text = fc.array(fc.oneof(part, fc.string()), { maxLength: 6 }).map((parts) => parts.join('\n'))
  fc.assert(
    fc.property(text, (input) => {
      try {
        parseDiskMap(input)
      } catch (error) {
        assert.ok(error instanceof Unreadable, String(error))
      }
    }),
  )
})
