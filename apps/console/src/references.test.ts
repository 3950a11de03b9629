import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partsOf, referenceOf, releaseNow, usualOf } from './references.ts'

test('a reference comes apart and together again', () => {
  for (const reference of ['demo', 'demo@testing', 'demo@3']) {
    const { image, follows } = partsOf(reference)
    assert.equal(referenceOf(image, follows), reference)
  }
  assert.equal(referenceOf('demo', 'stable'), 'demo')
})

test('what is followed when nobody said is the usual channel, else another, else the newest release', () => {
  const stable = { name: 'stable', number: 2 }
  const testing = { name: 'testing', number: 3 }
  assert.equal(usualOf({ channels: [testing, stable], newest: { number: 3 } }), 'stable')
  assert.equal(usualOf({ channels: [testing], newest: { number: 3 } }), 'testing')
  assert.equal(usualOf({ channels: [], newest: { number: 3 } }), '3')
  assert.equal(usualOf({ channels: [] }), undefined)
  assert.deepEqual(
    [releaseNow('stable', [stable]), releaseNow('7', [stable]), releaseNow('none', [stable])],
    [2, 7, undefined],
  )
})
