import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { updateCost, type WholeRelease } from '@bootcast/catalogue'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import { type Digest, MemoryStore, parseDigest } from '@bootcast/content'
import { cacheTrial, chunkMapOf } from '@bootcast/content/testing/cache-trial'
import { nameOf, ReleaseBook } from './release-book.ts'
import { SiteBlobs } from './site-blobs.ts'

type Trial = Awaited<ReturnType<typeof cacheTrial>>
type File = { readonly name: string; readonly bytes: Buffer; readonly hasMap: boolean }

/** A release at the upstream, and its chunk maps where the platform has them. */
async function published(trial: Trial, maps: MemoryStore, number: number, files: readonly File[]) {
  const blobs = await Promise.all(
    files.map(async ({ bytes, hasMap }) => {
      const { digest, options } = trial.publish(bytes)
      if (!hasMap) return [{ digest, size: bytes.length }]
      const map = chunkMapOf(bytes)
      await maps.put(Readable.from([map]))
      return [
        { digest, size: bytes.length, chunkMap: options.chunkMap },
        { digest: options.chunkMap, size: map.length },
      ]
    }),
  )
  const parts = files.map(({ name }, index) => ({ name, digest: '', size: 0, ...blobs[index]?.[0] }))
  const [kernel = { name: '', digest: '', size: 0 }, ...initrds] = parts
  const { channel: _, ...release } = linuxRelease({ kernel, initrds })
  const sorted = blobs.flat().toSorted((a, b) => (a.digest < b.digest ? -1 : 1))
  return { ...release, number, blobs: sorted } satisfies WholeRelease
}

/** A site's blobs as they are at a site: its book, its cache, its upstream. */
function siteOf({ store }: Trial) {
  const here = new Set<Digest>()
  const book = new ReleaseBook()
  const blobs = new SiteBlobs({
    cache: store,
    book,
    isHere: (digest) => here.has(digest),
    check: async () => undefined,
  })
  const warm = async (release: WholeRelease): Promise<number> => {
    book.know(release)
    const before = store.counts.fetchedBytes
    for (const { digest: text } of release.blobs) {
      const digest = parseDigest(text)
      assert.ok(digest)
      await blobs.fetch(digest, {})
      here.add(digest)
    }
    return store.counts.fetchedBytes - before
  }
  return { warm }
}

test('what an update is said to cost is what a site that has the older release fetches, to the byte', async (t) => {
  const trial = await cacheTrial(t)
  const maps = new MemoryStore()
  const [kernel, initrd, extra] = [randomBytes(900_000), randomBytes(2_500_000), randomBytes(300_000)]
  const edited = Buffer.concat([randomBytes(7), initrd.subarray(0, 1_500_000), randomBytes(100_000)])
  const file = (name: string, bytes: Buffer, hasMap = true) => ({ name, bytes, hasMap })
  const first = await published(trial, maps, 1, [
    file('vmlinuz', kernel),
    file('initrd.gz', initrd),
    file('more.gz', extra, false),
  ])
  const second = await published(trial, maps, 2, [
    file('vmlinuz', kernel),
    file('initrd.gz', edited),
    file('debug.gz', Buffer.concat([edited, initrd.subarray(1_600_000)])),
    file('more.gz', Buffer.concat([extra, extra]), false),
  ])
  const { warm } = siteOf(trial)
  for (const [next, base] of [
    [first, undefined],
    [second, first],
  ] as const) {
    const { fetched } = await updateCost(next, base, maps)
    assert.equal(await warm(next), fetched, nameOf(next))
    assert.ok(fetched > 600_000)
  }
  const again = await updateCost(second, first, maps)
  assert.ok(again.fetched < again.size / 3, `${again.fetched} of ${again.size}`)
})
