import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '@bootcast/contract'
import { hourMs, hoursBetween, mostHours } from '../boots/boot-sums.ts'
import { bootHandlers } from './boot-handlers.ts'
import { shownSummary, sinceOf } from './boots-summary.ts'

const bootsSummarySchema = routes.summarizeBoots.reply
const start = Date.parse('2026-11-26T00:00:00Z')
const now = start + 2.5 * hourMs
const hours = hoursBetween(start, now)
const sum = (state: 'failed' | 'started' | 'done' | 'waiting', boots: number, bytes = 0) => ({
  ...{ state, boots, bytes },
})
const here = { isAtSite: false } as const
const sums = {
  hours,
  byHour: [
    { hour: 0, ...here, ...sum('failed', 1) },
    { hour: 0, ...here, ...sum('done', 2, 20) },
    { hour: 2, isAtSite: true, ...sum('started', 1, 7) },
    { hour: 2, ...here, ...sum('waiting', 1, 1) },
  ],
  bySite: [
    { site: 'lyon', ...sum('started', 1, 7) },
    { site: undefined, ...sum('failed', 1) },
    { site: undefined, ...sum('done', 2, 20) },
    { site: undefined, ...sum('waiting', 1, 1) },
  ],
  knownSince: start - hourMs,
} as const
const saved = [{ site: 'grenoble', servedBytes: 100, savedBytes: 90 }] as const

test('every hour is there, and each boot counts once in each sum', () => {
  const shown = shownSummary(sums, saved, now)
  assert.deepEqual(bootsSummarySchema.parse(shown), shown)
  assert.deepEqual(
    shown.hours.map(({ boots, succeeded, failed, bytes, siteBytes }) => [
      ...[boots, succeeded, failed, bytes, siteBytes],
    ]),
    [
      [3, 2, 1, 20, 0],
      [0, 0, 0, 0, 0],
      [2, 1, 0, 8, 7],
    ],
  )
  assert.deepEqual([shown.boots, shown.bytes, shown.successRate], [5, 28, 0.75])
  assert.deepEqual(shown.states, { booting: 0, waiting: 1, started: 1, done: 2, failed: 1, abandoned: 0 })
  assert.deepEqual(
    shown.sites.map(({ site, boots, saved }) => [site, boots, saved?.savedBytes]),
    [
      [undefined, 4, undefined],
      ['grenoble', 0, 90],
      ['lyon', 1, undefined],
    ],
  )
})

test('where no boot has ended there is no rate rather than 0', () => {
  const { successRate } = shownSummary(
    { ...sums, bySite: [{ site: undefined, ...sum('waiting', 3) }] },
    [],
    now,
  )
  assert.equal(successRate, undefined)
})

test('what is asked for is bounded: no later than now, and no more hours than are kept', () => {
  assert.equal(sinceOf(undefined, now, mostHours), now - 24 * hourMs)
  assert.equal(sinceOf('2040-01-01T00:00:00Z', now, mostHours), now)
  const first = sinceOf('1970-01-01T00:00:00Z', now, mostHours)
  assert.equal(hoursBetween(first, now).length, mostHours)
  assert.deepEqual(hoursBetween(now, now), [now])
})

test('what a site saved is told of that site, and not where a machine or an image is asked for', async () => {
  const boots = { sums: async () => ({ ...sums, bySite: [] }) } as never
  const { summarizeBoots } = bootHandlers({ boots, savedAtSites: async () => saved, now: () => now })
  const sitesOf = async (query: object) => {
    const answer = await summarizeBoots({ query } as never)
    return bootsSummarySchema.parse(answer).sites.map(({ site }) => site)
  }
  assert.deepEqual(await sitesOf({}), ['grenoble'])
  assert.deepEqual(await sitesOf({ site: 'grenoble' }), ['grenoble'])
  for (const query of [{ site: 'lyon' }, { image: 'demo' }, { machine: '52:54:00:00:00:01' }])
    assert.deepEqual(await sitesOf(query), [])
})
