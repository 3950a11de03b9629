import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Boot } from '../src/boots/boot.ts'
import { noFacts } from '../src/boots/boot-facts.ts'
import { firstIdAt } from '../src/boots/boot-id.ts'
import type { BootStore } from '../src/boots/boot-store.ts'
import { type BootSums, hourMs } from '../src/boots/boot-sums.ts'

type Under = AsyncDisposable & { readonly store: BootStore }

const start = Date.parse('2026-11-26T00:00:00Z')
let count = 0

/** A boot that began so many hours after the start. */
function boot(hours: number, more: Partial<Boot> = {}): Boot {
  const at = start + hours * hourMs
  count += 1
  return {
    id: `${firstIdAt(at)}000-8000-${count.toString(16).padStart(12, '0')}`,
    mac: '52:54:00:b0:07:01',
    ...{ beganAt: at, lastAt: at, movedAt: at, closedAt: undefined },
    ...{ state: 'started', cause: undefined, facts: { ...noFacts, bytes: 10 }, lines: 0, dropped: 0 },
    ...more,
  }
}
const demo = { decided: { decision: 'boot', because: 'd', release: 'demo@3' } } as const
const inOrder = ({ byHour, bySite, knownSince }: BootSums) => ({
  byHour: byHour.map(({ hour, state, isAtSite, boots, bytes }) =>
    [hour, state, isAtSite, boots, bytes].join(' '),
  ),
  bySite: bySite.map(({ site, state, boots, bytes }) => [site, state, boots, bytes].join(' ')).sort(),
  knownSince,
})

/** What every BootStore promises of its sums. */
export function bootSumsContract(name: string, open: () => Promise<Under>): void {
  test(`${name}: boots are summed by hour and by site, with what was sent last`, async () => {
    await using under = await open()
    const { store } = under
    const growing = boot(1.5, { state: 'booting' })
    const records = [
      boot(-2),
      boot(0),
      boot(0.999, { state: 'failed', facts: { bytes: 2 ** 40 } }),
      growing,
      boot(1.6, { facts: { bytes: 7, site: 'lyon', ...demo } }),
      boot(1.7, { mac: '52:54:00:b0:07:02', facts: { bytes: 5, site: 'lyon' } }),
      boot(3),
    ]
    await store.save(records.map((one) => ({ boot: one, lines: [] })))
    await store.save([{ boot: { ...growing, state: 'done', facts: { bytes: 99 } }, lines: [] }])
    const hours = [start, start + hourMs, start + 2 * hourMs]
    assert.deepEqual(inOrder(await store.sums({ hours })), {
      byHour: [
        `0 failed false 1 ${2 ** 40}`,
        '0 started false 1 10',
        '1 done false 1 99',
        '1 started true 2 12',
      ],
      bySite: [' done 1 99', ` failed 1 ${2 ** 40}`, ' started 1 10', 'lyon started 2 12'],
      knownSince: start - 2 * hourMs,
    })
    const of = async (wanted: object) => inOrder(await store.sums({ hours, ...wanted })).bySite
    assert.deepEqual(await of({ site: 'lyon' }), ['lyon started 2 12'])
    assert.deepEqual(await of({ image: 'demo' }), ['lyon started 1 7'])
    assert.deepEqual(await of({ machine: '52:54:00:b0:07:02' }), ['lyon started 1 5'])
    assert.deepEqual(await of({ image: 'demo', machine: '52:54:00:b0:07:02' }), [])
  })

  test(`${name}: of no boots the sums are empty`, async () => {
    await using under = await open()
    assert.deepEqual(await under.store.sums({ hours: [start] }), {
      ...{ byHour: [], bySite: [], knownSince: undefined },
    })
  })
}
