import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { BootEvent } from '@bootcast/boot'
import { asked, decided, discover, mac, offer, scenes, ways } from '../../testing/boot-scenes.ts'
import { MemoryBootStore } from '../../testing/memory-boot-store.ts'
import { newId } from '../database/open.ts'
import type { BootFeed, News } from './boot-feed.ts'
import { Boots } from './boots.ts'

function opened(t: TestContext) {
  const store = new MemoryBootStore()
  const errors: unknown[] = []
  let now = Date.parse('2026-11-26T08:00:00Z')
  const boots = new Boots({ store, newId, onError: (error) => errors.push(error), now: () => now })
  t.after(() => boots.stop())
  return {
    boots,
    store,
    errors,
    happens(...events: readonly BootEvent[]) {
      for (const event of events) {
        now += 1000
        boots.note(event)
      }
    },
    pass: (ms: number) => {
      now += ms
    },
  }
}

const kinds = (news: readonly News[]) => news.map(({ line }) => line?.kind)
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

function listenTo(feed: BootFeed, after?: string) {
  const heard: News[] = []
  const listening = feed.listen({ onNews: (news) => heard.push(...news) }, after)
  return { heard, listening }
}

test('a boot is to be had with its whole timeline at once, and in the list', async (t) => {
  const { boots, happens } = opened(t)
  happens(...ways.untilStart)
  const { items } = await boots.list({ limit: 10 })
  assert.deepEqual(
    items.map(({ mac: of, state }) => [of, state]),
    [[mac, 'started']],
  )
  const { lines } = await boots.find(items[0]?.id ?? '')
  assert.equal(lines.length, items[0]?.lines)
  assert.deepEqual(
    lines.map(({ n }) => n),
    lines.map((_, at) => at + 1),
  )
  await assert.rejects(boots.find(newId()), { code: 'boot_not_found' })
})

test('a hundred boots at once are written in few transactions, a while later', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { boots, store } = opened(t)
  for (let n = 0; n < 100; n += 1)
    for (const event of [asked, decided()])
      boots.note({ ...event, mac: `52:54:00:00:00:${n.toString(16).padStart(2, '0')}` } as BootEvent)
  assert.deepEqual(store.saves, [])
  t.mock.timers.tick(1000)
  await turn()
  assert.deepEqual(store.saves, [100])
})

test('a machine that waits is not written again and again', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { boots, store, happens, pass } = opened(t)
  const wait = decided({ decision: 'wait', because: 'none', files: [] })
  happens(asked, wait)
  for (let n = 0; n < 100; n += 1) {
    t.mock.timers.tick(1000)
    await turn()
    pass(8000)
    happens(asked, wait)
  }
  assert.ok(store.saves.length > 5 && store.saves.length < 20, `${store.saves.length}`)
  await boots.stop()
  const [only] = store.boots.values()
  assert.equal(only?.lines.get(1)?.times, 101)
})

test('a store that is away delays nobody, is asked again, and what was told meanwhile is kept', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { boots, store, happens, errors } = opened(t)
  store.broken = new Error('disk')
  happens(...ways.untilAsked)
  t.mock.timers.tick(1000)
  await turn()
  assert.equal(errors.length, 1)
  happens(...ways.untilStart.slice(ways.untilAsked.length))
  store.broken = undefined
  t.mock.timers.tick(5000)
  await turn()
  const [only] = store.boots.values()
  assert.deepEqual([only?.boot.state, only?.lines.size, store.saves], ['started', 15, [1, 1]])
  assert.equal(boots.sizes().lost, 0)
})

test('a store that hangs is asked once, and what waits for it is bounded', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { boots, store } = opened(t)
  const hanging = Promise.withResolvers<void>()
  store.hanging = hanging.promise
  const hex = (n: number) => n.toString(16).padStart(2, '0')
  for (let n = 0; n < 12_000; n += 1) {
    const of = `52:54:00:00:${hex(n >> 8)}:${hex(n & 255)}`
    for (const event of [asked, decided(), ...ways.untilScript.slice(0, 5)])
      boots.note({ ...event, ...('mac' in event && { mac: of }) } as BootEvent)
    if (n % 1000 === 0) {
      t.mock.timers.tick(1000)
      await turn()
    }
  }
  const sizes = boots.sizes()
  assert.deepEqual(store.saves, [1])
  assert.ok(sizes.unsaved <= 50_000)
  assert.ok(sizes.lost > 0)
  assert.ok(sizes.live <= 15_000)
  hanging.resolve()
})

