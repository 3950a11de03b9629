import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewRelease } from '@bootcast/catalogue'
import { type LinuxParts, linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import type { CatalogueStore } from '../src/catalogue/catalogue-store.ts'
import type { MachineStore } from '../src/machines/machine-store.ts'

export type CatalogueUnderTest = {
  readonly catalogue: CatalogueStore
  readonly machines: MachineStore
  /** Runs SQL that nothing of ours would. */
  readonly tamper: (sql: string) => Promise<void>
  readonly close: () => Promise<void>
}

const digest = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}`
const file = (name: string, n: number) => ({ name, digest: digest(n), size: 1000 + n })
const release = (image: string, more: Partial<LinuxParts> = {}): NewRelease =>
  linuxRelease({
    image,
    kernel: file('vmlinuz', 1),
    initrds: [file('initrd.img', 2), file('extra.img', 3)],
    cmdline: 'console=ttyS0',
    createdAt: 1_700_000_000_000,
    ...more,
  })
const made = ({ image, variants, createdAt, createdBy }: NewRelease, number: number) => ({
  image,
  number,
  variants,
  createdAt,
  createdBy,
})

/** What every CatalogueStore promises. */
export function catalogueStoreContract(name: string, open: () => Promise<CatalogueUnderTest>): void {
  const promise = (sentence: string, body: (under: CatalogueUnderTest) => Promise<void>) =>
    test(`${name}: ${sentence}`, async () => {
      const under = await open()
      try {
        await body(under)
      } finally {
        await under.close()
      }
    })

  promise('a release comes back as it was made, files in order', async ({ catalogue }) => {
    const one = await catalogue.addRelease(release('demo'))
    assert.deepEqual(one, made(release('demo'), 1))
    assert.deepEqual(await catalogue.findRelease('demo', 1), one)
  })

  promise(
    'whose signature was verified stays with the release, and nobody’s is nobody’s',
    async ({ catalogue }) => {
      const signedBy = { key: 'ab'.repeat(32), name: 'work' }
      const made = await catalogue.addRelease({ ...release('demo'), signedBy })
      assert.deepEqual(made.signedBy, signedBy)
      await catalogue.addRelease(release('demo'))
      assert.deepEqual(
        (await catalogue.releasesOf('demo')).map((one) => one.signedBy),
        [undefined, signedBy],
      )
      assert.deepEqual((await catalogue.findRelease('demo', 1)).signedBy, signedBy)
      assert.equal((await catalogue.findImage('demo')).newest?.signedBy, undefined)
    },
  )

  promise(
    'the release before is the next lower one that is there, of the same image',
    async ({ catalogue }) => {
      for (const image of ['demo', 'demo', 'other', 'demo', 'demo'])
        await catalogue.addRelease({ ...release(image), channel: undefined })
      await catalogue.removeRelease('demo', 2)
      const before = (number: number) => catalogue.numberBefore({ image: 'demo', number })
      assert.deepEqual(await Promise.all([4, 3, 1, 99].map(before)), [3, 1, undefined, 4])
      assert.equal(await catalogue.numberBefore({ image: 'other', number: 1 }), undefined)
    },
  )

  promise('numbers grow, newest first', async ({ catalogue }) => {
    for (let n = 0; n < 3; n++)
      await catalogue.addRelease(release('demo', { createdAt: 1_700_000_000_000 + n }))
    assert.deepEqual(
      (await catalogue.releasesOf('demo')).map(({ number }) => number),
      [3, 2, 1],
    )
    assert.equal((await catalogue.releasesFor(['demo', 'none'])).get('demo')?.number, 3)
  })

  promise('twenty publishers at once get twenty numbers', async ({ catalogue }) => {
    const all = await Promise.all(Array.from({ length: 20 }, () => catalogue.addRelease(release('demo'))))
    assert.deepEqual(
      all.map(({ number }) => number).sort((a, b) => a - b),
      Array.from({ length: 20 }, (_, i) => i + 1),
    )
  })

  promise('images come in pages, by name', async ({ catalogue }) => {
    for (const image of ['c', 'a', 'b']) await catalogue.addRelease(release(image))
    const first = await catalogue.listImages({ limit: 2 })
    assert.deepEqual(
      first.items.map(({ name }) => name),
      ['a', 'b'],
    )
    assert.equal(first.items[0]?.newest?.number, 1)
    const second = await catalogue.listImages({ limit: 2, after: first.next })
    assert.deepEqual(
      second.items.map(({ name }) => name),
      ['c'],
    )
    assert.equal(second.next, undefined)
  })

  promise('the default image is one that exists', async ({ catalogue }) => {
    await assert.rejects(catalogue.setDefaultImage('demo'), { code: 'image_not_found' })
    await catalogue.addRelease(release('demo'))
    await catalogue.setDefaultImage('demo')
    assert.equal(await catalogue.defaultImage(), 'demo')
    assert.equal((await catalogue.findImage('demo')).isDefault, true)
    await catalogue.setDefaultImage(undefined)
    assert.equal(await catalogue.defaultImage(), undefined)
  })

  promise('an image in use is not removed', async ({ catalogue, machines }) => {
    await catalogue.addRelease(release('demo'))
    await catalogue.setDefaultImage('demo')
    await assert.rejects(catalogue.removeImage('demo'), { code: 'image_in_use' })
    await catalogue.setDefaultImage(undefined)
    await machines.change('52:54:00:00:00:01', { image: 'demo' })
    assert.equal((await catalogue.findImage('demo')).machines, 1)
    await assert.rejects(catalogue.removeImage('demo'), { code: 'image_in_use' })
    assert.ok(await catalogue.findFile(digest(1)))
  })

  promise(
    'a removed image is gone with its files, and its numbers never come again',
    async ({ catalogue }) => {
      await catalogue.addRelease(release('demo'))
      await catalogue.addRelease(release('demo'))
      await catalogue.removeImage('demo')
      await assert.rejects(catalogue.findImage('demo'), { code: 'image_not_found' })
      await assert.rejects(catalogue.releasesOf('demo'), { code: 'image_not_found' })
      assert.deepEqual((await catalogue.listImages({ limit: 10 })).items, [])
      assert.equal(await catalogue.findFile(digest(1)), undefined)
      assert.equal((await catalogue.addRelease(release('demo'))).number, 3)
    },
  )

  promise('what is not there is said to be not there', async ({ catalogue }) => {
    await assert.rejects(catalogue.findRelease('demo', 1), { code: 'image_not_found' })
    await catalogue.addRelease(release('demo'))
    await assert.rejects(catalogue.findRelease('demo', 2), { code: 'release_not_found' })
    await assert.rejects(catalogue.removeImage('other'), { code: 'image_not_found' })
  })

  promise('a published release cannot be changed, whatever asks for it', async ({ catalogue, tamper }) => {
    await catalogue.addRelease(release('demo'))
    const changes = [
      "UPDATE releases SET created_by = 'evil'",
      "UPDATE release_variants SET config = '{}'",
      `UPDATE variant_files SET digest = '${digest(9)}'`,
      `UPDATE release_blobs SET digest = '${digest(9)}'`,
    ]
    for (const change of changes) await assert.rejects(tamper(change), /a release never changes/)
    assert.deepEqual(await catalogue.findRelease('demo', 1), made(release('demo'), 1))
  })

  promise(
    'the images that need a blob or its chunk map are known, and the blobs of releases',
    async ({ catalogue }) => {
      const [kernel, initrd, map] = [1, 2, 9].map((n) => ({ digest: digest(n), size: 1000 + n }))
      assert.ok(kernel && initrd && map)
      const withMap = { ...initrd, chunkMap: map.digest }
      await catalogue.addRelease({ ...release('demo'), blobs: [kernel] })
      await catalogue.addRelease({ ...release('demo'), blobs: [kernel, withMap] })
      await catalogue.addRelease({ ...release('alpine'), blobs: [initrd, map] })
      assert.deepEqual(await catalogue.imagesWithBlob(kernel.digest), ['demo'])
      assert.deepEqual(await catalogue.imagesWithBlob(initrd.digest), ['alpine', 'demo'])
      assert.deepEqual(await catalogue.imagesWithBlob(map.digest), ['alpine', 'demo'])
      assert.deepEqual(await catalogue.imagesWithBlob(digest(7)), [])
      const named = (image: string, number: number) => ({ image, number })
      assert.deepEqual(
        await catalogue.blobsOf([named('demo', 2), named('demo', 1), named('demo', 8), named('none', 1)]),
        new Map([
          ['demo@1', [kernel]],
          ['demo@2', [kernel, withMap]],
        ]),
      )
      assert.deepEqual(await catalogue.blobsOf([]), new Map())
      const many = Array.from({ length: 1500 }, (_, n) => named('alpine', n + 1))
      assert.deepEqual(await catalogue.blobsOf(many), new Map([['alpine@1', [initrd, map]]]))
      await catalogue.removeImage('alpine')
      assert.deepEqual(await catalogue.imagesWithBlob(map.digest), ['demo'])
    },
  )

  promise('a release that cannot be written whole is not written at all', async ({ catalogue }) => {
    const broken = release('demo', {
      initrds: [{ ...file('initrd.img', 2), name: null as unknown as string }],
    })
    await assert.rejects(catalogue.addRelease(broken))
    await assert.rejects(catalogue.findImage('demo'), { code: 'image_not_found' })
  })

  promise('who reads while an image is removed gets it whole or not at all', async ({ catalogue }) => {
    const refused: unknown[] = []
    for (let n = 0; n < 20; n++) {
      await catalogue.addRelease(release('demo'))
      const reads = [
        catalogue.listImages({ limit: 5 }),
        catalogue.findRelease('demo', n + 1),
        catalogue.removeImage('demo'),
        catalogue.releasesOf('demo'),
        catalogue.releasesFor(['demo']),
      ]
      const ended = await Promise.allSettled(reads)
      refused.push(
        ...ended.filter(({ status }) => status === 'rejected').map((one) => 'reason' in one && one.reason),
      )
    }
    assert.deepEqual(
      refused.filter((error) => (error as { code?: string }).code !== 'image_not_found'),
      [],
    )
  })

  promise('an image of forty thousand releases can be shown', async ({ catalogue, tamper }) => {
    await catalogue.addRelease(release('demo'))
    const numbers = 'WITH RECURSIVE n(i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n WHERE i < 40000)'
    await tamper(`${numbers} INSERT INTO releases (id, image_id, number, created_at, created_by)
      SELECT 'r' || i, images.id, i, 0, 'ci' FROM n, images`)
    await tamper(`${numbers} INSERT INTO release_variants (release_id, variant, config)
      SELECT 'r' || i, 0, config FROM n, (SELECT config FROM release_variants LIMIT 1) AS first`)
    await tamper(`${numbers} INSERT INTO variant_files
      (release_id, variant, position, role, name, digest, size, blob, start)
      SELECT 'r' || i, 0, 0, 'kernel', 'vmlinuz', '${digest(1)}', 1, '${digest(1)}', 0 FROM n`)
    const releases = await catalogue.releasesOf('demo')
    assert.deepEqual([releases.length, releases[0]?.number, releases.at(-1)?.number], [40_000, 40_000, 1])
    assert.deepEqual(
      releases.at(-1)?.variants[0]?.files.map(({ name }) => name),
      ['vmlinuz', 'initrd.img', 'extra.img'],
    )
  })

  promise('text goes in and out to the letter', async ({ catalogue }) => {
    const cmdline = `a="b c" 'x' \\ %s; DROP TABLE releases; --`
    await catalogue.addRelease(release('demo', { cmdline, createdBy: "o'neil" }))
    const found = await catalogue.findRelease('demo', 1)
    assert.deepEqual(found, made(release('demo', { cmdline, createdBy: "o'neil" }), 1))
  })
}
