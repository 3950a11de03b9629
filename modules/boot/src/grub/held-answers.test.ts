import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeldAnswers } from './held-answers.ts'

test('an answer is held for one taker, and the newest counts', () => {
  const held = new HeldAnswers()
  held.hold('q', 'old')
  held.hold('q', 'new')
  assert.equal(held.take('q'), 'new')
  assert.equal(held.take('q'), undefined)
})

test('no more than a thousand are held; the oldest goes first', () => {
  const held = new HeldAnswers()
  for (let index = 0; index < 1100; index += 1) held.hold(String(index), 'x')
  assert.equal(held.take('0'), undefined)
  assert.equal(held.take('1099'), 'x')
  const left = Array.from({ length: 1100 }, (_, index) => held.take(String(index)))
  assert.ok(left.filter((text) => text !== undefined).length <= 1024)
})

test('what nobody came for is forgotten', (t) => {
  t.mock.method(performance, 'now', () => now)
  let now = 0
  const held = new HeldAnswers()
  held.hold('q', 'x')
  now = 10_001
  assert.equal(held.take('q'), undefined)
})
