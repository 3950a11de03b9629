import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace } from './pace.ts'

test('the rate is that of the last seconds, and tells how long the rest takes', () => {
  const pace = new Pace()
  pace.at(0, 0)
  assert.equal(pace.rate, undefined)
  for (let second = 1; second <= 20; second++) pace.at(second * 100, second * 1000)
  assert.equal(pace.rate, 100)
  for (let second = 21; second <= 40; second++) pace.at(2000 + (second - 20) * 50, second * 1000)
  assert.equal(pace.rate, 50)
  assert.equal(pace.left(4000), 20_000)
})

test('what begins anew has no rate of before, and what stands still no end', () => {
  const pace = new Pace()
  pace.at(1000, 0)
  pace.at(2000, 1000)
  pace.at(10, 2000)
  assert.equal(pace.rate, undefined)
  pace.at(10, 3000)
  assert.deepEqual([pace.rate, pace.left(100)], [0, undefined])
})
