import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LinuxParts, linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import type { CatalogueStore } from '../src/catalogue/catalogue-store.ts'
import type { CatalogueUnderTest } from './catalogue-store-contract.ts'

const digest = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}`
const publish = (catalogue: CatalogueStore, n: number, more: Partial<LinuxParts> = {}) =>
  catalogue.addRelease(
    linuxRelease({ kernel: { name: 'vmlinuz', digest: digest(n), size: n }, createdAt: n, ...more }),
  )
const move = (channel: string, number: number, image = 'demo') => ({
  image,
  channel,
  number,
  at: 7,
  by: 'ann',
})
const back = (channel = 'stable') => ({ image: 'demo', channel, at: 8, by: 'ann' })
const mac = '52:54:00:00:00:01'

/** What every CatalogueStore promises about channels, and about what may be taken away. */
export function channelContract(name: string, open: () => Promise<CatalogueUnderTest>): void {
  const promise = (sentence: string, body: (under: CatalogueUnderTest) => Promise<void>) =>
    test(`${name}: ${sentence}`, async () => {
      const under = await open()
      try {
        await body(under)
      } finally {
        await under.close()
      }
    })
  const followed = async (catalogue: CatalogueStore, ...references: string[]) => {
    const found = await catalogue.releasesFor(references)
    return references.map((reference) => found.get(reference)?.number)
  }

  promise('publishing moves the channel that it names, and no other', async ({ catalogue }) => {
    await publish(catalogue, 1)
    await publish(catalogue, 2, { channel: 'testing' })
    assert.deepEqual(await followed(catalogue, 'demo', 'demo@stable', 'demo@testing', 'demo@1'), [1, 1, 2, 1])
    assert.deepEqual((await catalogue.findImage('demo')).channels, [
      { name: 'stable', number: 1, movedAt: 1, movedBy: 'admin', previous: undefined },
      { name: 'testing', number: 2, movedAt: 2, movedBy: 'admin', previous: undefined },
    ])
  })

  promise('an image without the usual channel is its newest release', async ({ catalogue }) => {
    await publish(catalogue, 1, { channel: 'testing' })
    await publish(catalogue, 2, { channel: 'edge' })
    assert.deepEqual(await followed(catalogue, 'demo', 'demo@stable', 'demo@9', 'none', '@', ''), [
      2,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  promise('promoting and rolling back, as often as there is something before', async ({ catalogue }) => {
    for (const n of [1, 2, 3]) await publish(catalogue, n, { channel: 'testing' })
    for (const n of [1, 3, 2]) await catalogue.moveChannel(move('stable', n))
    assert.deepEqual(await catalogue.rollBack(back()), {
      name: 'stable',
      number: 3,
      movedAt: 7,
      movedBy: 'ann',
      previous: 1,
    })
    assert.equal((await catalogue.rollBack(back())).number, 1)
    await assert.rejects(catalogue.rollBack(back()), { code: 'nothing_before' })
    await catalogue.moveChannel(move('stable', 2))
    assert.equal((await catalogue.rollBack(back())).number, 1)
    assert.deepEqual(await followed(catalogue, 'demo', 'demo@testing'), [1, 3])
  })

  promise('moving to where it points already changes nothing', async ({ catalogue }) => {
    await publish(catalogue, 1)
    await publish(catalogue, 2)
    assert.equal((await catalogue.moveChannel(move('stable', 2))).movedBy, 'admin')
    assert.equal((await catalogue.rollBack(back())).number, 1)
  })

  promise('what is not there cannot be pointed to, rolled back or removed', async ({ catalogue }) => {
    await assert.rejects(catalogue.moveChannel(move('stable', 1)), { code: 'image_not_found' })
    await assert.rejects(catalogue.rollBack(back()), { code: 'image_not_found' })
    await publish(catalogue, 1)
    await assert.rejects(catalogue.moveChannel(move('stable', 2)), { code: 'release_not_found' })
    await assert.rejects(catalogue.rollBack(back('testing')), { code: 'channel_not_found' })
    await assert.rejects(catalogue.removeChannel('demo', 'testing'), { code: 'channel_not_found' })
    await assert.rejects(catalogue.removeRelease('demo', 2), { code: 'release_not_found' })
    await assert.rejects(catalogue.keep('none', 1), { code: 'image_not_found' })
  })

  promise('machines and the default follow a channel or a release that is there', async (under) => {
    const { catalogue, machines } = under
    await publish(catalogue, 1)
    for (const [reference, code] of [
      ['demo@testing', 'channel_not_found'],
      ['demo@2', 'release_not_found'],
      ['other@stable', 'image_not_found'],
    ] as const) {
      await assert.rejects(machines.change(mac, { image: reference }), { code })
      await assert.rejects(catalogue.setDefaultImage(reference), { code })
    }
    for (const reference of ['demo@stable', 'demo@1', 'demo']) {
      assert.equal((await machines.change(mac, { image: reference })).image, reference)
      await catalogue.setDefaultImage(reference)
      assert.equal(await catalogue.defaultImage(), reference)
      assert.equal((await catalogue.findImage('demo')).isDefault, true)
    }
    assert.equal((await machines.change(mac, { image: null })).image, undefined)
  })

  promise('a channel in use is not removed', async ({ catalogue, machines }) => {
    await publish(catalogue, 1, { channel: 'testing' })
    await machines.change(mac, { image: 'demo@testing' })
    await assert.rejects(catalogue.removeChannel('demo', 'testing'), { code: 'image_in_use' })
    await machines.change(mac, { image: 'demo' })
    await catalogue.removeChannel('demo', 'testing')
    assert.deepEqual((await catalogue.findImage('demo')).channels, [])
  })

  promise('nothing that is in use is superfluous or can be removed', async ({ catalogue, machines }) => {
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) await publish(catalogue, n, { channel: 'edge' })
    assert.deepEqual(await catalogue.superfluous(), [])
    await catalogue.keep('demo', 1)
    await machines.change(mac, { image: 'demo@1' })
    await catalogue.setDefaultImage('demo@2')
    await catalogue.moveChannel(move('stable', 3))
    await catalogue.moveChannel(move('stable', 4))
    assert.equal((await catalogue.findImage('demo')).keep, 1)
    const numbers = (await catalogue.superfluous()).map(({ number }) => number)
    assert.deepEqual(numbers, [5, 6])
    for (const number of [1, 2, 3, 4, 7, 8])
      await assert.rejects(catalogue.removeRelease('demo', number), { code: 'release_in_use' })
    await catalogue.removeRelease('demo', 5)
    assert.equal(await catalogue.needsBlob(digest(5)), false)
    assert.equal(await catalogue.needsBlob(digest(6)), true)
    assert.equal(await catalogue.needsBlob(digest(6), [{ image: 'demo', number: 6 }]), false)
    await catalogue.keep('demo', undefined)
    assert.deepEqual(await catalogue.superfluous(), [])
  })

  promise('a roll-back goes past a release that was removed', async ({ catalogue }) => {
    for (const n of [1, 2, 3, 4]) await publish(catalogue, n)
    await catalogue.removeRelease('demo', 2)
    await catalogue.rollBack(back())
    assert.equal((await catalogue.rollBack(back())).number, 1)
  })

  promise(
    'an image that is published again after its removal has none of its old channels',
    async ({ catalogue }) => {
      await publish(catalogue, 1)
      await publish(catalogue, 2, { channel: 'testing' })
      await catalogue.removeImage('demo')
      await publish(catalogue, 3, { channel: 'edge' })
      assert.deepEqual(
        (await catalogue.findImage('demo')).channels.map((channel) => channel.name),
        ['edge'],
      )
    },
  )

  promise('the last test of a release on each firmware is remembered', async ({ catalogue }) => {
    await publish(catalogue, 1)
    const facts = { firmware: 'bios', passed: false, seconds: 9, testedAt: 5, testedBy: 'ann' }
    const test = { ...facts, log: 'panic', screen: undefined }
    await assert.rejects(catalogue.recordTest({ image: 'demo', number: 2 }, test), {
      code: 'release_not_found',
    })
    await assert.rejects(catalogue.recordTest({ image: 'none', number: 1 }, test), {
      code: 'image_not_found',
    })
    const release = { image: 'demo', number: 1 }
    for (const more of [{}, { firmware: 'uefi' }, { passed: true, log: 'login:' }])
      await catalogue.recordTest(release, { ...test, ...more })
    const tests = (await catalogue.testsOf('demo')).get(1)?.map(({ firmware, passed }) => [firmware, passed])
    assert.deepEqual(tests, [
      ['bios', true],
      ['uefi', false],
    ])
    const asked = await catalogue.testsFor([release, { image: 'demo', number: 2 }])
    assert.deepEqual(
      [...asked].map(([name, all]) => [name, all.map(({ firmware, passed }) => [firmware, passed])]),
      [['demo@1', tests]],
    )
    assert.equal((await catalogue.findTest(release, 'bios'))?.log, 'login:')
    assert.equal(await catalogue.findTest(release, 'none'), undefined)
    await catalogue.removeChannel('demo', 'stable')
    await catalogue.removeRelease('demo', 1)
    assert.deepEqual([...(await catalogue.testsOf('demo'))], [])
  })

  promise('the picture of a test is kept as it is, and goes with the next test', async ({ catalogue }) => {
    await publish(catalogue, 1)
    const release = { image: 'demo', number: 1 }
    const facts = { firmware: 'uefi', passed: true, seconds: 9, testedAt: 5, testedBy: 'ann' }
    const screen = Uint8Array.from({ length: 100_000 }, (_, n) => n % 256)
    const told = async () => [
      (await catalogue.testsOf('demo')).get(1),
      (await catalogue.testsFor([release])).get('demo@1'),
    ]
    await catalogue.recordTest(release, { ...facts, log: 'l', screen })
    assert.deepEqual(await told(), Array(2).fill([{ ...facts, hasScreen: true }]))
    assert.deepEqual(Uint8Array.from((await catalogue.findTest(release, 'uefi'))?.screen ?? []), screen)
    await catalogue.recordTest(release, { ...facts, log: 'l', screen: undefined })
    assert.deepEqual(await told(), Array(2).fill([{ ...facts, hasScreen: false }]))
    assert.equal((await catalogue.findTest(release, 'uefi'))?.screen, undefined)
  })

  promise('who boots what of an image is counted', async ({ catalogue, machines }) => {
    await publish(catalogue, 1)
    await publish(catalogue, 2, { channel: 'testing' })
    assert.deepEqual(await catalogue.followersOf('demo'), [])
    await machines.change(mac, { image: 'demo' })
    await machines.change('52:54:00:00:00:02', { image: 'demo@testing' })
    await machines.change('52:54:00:00:00:03', { image: 'demo@testing', nextImage: 'demo@1' })
    await catalogue.setDefaultImage('demo@testing')
    const counts = { machines: 0, nextBoots: 0, openings: 0, isDefault: false }
    const found = await catalogue.followersOf('demo')
    assert.deepEqual(
      [...found].sort((a, b) => (a.follows ?? '').localeCompare(b.follows ?? '')),
      [
        { ...counts, follows: undefined, machines: 1 },
        { ...counts, follows: '1', nextBoots: 1 },
        { ...counts, follows: 'testing', machines: 2, isDefault: true },
      ],
    )
    await assert.rejects(catalogue.followersOf('none'), { code: 'image_not_found' })
  })

  promise('twenty moves at once end as one of them', async ({ catalogue }) => {
    for (const n of [1, 2, 3, 4, 5]) await publish(catalogue, n)
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => catalogue.moveChannel(move('testing', (n % 5) + 1))),
    )
    const [number = 0] = await followed(catalogue, 'demo@testing')
    assert.ok(number >= 1 && number <= 5)
  })
}