test('made-up DISCOVERs are never written; a machine that stays in DHCP is, after a moment', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { boots, store, happens, pass } = opened(t)
  const hex = (n: number) => n.toString(16).padStart(2, '0')
  for (let n = 0; n < 10_000; n += 1)
    boots.note({ ...discover('dhcp'), mac: `02:00:00:00:${hex(n >> 8)}:${hex(n & 255)}` } as BootEvent)
  t.mock.timers.tick(1000)
  await turn()
  assert.deepEqual(store.saves, [])
  happens(discover('dhcp'), offer('dhcp'))
  pass(4000)
  t.mock.timers.tick(1000)
  for (let turns = 0; turns < 200; turns += 1) await turn()
  assert.ok([...store.boots.values()].some(({ boot }) => boot.mac === mac))
})

test('a note that cannot be taken is told, and harms nobody', (t) => {
  const { boots, errors } = opened(t)
  boots.note({
    kind: 'asked',
    mac: '52:54:00:00:00:01',
    get address(): string {
      throw new Error('trap')
    },
  } as BootEvent)
  assert.equal(errors.length, 1)
})

test('listeners hear what happens in order, from the moment they listen, and can go on where they were', async (t) => {
  const { boots, happens } = opened(t)
  happens(...scenes.firmwareInProxy)
  const { heard, listening } = listenTo(boots.feed)
  assert.equal(listening.since, 'reset')
  happens(...ways.untilLoader.slice(3))
  await turn()
  assert.deepEqual(kinds(heard), ['discover', 'offer', 'tftp', 'tftp'])
  listening.stop()
  happens(...ways.untilScript.slice(ways.untilLoader.length))
  await turn()
  assert.equal(heard.length, 4)
  const again = listenTo(boots.feed, heard.at(1)?.id)
  assert.deepEqual(again.listening.since === 'reset' ? [] : kinds(again.listening.since), [
    'tftp',
    'tftp',
    'discover',
    'offer',
  ])
  assert.equal(listenTo(boots.feed, again.listening.last).listening.since.length, 0)
})

test('who was away for too long, or was with another start, has to list anew', async (t) => {
  const { boots, happens } = opened(t)
  happens(...scenes.firmwareInProxy)
  const { listening } = listenTo(boots.feed)
  const [start = ''] = listening.last.split('-')
  for (const strange of ['', 'x', '1-1', `${start}-99`, `${start}-x`, `${start}-1-2`, `${start}--1`, '-1'])
    assert.equal(listenTo(boots.feed, strange).listening.since, 'reset', strange)
  for (let n = 0; n < 3000; n += 1) happens({ kind: 'phone-home', mac, state: 'line', text: `${n}` })
  assert.equal(listenTo(boots.feed, listening.last).listening.since, 'reset')
})

test('a burst reaches a listener whole, though it is longer than what is kept', async (t) => {
  const { boots, happens } = opened(t)
  happens(...scenes.firmwareInProxy)
  const { heard } = listenTo(boots.feed)
  for (let n = 0; n < 10_000; n += 1) boots.note({ kind: 'phone-home', mac, state: 'line', text: `${n}` })
  await turn()
  assert.equal(heard.length, 10_000)
  const numbers = heard.map(({ id }) => Number(id.split('-')[1]))
  assert.deepEqual(
    numbers,
    numbers.map((_, at) => (numbers[0] ?? 0) + at),
  )
})

test('what only repeats itself is no news, that a state changes by silence is', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { boots, happens, pass } = opened(t)
  await boots.start()
  happens(...scenes.firmwareInDhcp)
  const { heard } = listenTo(boots.feed)
  happens(...scenes.firmwareInDhcp)
  await turn()
  assert.equal(heard.length, 0)
  pass(80_000)
  t.mock.timers.tick(5000)
  await turn()
  assert.deepEqual(
    heard.map(({ boot, line }) => [boot.state, boot.cause?.code, line]),
    [['failed', 'loader-not-asked', undefined]],
  )
})
