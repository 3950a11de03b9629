import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WholeRelease } from '@bootcast/catalogue'
import { siteFolder } from '../../testing/site-folder.ts'
import { someDigest, someRelease } from '../../testing/some-release.ts'
import { SqliteReleaseStore } from '../kept/sqlite-release-store.ts'
import { nameOf, ReleaseBook, type ReleaseStore } from './release-book.ts'

const namesIn = (book: ReleaseBook) => [...book.all()].map(nameOf)
const many = (count: number, from = 1) =>
  Array.from({ length: count }, (_, n) => someRelease('demo', from + n))

test('what a release has is found by its digests', () => {
  const book = new ReleaseBook()
  book.know(someRelease('demo', 1))
  assert.deepEqual(book.fileAt(someDigest(10)), { size: 1000, blob: someDigest(10), offset: 0 })
  assert.equal(book.blob(someDigest(11))?.image, 'demo')
  assert.equal(book.fileAt(someDigest(12)), undefined)
  assert.equal(book.hasTree(someDigest(10)), false)
})

test('a release stays when the snapshot has it no more, and the next process knows it', (t) => {
  const { open } = siteFolder(t)
  const database = open()
  const book = new ReleaseBook(new SqliteReleaseStore(database))
  book.follow([someRelease('demo', 1), someRelease('demo', 2)])
  book.follow([someRelease('demo', 2)])
  const after = new ReleaseBook(new SqliteReleaseStore(database))
  assert.deepEqual(namesIn(after).sort(), ['demo@1', 'demo@2'])
  assert.deepEqual(after.find('demo@1'), someRelease('demo', 1))
})

test('a row that nobody can read is left out', (t) => {
  const database = siteFolder(t).open()
  const store = new SqliteReleaseStore(database)
  store.keep(someRelease('demo', 1))
  for (const text of ['{', '{"image":"demo"}', 'null'])
    database.sqlite.prepare('INSERT INTO releases VALUES (?, 0, ?)').run(text, text)
  assert.deepEqual(store.load(), [someRelease('demo', 1)])
})

test('beside those of the snapshot 500 are remembered, however many the snapshot had before', () => {
  const forgotten: string[] = []
  const store: ReleaseStore = {
    load: () => [],
    keep: () => undefined,
    forget: (name) => forgotten.push(name),
  }
  const book = new ReleaseBook(store)
  book.follow(many(700))
  assert.equal(namesIn(book).length, 700)
  book.know(someRelease('demo', 300))
  book.follow([someRelease('other', 1)])
  assert.equal(namesIn(book).length, 501)
  assert.equal(forgotten.length, 200)
  // The one that was told again is younger than those before and behind it.
  assert.ok(book.find('demo@300') !== undefined && book.find('demo@200') === undefined)
  assert.equal(book.blob(someDigest(2000)), undefined)
  assert.equal(book.fileAt(someDigest(2000)), undefined)
  assert.ok(book.fileAt(someDigest(3000)))
})

test('a disk that keeps nothing is told of, and keeps nobody from knowing a release', () => {
  const full = () => {
    throw new Error('database or disk is full')
  }
  const troubles: unknown[] = []
  const book = new ReleaseBook({ load: () => [], keep: full, forget: full }, (error) => troubles.push(error))
  book.follow(many(2))
  assert.deepEqual(namesIn(book), ['demo@1', 'demo@2'])
  assert.equal(troubles.length, 2)
})

test('what a blob is compared with: the same image first, of that the newest', () => {
  const withMap = (image: string, number: number): WholeRelease =>
    someRelease(image, number, number * 10, [
      { digest: someDigest(1000 + number), size: 1, chunkMap: someDigest(2000 + number) },
    ])
  const book = new ReleaseBook()
  for (const release of [withMap('demo', 1), withMap('other', 2), withMap('demo', 3), withMap('demo', 4)])
    book.know(release)
  assert.deepEqual(
    book.basesOf(someDigest(1004)).map(({ digest }) => digest),
    [1003, 1001, 1002].map(someDigest),
  )
})

test('files beside those of releases are known, a hundred of them', () => {
  const book = new ReleaseBook()
  const loose = (n: number) => {
    const digest = someDigest(n)
    return { digest, size: 5, location: { blob: digest, offset: 0, size: 5 } }
  }
  for (let n = 0; n < 150; n += 1) book.knowFile(loose(n))
  assert.equal(book.looseBlobs().length, 100)
  assert.equal(book.blob(someDigest(0)), undefined)
  assert.deepEqual(book.blob(someDigest(149)), { digest: someDigest(149), size: 5, image: undefined })
})
