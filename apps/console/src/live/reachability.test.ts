import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reachability } from './reachability.ts'

test('who is away is so since it was last heard, however often it is asked', () => {
  let at = 1
  const reachability = new Reachability(() => new Date(at))
  const seen: (number | undefined)[] = []
  reachability.watch(() => seen.push(reachability.lostSince?.getTime()))
  reachability.heard()
  at = 2
  reachability.heard()
  for (at = 3; at < 6; at += 1) reachability.missed()
  reachability.heard()
  reachability.missed()
  assert.deepEqual(seen, [2, undefined, 6])
})

test('who was never heard is away since it was asked', () => {
  const reachability = new Reachability(() => new Date(7))
  reachability.missed()
  assert.equal(reachability.lostSince?.getTime(), 7)
})

test('who does not watch any more is told nothing', () => {
  const reachability = new Reachability()
  let told = 0
  reachability.watch(() => {
    told += 1
  })()
  reachability.missed()
  assert.equal(told, 0)
})
