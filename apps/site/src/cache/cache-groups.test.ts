import assert from 'node:assert/strict'
import { test } from 'node:test'
import { someSnapshot } from '@bootcast/uplink/testing/some-snapshot'
import { someDigest, someRelease } from '../../testing/some-release.ts'
import { cacheGroups, looseGroup, pinnedReleases } from './cache-groups.ts'
import { ReleaseBook } from './release-book.ts'

test('a release is kept as a whole, with its chunk maps', () => {
  const book = new ReleaseBook()
  const large = { digest: someDigest(99), size: 1, chunkMap: someDigest(98) }
  book.know(someRelease('demo', 1, 10, [large]))
  assert.deepEqual(cacheGroups(book, undefined), [
    { name: 'demo@1', blobs: [10, 11, 99, 98].map(someDigest), isPinned: false },
    { name: looseGroup, blobs: [], isPinned: false },
  ])
})

test('what machines are assigned to and what is pinned stays, as the snapshot says what that means', () => {
  const snapshot = someSnapshot(2)
  const [first, second] = snapshot.machines
  assert.ok(first && second)
  const references = { demo: 'demo@3', 'demo@stable': 'demo@2', 'demo@testing': 'demo@4' }
  const machines = [first, { ...second, nextImage: 'demo@testing', image: 'not-permitted-here' }]
  const pinned = pinnedReleases({ ...snapshot, references, machines })
  assert.deepEqual([...pinned].sort(), ['demo@2', 'demo@3', 'demo@4'])
  assert.deepEqual([...pinnedReleases({ ...snapshot, references: {} })], [])
  assert.deepEqual([...pinnedReleases(undefined)], [])
})

test('what belongs to no release, the deploy environment, is in a group as well', () => {
  const book = new ReleaseBook()
  const digest = someDigest(7)
  book.knowFile({ digest, size: 5, location: { blob: digest, offset: 0, size: 5 } })
  assert.deepEqual(cacheGroups(book, undefined), [{ name: looseGroup, blobs: [digest], isPinned: false }])
})
