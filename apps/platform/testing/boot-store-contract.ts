import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Boot, Line } from '../src/boots/boot.ts'
import { noFacts } from '../src/boots/boot-facts.ts'
import { firstIdAt } from '../src/boots/boot-id.ts'
import type { BootStore } from '../src/boots/boot-store.ts'

type Under = AsyncDisposable & { readonly store: BootStore; reopen(): Promise<BootStore> }

const day = 24 * 60 * 60_000
const start = Date.parse('2026-11-26T08:00:00Z')
/** A boot that began n seconds after the start. */
const boot = (n: number, more: Partial<Boot> = {}): Boot => ({
  id: `${firstIdAt(start + n * 1000)}000-8000-${n.toString(16).padStart(12, '0')}`,
  mac: '52:54:00:b0:07:01',
  beganAt: start + n * 1000,
  lastAt: start + n * 1000,
  movedAt: start + n * 1000,
  closedAt: undefined,
  state: 'booting',
  cause: undefined,
  facts: { ...noFacts, hasAsked: true },
  lines: 0,
  dropped: 0,
  ...more,
})
const onlyDhcp = { facts: noFacts } as const
const line = (n: number, at: number): Line => ({ n, at, kind: 'lease', leased: `10.77.0.${n}` })
const all = { limit: 100 } as const
const starts = ({ items }: { readonly items: readonly Boot[] }) =>
  items.map(({ beganAt }) => (beganAt - start) / 1000)
