import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Channel, Followers, ImageDetail } from '@bootcast/contract'
import { bootedBefore, followersOf, isNobody, usesOf } from './who-boots.ts'

const at = '2026-01-01T00:00:00.000Z'
const channel = (name: string, number: number, previous?: number): Channel => ({
  name,
  number,
  movedAt: at,
  movedBy: 'ann',
  ...(previous !== undefined && { previous }),
})
const counts = { machines: 0, nextBoots: 0, openings: 0, isDefault: false }
const image = (channels: Channel[], followers: Followers[]): ImageDetail => ({
  name: 'demo',
  createdAt: at,
  isDefault: false,
  machines: 0,
  channels,
  followers,
  releases: [],
  newest: { image: 'demo', number: 9, size: 0, variants: [], createdAt: at, createdBy: 'ann' },
})

test('who names no channel follows the usual one, and no other', () => {
  const demo = image(
    [],
    [
      { ...counts, machines: 2 },
      { ...counts, follows: 'stable', machines: 3, openings: 1 },
      { ...counts, follows: 'testing', nextBoots: 1, isDefault: true },
    ],
  )
  assert.deepEqual(followersOf(demo, 'stable'), { ...counts, machines: 5, openings: 1 })
  assert.deepEqual(followersOf(demo, 'testing'), { ...counts, nextBoots: 1, isDefault: true })
  assert.ok(isNobody(followersOf(demo, 'edge')))
})

test('without the usual channel its followers boot the newest release; another channel that is new had none', () => {
  assert.equal(bootedBefore(image([], []), 'stable'), 9)
  assert.equal(bootedBefore(image([], []), 'testing'), undefined)
  assert.equal(bootedBefore(image([channel('stable', 3)], []), 'stable'), 3)
})

test('a release is used by channels that point to it or would roll back to it, and by who names its number', () => {
  const demo = image(
    [channel('stable', 3, 2), channel('testing', 3)],
    [{ ...counts, follows: '1', machines: 1 }],
  )
  assert.deepEqual(usesOf(demo, 3), [
    { kind: 'channel', channel: 'stable' },
    { kind: 'channel', channel: 'testing' },
  ])
  assert.deepEqual(usesOf(demo, 2), [{ kind: 'roll-back', channel: 'stable' }])
  assert.deepEqual(usesOf(demo, 1), [{ kind: 'followers' }])
  assert.deepEqual(usesOf(demo, 4), [])
})
