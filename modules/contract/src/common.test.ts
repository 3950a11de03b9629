import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digestSchema, fileNameSchema, imageNameSchema, macSchema } from './common.ts'

for (const spelling of ['52:54:00:AB:cd:EF', '52-54-00-ab-cd-ef', '525400abcdef', '5254.00ab.cdef']) {
  test(`the hardware address ${spelling} comes out in one spelling`, () => {
    assert.equal(macSchema.parse(spelling), '52:54:00:ab:cd:ef')
  })
}

const hostile = [
  '',
  ' ',
  '../x',
  'a/b',
  'a b',
  'ü',
  '${mac}',
  'a\nb',
  'a"b',
  "a'b",
  'a;b',
  '.hidden',
  '-rf',
  'a'.repeat(10_000),
  'a\0',
]
for (const [what, schema] of Object.entries({ imageNameSchema, fileNameSchema, macSchema, digestSchema })) {
  test(`${what} refuses hostile names`, () => {
    for (const name of hostile) assert.equal(schema.safeParse(name).success, false, JSON.stringify(name))
  })
}

test('image names are lower case, file names need not be', () => {
  assert.equal(imageNameSchema.safeParse('Debian').success, false)
  assert.ok(fileNameSchema.safeParse('initrd.img-6.1.0-44+deb12~1').success)
})