/** As it comes back: absent values are absent. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value))

/** What every BootStore promises. */
export function bootStoreContract(name: string, open: () => Promise<Under>): void {
  const promise = (sentence: string, body: (under: Under) => Promise<void>) =>
    test(`${name}: ${sentence}`, async () => {
      await using under = await open()
      await body(under)
    })

  promise('a boot comes back as it was, with its lines in order', async ({ store }) => {
    const cause = { code: 'loader-silent', text: 'nothing came', todo: 'look' }
    const facts = { bytes: 2 ** 40, decided: { decision: 'boot', because: 'd', release: 'demo@3' } } as const
    const one = boot(1, { state: 'failed', cause, facts, lines: 2, dropped: 7, closedAt: start + 9000 })
    const lines: Line[] = [line(2, start + 2), { ...line(1, start + 1), until: start + 5, times: 3 }]
    await store.save([{ boot: one, lines }])
    const found = await store.find(one.id)
    assert.deepEqual(plain(found.boot), plain(one))
    assert.deepEqual(found.lines, lines.toReversed())
    await assert.rejects(store.find(boot(2).id), { code: 'boot_not_found' })
  })

  promise('a boot that goes on is changed, and so are its lines; the others stay', async ({ store }) => {
    await store.save([{ boot: boot(1), lines: [line(1, 1), line(2, 2)] }])
    const later = boot(1, { state: 'started', lastAt: start + 5000, lines: 3 })
    await store.save([{ boot: later, lines: [{ ...line(2, 2), times: 9 }, line(3, 3)] }])
    const { boot: found, lines } = await store.find(later.id)
    assert.deepEqual([found.state, found.lastAt, found.lines], ['started', start + 5000, 3])
    assert.deepEqual(lines, [line(1, 1), { ...line(2, 2), times: 9 }, line(3, 3)])
  })

  promise('five hundred boots in one call, then pages, the newest first', async ({ store }) => {
    await store.save(
      Array.from({ length: 500 }, (_, n) => ({ boot: boot(n), lines: [line(1, 1), line(2, 2)] })),
    )
    const first = await store.list({ limit: 200 })
    assert.deepEqual([starts(first)[0], starts(first).length, first.next], [499, 200, boot(300).id])
    const third = await store.list({ limit: 200, after: boot(100).id })
    assert.deepEqual([starts(third)[0], starts(third).length, third.next], [99, 100, undefined])
  })

  promise('boots of a machine, of an image, in a state, since a time', async ({ store }) => {
    const of = (release: string) => ({
      facts: { bytes: 0, decided: { decision: 'boot', because: '', release } } as const,
    })
    const other = '52:54:00:b0:07:02'
    await store.save([
      { boot: boot(1, of('demo@1')), lines: [] },
      { boot: boot(2, { ...of('demo@2'), mac: other, state: 'failed' }), lines: [] },
      { boot: boot(3, { ...of('other@1'), mac: other }), lines: [] },
    ])
    assert.deepEqual(starts(await store.list({ ...all, machine: other })), [3, 2])
    assert.deepEqual(starts(await store.list({ ...all, image: 'demo' })), [2, 1])
    assert.deepEqual(starts(await store.list({ ...all, state: 'failed' })), [2])
    assert.deepEqual(starts(await store.list({ ...all, since: start + 2000 })), [3, 2])
    assert.deepEqual(
      starts(await store.list({ ...all, machine: other, image: 'demo', state: 'booting' })),
      [],
    )
  })

  promise('boots at a site are found by its name, and are not among those of none', async ({ store }) => {
    const at = (n: number, site: string) =>
      boot(n, { facts: { ...noFacts, site, hasAsked: true } }) satisfies Boot
    await store.save([
      { boot: boot(1), lines: [] },
      { boot: at(2, 'grenoble'), lines: [] },
      { boot: at(3, 'lyon'), lines: [] },
      { boot: { ...at(4, 'lyon'), closedAt: start }, lines: [] },
    ])
    const idsOf = (boots: readonly Boot[]) => boots.map(({ id }) => id)
    assert.deepEqual(starts(await store.list({ ...all, site: 'lyon' })), [4, 3])
    assert.equal((await store.find(boot(2).id)).boot.facts.site, 'grenoble')
    assert.deepEqual(idsOf(await store.unfinished(9)), [boot(1).id])
    assert.deepEqual(idsOf(await store.unfinished(9, 'lyon')), [boot(3).id])
    assert.deepEqual(idsOf(await store.unfinished(9, 'paris')), [])
  })

  promise('a mark is kept with what it stands for, of each site', async ({ store, reopen }) => {
    assert.equal(await store.markOf('s1'), 0)
    await store.save([{ boot: boot(1), lines: [line(1, 1)] }], { site: 's1', from: 0, upTo: 7 })
    await store.save([], { site: 's2', from: 0, upTo: 3 })
    await store.save([{ boot: boot(1), lines: [line(2, 2)] }], { site: 's1', from: 7, upTo: 9 })
    const again = await reopen()
    assert.deepEqual([await again.markOf('s1'), await again.markOf('s2'), await again.markOf('')], [9, 3, 0])
    assert.equal((await again.find(boot(1).id)).lines.length, 2)
  })

  promise('a mark that is not where it should be keeps nothing of the call', async ({ store }) => {
    const lines = [line(1, 1)]
    await store.save([], { site: 's1', from: 0, upTo: 7 })
    for (const from of [0, 6, 8])
      await assert.rejects(store.save([{ boot: boot(1), lines }], { site: 's1', from, upTo: 20 }), {
        code: 'mark_moved',
      })
    await assert.rejects(store.save([{ boot: boot(1), lines }], { site: 's3', from: 4, upTo: 20 }), {
      code: 'mark_moved',
    })
    assert.deepEqual([await store.markOf('s1'), await store.markOf('s3')], [7, 0])
    await assert.rejects(store.find(boot(1).id), { code: 'boot_not_found' })
  })

  promise('of two that take the same events at once, one keeps them', async ({ store }) => {
    for (let upTo = 1; upTo <= 5; upTo += 1) {
      const mark = { site: 's1', from: upTo - 1, upTo }
      const both = [1, 2].map((n) => store.save([{ boot: boot(10 * upTo + n), lines: [line(1, 1)] }], mark))
      const ends = await Promise.allSettled(both)
      assert.deepEqual(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    }
    assert.deepEqual([await store.markOf('s1'), (await store.list(all)).items.length], [5, 5])
  })

  promise('what was saved is there after the store was opened again', async ({ store, reopen }) => {
    await store.save([
      { boot: boot(1), lines: [line(1, 1)] },
      { boot: boot(2, { closedAt: start }), lines: [] },
      { boot: boot(3, { state: 'waiting' }), lines: [] },
    ])
    const again = await reopen()
    assert.deepEqual(
      (await again.unfinished(10)).map(({ id }) => id),
      [boot(3).id, boot(1).id],
    )
    assert.deepEqual(
      (await again.unfinished(1)).map(({ id }) => id),
      [boot(3).id],
    )
    assert.deepEqual((await again.find(boot(1).id)).lines, [line(1, 1)])
  })

  promise(
    'the newest stay, and so many that came no further than DHCP; lines go with their boot',
    async ({ store }) => {
      const records = Array.from({ length: 300 }, (_, n) => ({
        boot: boot(n, n % 3 === 0 ? onlyDhcp : {}),
        lines: [line(1, 1)],
      }))
      await store.save(records)
      const limits = { boots: 50, onlyDhcp: 10, before: 0 }
      let forgotten = 0
      for (let some = -1; some !== 0; forgotten += some) {
        some = await store.prune(limits, 20)
        assert.ok(some <= 3 * 20)
      }
      assert.equal(forgotten, 240)
      const { items } = await store.list({ limit: 500 })
      assert.equal(items.filter(({ facts }) => facts.hasAsked !== true).length, 10)
      assert.deepEqual([items.length, starts({ items })[0]], [60, 299])
      await assert.rejects(store.find(boot(0).id), { code: 'boot_not_found' })
      await store.save([{ boot: boot(0), lines: [] }])
      assert.deepEqual((await store.find(boot(0).id)).lines, [])
    },
  )

  promise('boots of long ago are forgotten however few there are', async ({ store }) => {
    await store.save([
      { boot: boot(1), lines: [] },
      { boot: boot(2 * 24 * 60 * 60), lines: [] },
    ])
    assert.equal(await store.prune({ boots: 100, onlyDhcp: 100, before: start + day }, 10), 1)
    assert.equal((await store.list(all)).items.length, 1)
  })

  promise(
    'two that save the same boots at once, each in its order, do not stop each other',
    async ({ store }) => {
      const some = Array.from({ length: 300 }, (_, n) => ({ boot: boot(n), lines: [line(1, 1)] }))
      for (let round = 0; round < 3; round += 1)
        await Promise.all([store.save(some), store.save(some.toReversed()), store.list(all)])
      assert.equal((await store.list({ limit: 500 })).items.length, 300)
    },
  )
}
