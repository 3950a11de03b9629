import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { requestedRange } from './range.ts'

type Row = readonly [header: string | undefined, size: number, answer: ReturnType<typeof requestedRange>]

const rows: readonly Row[] = [
  [undefined, 10, 'whole'],
  ['bytes=0-0', 10, { first: 0, last: 0 }],
  ['bytes=0-9', 10, { first: 0, last: 9 }],
  ['bytes=3-', 10, { first: 3, last: 9 }],
  ['bytes=3-99999999999999999999999999', 10, { first: 3, last: 9 }],
  ['bytes=-3', 10, { first: 7, last: 9 }],
  ['bytes=-99', 10, { first: 0, last: 9 }],
  ['Bytes=1-2', 10, { first: 1, last: 2 }],
  ['bytes= 1-2 ', 10, { first: 1, last: 2 }],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=10-11', 10, 'unsatisfiable'],
  ['bytes=99999999999999999999999999-', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=0-0', 0, 'unsatisfiable'],
  ['bytes=-1', 0, 'whole'],
  ['bytes=2-1', 10, 'whole'],
  ['bytes=0-1,4-5', 10, 'whole'],
  ['bytes=0-1,', 10, 'whole'],
  ['bytes=', 10, 'whole'],
  ['bytes=-', 10, 'whole'],
  ['bytes=--3', 10, 'whole'],
  ['bytes=1', 10, 'whole'],
  ['bytes=0x1-0x2', 10, 'whole'],
  ['bytes=1e1-', 10, 'whole'],
  ['bytes=+1-2', 10, 'whole'],
  ['bytes=١-٢', 10, 'whole'],
  ['bytes 0-1', 10, 'whole'],
  ['seconds=0-1', 10, 'whole'],
  ['', 10, 'whole'],
]

for (const [header, size, answer] of rows) {
  test(`Range ${header === undefined ? 'absent' : `"${header}"`} of ${size} bytes`, () => {
    assert.deepEqual(requestedRange(header, size), answer)
  })
}

test('whatever a client sends, the answer is inside of the file, or whole, or unsatisfiable', () => {
  const pieces = fc.constantFrom(
    'bytes=',
    'bytes',
    '=',
    '-',
    ',',
    ' ',
    '\t',
    '0',
    '1',
    '9',
    '18446744073709551616',
  )
  const header = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(pieces, fc.string())).map((parts) => parts.join('')),
  )
  const size = fc.oneof(fc.nat(20), fc.nat(Number.MAX_SAFE_INTEGER))
  const numRuns = Number(process.env['BOOTCAST_FUZZ_RUNS'] ?? 5000)
  fc.assert(
    fc.property(header, size, (text, bytes) => {
      const range = requestedRange(text, bytes)
      if (typeof range === 'string') return
      assert.ok(Number.isSafeInteger(range.first) && Number.isSafeInteger(range.last))
      assert.ok(0 <= range.first && range.first <= range.last && range.last < bytes)
    }),
    { numRuns },
  )
})

test('a range that is right comes back as it is', () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.nat(1e9), fc.nat(1e9), (a, b, more) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)]
      assert.deepEqual(requestedRange(`bytes=${first}-${last}`, last + 1 + more), { first, last })
    }),
  )
})

test('a header as long as Node takes is judged at once', () => {
  const before = process.cpuUsage()
  for (const piece of ['-', '1', ' ', '1-', '1-2,', '\t-'])
    for (let i = 0; i < 20; i++) requestedRange(`bytes=${piece.repeat(16_000 / piece.length)}`, 1e9)
  assert.ok(process.cpuUsage(before).user < 2_000_000, 'microseconds of this process')
})
