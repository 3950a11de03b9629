import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BlobCorrupt, type CachingStore, digestOf } from '@bootcast/content'
import { ReleaseBook } from './release-book.ts'
import { SiteBlobs } from './site-blobs.ts'

const digest = digestOf(Buffer.from('kernel'))

/** A cache that has the blob until `check` finds it damaged. */
function scene(check: (remove: () => void) => void) {
  const here = new Set([digest])
  const opened: string[] = []
  const book = new ReleaseBook()
  book.knowFile({ digest, location: { blob: digest, offset: 0, size: 6 }, size: 6 })
  const open = async () => {
    opened.push(here.has(digest) ? 'kept' : 'fetched')
    return { digest, size: 6, path: '/kernel' }
  }
  const blobs = new SiteBlobs({
    cache: { open } as unknown as CachingStore,
    book,
    isHere: (one) => here.has(one),
    check: async () => check(() => here.delete(digest)),
  })
  return { blobs, opened }
}

test('what is found damaged is gone, and comes anew for who asked', async () => {
  const { blobs, opened } = scene((remove) => {
    remove()
    throw new BlobCorrupt(digest, digestOf(Buffer.from('other')))
  })
  assert.deepEqual(await blobs.fileOf(digest), { path: '/kernel' })
  assert.deepEqual(opened, ['fetched'])
})

test('what cannot be read now is not given out, and stays', async () => {
  const { blobs, opened } = scene(() => {
    throw new Error('EMFILE')
  })
  await assert.rejects(blobs.fileOf(digest), /EMFILE/)
  assert.deepEqual(opened, [])
})
