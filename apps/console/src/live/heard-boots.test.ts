import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Boot, BootNews } from '@bootcast/contract'
import { type HeardBoots, merged, withNews, without } from './heard-boots.ts'

const boot = (n: number, more: Partial<Boot> = {}): Boot => ({
  id: `01abf4a3-2000-7000-8000-00000000000${n}`,
  mac: `52:54:00:b0:07:0${n}`,
  state: 'booting',
  beganAt: '2026-11-26T08:00:00.000Z',
  lastAt: '2026-11-26T08:00:01.000Z',
  bytes: 0,
  events: 1,
  ...more,
})
const none: HeardBoots = new Map()
const heardOf = (...boots: readonly Boot[]) =>
  withNews(
    none,
    boots.map((one) => ({ boot: one })),
  )
const shown = (boots: readonly Boot[]) => boots.map(({ id, state }) => `${id.slice(-1)} ${state}`)
const lyon = { site: 'lyon', release: 'demo@3' } as const

test('a new boot stands above those that are listed, one that goes on is as it is now', () => {
  const listed = [boot(3), boot(1)]
  const heard = heardOf(boot(4), boot(1, { state: 'failed', events: 2 }))
  assert.deepEqual(shown(merged({ listed, hasMore: false }, heard, {})), [
    '4 booting',
    '3 booting',
    '1 failed',
  ])
})

test('what does not fit any more is gone, what fits now has come', () => {
  const listed = [boot(3), boot(1)]
  const heard = heardOf(boot(3, { state: 'started', events: 2 }), boot(2, lyon), boot(5, { site: 'lyon' }))
  const of = (filter: object) => shown(merged({ listed, hasMore: false }, heard, filter))
  assert.deepEqual(of({ state: 'booting' }), ['5 booting', '2 booting', '1 booting'])
  assert.deepEqual(of({ site: 'lyon' }), ['5 booting', '2 booting'])
  assert.deepEqual(of({ image: 'demo' }), ['2 booting'])
  assert.deepEqual(of({ machine: '52:54:00:b0:07:03' }), ['3 started'])
})

test('a boot older than those listed waits for its page', () => {
  const part = { listed: [boot(3)], hasMore: true }
  assert.deepEqual(shown(merged(part, heardOf(boot(1), boot(4)), {})), ['4 booting', '3 booting'])
})

test('a list that knows more than what was heard is believed', () => {
  const listed = [boot(1, { state: 'started', events: 5 })]
  assert.deepEqual(shown(merged({ listed, hasMore: false }, heardOf(boot(1)), {})), ['1 started'])
})

test('a change of the state alone keeps what happened last', () => {
  const event = { kind: 'started', n: 1, at: '2026-11-26T08:00:01.000Z' } as const
  const news: BootNews[] = [{ boot: boot(1), event }, { boot: boot(1, { state: 'failed' }) }]
  const heard = withNews(none, news)
  assert.deepEqual([...heard.values()], [{ boot: boot(1, { state: 'failed' }), event }])
})

test('what was heard after the lists were asked for anew stays', () => {
  const old = heardOf(boot(1), boot(2))
  const heard = withNews(old, [{ boot: boot(2, { state: 'done' }) }, { boot: boot(3) }])
  assert.deepEqual(shown([...without(heard, old).values()].map((news) => news.boot)), ['2 done', '3 booting'])
})
