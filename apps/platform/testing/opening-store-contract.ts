import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import { OpeningRegister } from '../src/openings/opening-register.ts'
import type { NewOpening, OpeningStore } from '../src/openings/opening-store.ts'
import type { CatalogueUnderTest } from './catalogue-store-contract.ts'

export type OpeningsUnderTest = CatalogueUnderTest & { readonly openings: OpeningStore }

const now = Date.UTC(2026, 10, 26)
const minute = 60_000
const machine = { mac: '52:54:00:00:00:01', labels: [], site: undefined, address: '10.1.2.3' }
const opening = (more: Partial<NewOpening> = {}): NewOpening => ({
  reference: 'demo',
  criteria: { subnet: '10.1.2.0/24' },
  boots: true,
  opensAt: now,
  closesAt: undefined,
  times: undefined,
  createdAt: now,
  createdBy: 'admin',
  ...more,
})

/** What every OpeningStore promises, and the register in front of it. */
export function openingStoreContract(name: string, open: () => Promise<OpeningsUnderTest>): void {
  const promise = (sentence: string, body: (under: OpeningsUnderTest) => Promise<void>) =>
    test(`${name}: ${sentence}`, async () => {
      const under = await open()
      try {
        const kernel = { name: 'vmlinuz', digest: `sha256:${'0'.repeat(64)}`, size: 1 }
        await under.catalogue.addRelease(linuxRelease({ kernel }))
        await body(under)
      } finally {
        await under.close()
      }
    })

  promise('what was opened is found as it was, also after a restart', async ({ openings }) => {
    const whole = opening({ reference: 'demo@1', closesAt: now + minute, times: 3, boots: false })
    const added = await openings.add(whole)
    assert.deepEqual({ ...added, ...whole }, added)
    assert.deepEqual(await openings.find(added.id), added)
    assert.deepEqual(await openings.current(now), [added])
    assert.deepEqual(await openings.current(now + minute), [])
  })

  promise(
    'only what is published can be opened, and what is open is in use',
    async ({ openings, catalogue }) => {
      await assert.rejects(openings.add(opening({ reference: 'none' })), { code: 'image_not_found' })
      await assert.rejects(openings.add(opening({ reference: 'demo@none' })), { code: 'channel_not_found' })
      await assert.rejects(openings.add(opening({ reference: 'demo@9' })), { code: 'release_not_found' })
      const { id } = await openings.add(opening({ createdAt: Date.now(), opensAt: Date.now() }))
      await assert.rejects(catalogue.removeImage('demo'), { code: 'image_in_use' })
      await openings.close(id, now, 'admin')
      await catalogue.removeImage('demo')
    },
  )

  promise('an opening ends once, and says who ended it', async ({ openings }) => {
    const { id } = await openings.add(opening())
    assert.deepEqual(
      [
        (await openings.close(id, now + 1, 'alice')).closedBy,
        (await openings.close(id, now + 2, 'bob')).closedBy,
      ],
      ['alice', 'alice'],
    )
    assert.deepEqual(await openings.current(now), [])
    await assert.rejects(openings.close('none', now, 'admin'), { code: 'opening_not_found' })
  })

  promise('lists come newest first, in pages, also of one image', async ({ openings }) => {
    const made: string[] = []
    for (let n = 0; n < 5; n++) made.push((await openings.add(opening({ createdAt: now + n * 1000 }))).id)
    const first = await openings.list({ limit: 3 })
    assert.deepEqual(
      first.items.map(({ id }) => id),
      made.toReversed().slice(0, 3),
    )
    const second = await openings.list({ limit: 3, before: first.next })
    assert.deepEqual([second.items.map(({ id }) => id), second.next], [made.toReversed().slice(3), undefined])
    assert.deepEqual((await openings.list({ limit: 3, image: 'other' })).items, [])
  })

  promise(
    'what counts now or will, and what does not any more, are listed each for itself',
    async ({ openings }) => {
      const closed = await openings.add(opening())
      await openings.close(closed.id, now, 'admin')
      const over = await openings.add(opening({ closesAt: now }))
      const used = await openings.add(opening({ times: 1 }))
      await openings.addUse(used.id)
      const left = await openings.add(opening({ times: 2, closesAt: now + 1 }))
      await openings.addUse(left.id)
      const planned = await openings.add(opening({ opensAt: now + minute }))
      const of = async (is: 'current' | 'ended') =>
        (await openings.list({ limit: 10, state: { is, at: now } })).items.map(({ id }) => id).sort()
      assert.deepEqual(await of('current'), [left.id, planned.id].sort())
      assert.deepEqual(await of('ended'), [closed.id, over.id, used.id].sort())
    },
  )

  promise('closed openings beyond the newest are forgotten, open ones never', async ({ openings }) => {
    const open = await openings.add(opening())
    for (let n = 0; n < 5; n++) {
      const { id } = await openings.add(opening({ createdAt: now + n * 1000, closesAt: now + minute }))
      if (n < 2) await openings.close(id, now, 'admin')
    }
    await openings.tidy(now + minute, 3)
    const left = (await openings.list({ limit: 10 })).items
    assert.deepEqual([left.length, left.some(({ id }) => id === open.id)], [4, true])
    assert.ok(left.filter(({ id }) => id !== open.id).every(({ closedAt }) => closedAt === now + minute))
  })

  promise(
    'of fifty machines at once that boot by an opening for three, three do; each as often as it tries',
    async ({ openings }) => {
      const clock = { at: now }
      const register = new OpeningRegister({ store: openings, now: () => clock.at })
      const { id } = await register.add(opening({ times: 3 }))
      const macs = Array.from({ length: 50 }, (_, n) => `52:54:00:00:01:${n}`)
      const began = await Promise.all(macs.map((mac) => register.begin(id, mac)))
      assert.equal(began.filter(Boolean).length, 3)
      const [first = ''] = macs.filter((_, index) => began[index])
      assert.equal(await register.begin(id, first), true)
      assert.equal((await openings.find(id)).used, 3)
      const meant = register.meaning(machine)
      assert.ok(register.underWay(first, meant).has(id))
      register.finished(id, first)
      assert.equal(await register.begin(id, first), false, 'the next boot is another one')
      const again = new OpeningRegister({ store: openings, now: () => clock.at })
      await again.start()
      assert.equal(await again.begin(id, 'another'), false, 'after a restart')
    },
  )

  promise('a machine that began long ago begins anew', async ({ openings }) => {
    const clock = { at: now }
    const register = new OpeningRegister({ store: openings, now: () => clock.at })
    const { id } = await register.add(opening({ times: 1 }))
    assert.equal(await register.begin(id, 'a'), true)
    clock.at += 16 * minute
    assert.equal(await register.begin(id, 'a'), false)
  })

  promise('what was closed means nobody any more, at once', async ({ openings }) => {
    const register = new OpeningRegister({ store: openings, now: () => now })
    await register.start()
    const { id } = await register.add(opening())
    assert.equal(register.meaning(machine).length, 1)
    await register.close(id, 'admin')
    assert.deepEqual(register.meaning(machine), [])
    assert.equal(await register.begin(id, machine.mac), false)
  })
}
