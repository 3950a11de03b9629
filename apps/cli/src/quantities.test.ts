import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agoText, bytesIn, countText, durationText, secondsIn, sizeText, spanText } from './quantities.ts'

const sizes: readonly (readonly [number, string])[] = [
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [8_598_323, '8.2 MiB'],
  [134_217_728, '128 MiB'],
  [1_073_700_000, '1.0 GiB'],
  [2 ** 50, '1024 TiB'],
]
for (const [bytes, text] of sizes)
  test(`${bytes} bytes are ${text}`, () => assert.equal(sizeText(bytes), text))

const durations: readonly (readonly [number, string])[] = [
  [0, '0:00'],
  [3.2, '0:04'],
  [59.5, '1:00'],
  [750, '12:30'],
  [11_100, '3:05:00'],
]
for (const [seconds, text] of durations) {
  test(`${seconds} seconds are ${text}`, () => assert.equal(durationText(seconds), text))
}

const now = Date.parse('2026-11-23T12:00:00Z')
const ages: readonly (readonly [string | undefined, string])[] = [
  [undefined, '-'],
  ['2026-11-23T11:59:30Z', 'just now'],
  ['2026-11-23T12:00:20Z', 'just now'],
  ['2026-11-23T11:55:00Z', '5 min ago'],
  ['2026-11-23T09:00:00Z', '3 h ago'],
  ['2026-11-22T09:00:00Z', 'yesterday'],
  ['2026-11-20T12:00:00Z', '3 days ago'],
  ['2026-05-02T12:00:00Z', '2026-05-02'],
]
for (const [time, text] of ages) {
  test(`${time} is ${text}`, () => assert.equal(agoText(time, now), text))
}

test('one machine, two machines', () => {
  assert.equal(countText(1, 'machine'), '1 machine')
  assert.equal(countText(2, 'machine'), '2 machines')
})

test('a time is written with its unit, and nothing else is one', () => {
  assert.deepEqual(['45s', '30m', '4h', '90d'].map(secondsIn), [45, 1800, 14_400, 7_776_000])
  for (const text of ['', '4', 'h', '0h', '4 h', '-4h', '4.5h', '4w', '99999999d'])
    assert.equal(secondsIn(text), undefined, text)
})

const amounts: readonly (readonly [string, number | undefined])[] = [
  ['200GB', 200e9],
  ['1.5 TiB', 1.5 * 2 ** 40],
  ['100Mbit', 12.5e6],
  ['7B', 7],
  ['0.001kB', 1],
  ['10kbit', 1250],
  ['12kiB', undefined],
  ['200', undefined],
  ['-1GB', undefined],
  ['1e9GB', undefined],
  ['GB', undefined],
  ['200gb', undefined],
]
for (const [text, bytes] of amounts) {
  test(`${text} is ${bytes ?? 'no size'}`, () => assert.equal(bytesIn(text), bytes))
}

const spans: readonly (readonly [number, string])[] = [
  [604_800, '7 days'],
  [86_400, '24 hours'],
  [90_000, '25 hours'],
  [3_600, '1 hour'],
  [5_400, '90 minutes'],
  [0, '0 minutes'],
]
for (const [seconds, text] of spans) {
  test(`${seconds} seconds are ${text}`, () => assert.equal(spanText(seconds), text))
}
