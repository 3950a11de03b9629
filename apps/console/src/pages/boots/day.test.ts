import assert from 'node:assert/strict'
import { test } from 'node:test'
import { barsOf, beginOfDay, busiest, type HourOfDay, heightOf } from './day.ts'

const day = beginOfDay(new Date('2026-11-26T12:34:56Z'))
const hour = (n: number, boots: number): HourOfDay => ({
  at: new Date(day.getTime() + n * 3_600_000).toISOString(),
  ...{ boots, succeeded: 0, failed: 0, bytes: 0, siteBytes: 0 },
})

test('a day has all its hours, also those to come; what is not of it is left out', () => {
  const bars = barsOf([hour(-1, 9), hour(0, 1), hour(2, 5)], day, ({ boots }) => [boots])
  assert.equal(bars.length, 24)
  assert.deepEqual(bars.slice(0, 4).map(heightOf), [1, 0, 5, 0])
  assert.equal(busiest(bars), bars[2])
})

test('where nothing happened no hour is the busiest', () => {
  assert.equal(busiest(barsOf([], day, () => [1])), undefined)
})
