import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Site } from '@bootcast/contract'
import { findingsOf, problemsOf } from './site-health.ts'

const now = new Date('2026-11-26T12:00:00Z')
const looking = { now, platformVersion: '1.0', language: 'en-GB' }
const hour = 3_600_000
const ago = (ms: number) => new Date(now.getTime() - ms).toISOString()

const well: Site = {
  id: 'a',
  name: 'grenoble',
  images: 'all',
  state: 'connected',
  createdAt: ago(50 * hour),
  createdBy: 'admin',
  joinedAt: ago(49 * hour),
  lastContactAt: ago(5_000),
  version: '1.0+abc',
  settings: { lifeSeconds: 24 * 3600, graceSeconds: 0, pins: [] },
  warm: [],
  health: { problems: [] },
}
const order = {
  ...{
    id: '1',
    reference: 'demo',
    release: 'demo@1',
    doneBytes: 0,
    totalBytes: 0,
    orderedAt: ago(hour),
    orderedBy: 'a',
  },
}
const said = (site: Partial<Site>) =>
  findingsOf({ ...well, ...site }, looking).map(({ level, what }) => `${level}: ${what}`)

test('a site that is well is said to be', () => {
  assert.deepEqual(said({}), ['good: All is well.'])
  assert.equal(problemsOf(well, looking), 0)
})

test('each state says what happened, why and what to do', () => {
  const revoked = findingsOf(
    { ...well, state: 'revoked', revokedAt: ago(72 * hour), health: { problems: ['x'] } },
    looking,
  )
  assert.deepEqual(
    revoked.map(({ what }) => what),
    ['It was revoked 3 days ago and gets nothing any more.'],
  )
  const waiting = findingsOf({ ...well, state: 'waiting to join', tokenExpiresAt: ago(-hour) }, looking)
  assert.match(waiting[0]?.todo ?? '', /Run it there before .+new token/)
  assert.match(said({ state: 'waiting to join' })[0] ?? '', /bad: .*token has expired/)
})

test('a site that is away goes on until what it knows is too old, and that is said', () => {
  assert.match(
    said({ state: 'away', lastContactAt: ago(2 * hour) })[0] ?? '',
    /bad: .*boot by what it knows until/,
  )
  assert.match(said({ state: 'away', lastContactAt: ago(25 * hour) })[0] ?? '', /do not boot any more/)
  const [first] = findingsOf({ ...well, state: 'away', via: 'annecy' }, looking)
  assert.match(first?.why ?? '', /by way of annecy/)
})

test('what it tells, failed orders, pins without end and queues are found, the worst first', () => {
  const cache = { bytes: 95, quotaBytes: 100, releases: [{ release: 'demo@1', bytes: 95, isPinned: true }] }
  const found = said({
    health: { problems: ['TFTP does not listen'] },
    warm: [{ ...order, state: 'failed', error: 'no line' }],
    cache,
    boots: { running: 2, queued: 1 },
    version: '0.9+abc',
    settings: { ...well.settings, mostBoots: 2, quotaBytes: 200 },
  })
  assert.deepEqual(
    found.map((text) => text.split(' ').slice(0, 3).join(' ')),
    [
      'warning: It says',
      'warning: demo@1 could',
      'warning: What is',
      'note: It keeps',
      'note: 1 machine',
      'note: It runs',
    ],
  )
})

test('an order that failed and was done later is no problem', () => {
  const warm: Site['warm'] = [
    { ...order, state: 'failed' },
    { ...order, id: '2', state: 'done' },
  ]
  assert.deepEqual(said({ warm }), ['good: All is well.'])
})
