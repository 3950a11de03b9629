import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesIn, exactBytes, exactSpan, rateIn, secondsIn, spanText } from './quantities.ts'

test('sizes and rates are read as people write them', () => {
  assert.deepEqual(
    ['200GB', ' 1.5 TiB', '100Mbit', '1.001 GB', '0 B', '12', '1e9 B', '-1 GB', '5 GB/s', ''].map(bytesIn),
    [200e9, 1.5 * 2 ** 40, 12.5e6, 1_001_000_000, 0, ...Array(5).fill(undefined)],
  )
  assert.deepEqual(['50MB/s', '100 Mbit/s', '50 MB'].map(rateIn), [50e6, 12.5e6, undefined])
})

test('what is shown of a size or a span is read as the same', () => {
  const sizes = [0, 1, 999, 1000, 1500, 1_234_567, 200e9, 2 ** 40, 1_000_000_000_001, Number.MAX_SAFE_INTEGER]
  for (const size of sizes) assert.equal(bytesIn(exactBytes(size)), size, exactBytes(size))
  for (let size = 1; size < 1e15; size = size * 3 + 1) assert.equal(bytesIn(exactBytes(size)), size)
  for (let span = 1; span <= 366 * 86_400; span += 60 * span + 59)
    assert.equal(secondsIn(exactSpan(span)), span)
  assert.deepEqual(
    [exactBytes(200e9), exactBytes(1500), exactBytes(1_234_567)],
    ['200 GB', '1.5 kB', '1234.567 kB'],
  )
})

test('spans are said in the largest unit that is whole', () => {
  assert.deepEqual([604_800, 3600, 5400, 45, 0].map(spanText), [
    '7 days',
    '1 hour',
    '90 minutes',
    '45 seconds',
    '0 seconds',
  ])
})
