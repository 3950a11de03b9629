import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { BootEvent } from '@bootcast/boot'
import { calls } from '@bootcast/uplink'
import {
  asked,
  decided,
  discover,
  fileSent,
  files,
  lease,
  mac,
  scenes,
  ways,
} from '../../testing/boot-scenes.ts'
import { MemoryBootStore } from '../../testing/memory-boot-store.ts'
import { numberIn, siteStart, someEvents } from '../../testing/site-scenes.ts'
import { newId } from '../database/open.ts'
import type { News } from './boot-feed.ts'
import { Boots } from './boots.ts'
import type { SiteEvent } from './site-boots.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const grenoble = { site: 's1', siteName: 'grenoble' } as const
const lyon = { site: 's2', siteName: 'lyon' } as const

/** One event a second, the first of them a second after `at`. */
const timed = (at: number, events: readonly BootEvent[]): SiteEvent[] =>
  events.map((event, n) => ({ at: at + (n + 1) * second, event }))

/** A platform whose clock is set by hand, and sites that number what they say. */
function scene(t: TestContext, store = new MemoryBootStore()) {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let now = siteStart + 12 * hour
  const errors: unknown[] = []
  const heard: News[] = []
  const next = new Map<string, number>()
  const open = async () => {
    const boots = new Boots({ store, newId, onError: (error) => errors.push(error), now: () => now })
    boots.feed.listen({ onNews: (news) => heard.push(...news) })
    await boots.start()
    t.after(() => boots.stop())
    return boots
  }
  return {
    ...{ store, errors, heard, open },
    now: () => now,
    async tells(boots: Boots, of: typeof grenoble | typeof lyon, events: readonly SiteEvent[]) {
      const first = next.get(of.site) ?? 1
      next.set(of.site, first + events.length)
      return await boots.take({ ...of, first, events })
    },
    /** The clock is looked at as it is every few seconds; sites that are there say so. */
    async pass(boots: Boots, ms: number, there: readonly (typeof grenoble | typeof lyon)[] = []) {
      for (const until = now + ms; now < until; ) {
        now += 5 * second
        t.mock.timers.tick(5 * second)
        if (now % (20 * second) === 0)
          for (const of of there) await boots.take({ ...of, first: next.get(of.site) ?? 1, events: [] })
        for (let turns = 0; turns < 8; turns += 1) await turn()
      }
    },
    all: () =>
      [...store.boots.values()].map(({ boot }) => boot).sort((one, two) => (one.id < two.id ? -1 : 1)),
    lines: () => [...store.boots.values()].flatMap(({ lines }) => [...lines.values()]),
  }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('what a site tells is kept when its number is answered, and named after the site', async (t) => {
  const { open, tells, all, lines, now, heard } = scene(t)
  const boots = await open()
  assert.equal(await tells(boots, grenoble, timed(now() - minute, ways.untilStart)), 17)
  const [boot] = all()
  assert.deepEqual([boot?.mac, boot?.state, boot?.facts.site], [mac, 'started', 'grenoble'])
  assert.equal(boot?.beganAt, now() - minute + second)
  assert.equal(lines().length, 15)
  await turn()
  assert.deepEqual(heard.map(({ line }) => line?.kind).slice(0, 3), ['discover', 'offer', 'request'])
  assert.equal(boots.sizes().live, 1)
})

test('what was taken is not taken again, however a batch is cut', async (t) => {
  const { open, store, lines } = scene(t)
  const boots = await open()
  const take = (first: number, count: number) =>
    boots.take({ ...grenoble, first, events: someEvents(first, count) })
  const marks = [
    ...[await take(1, 100), await take(1, 100), await take(51, 100), await take(20, 10)],
    ...[await take(150, 1), await take(1, 300), await take(301, 0)],
  ]
  assert.deepEqual(marks, [100, 100, 150, 150, 150, 300, 300])
  assert.deepEqual(
    lines()
      .map(numberIn)
      .sort((one, two) => one - two),
    Array.from({ length: 300 }, (_, n) => n + 1),
  )
  assert.ok(lines().every(({ times }) => times === undefined))
  assert.equal(store.marks.get('s1'), 300)
})

test('a store that fails keeps nothing, says nothing, and the same events count once when it is there again', async (t) => {
  const { open, store, lines, heard, tells, now } = scene(t)
  const boots = await open()
  const begun = timed(now() - minute, ways.untilKernel)
  await tells(boots, grenoble, begun)
  await turn()
  const before = heard.length
  const rest = { ...grenoble, first: begun.length + 1 }
  const events = timed(now() - 10 * second, ways.untilStart.slice(begun.length))
  store.broken = new Error('disk')
  await assert.rejects(boots.take({ ...rest, events }), /disk/)
  await turn()
  assert.equal(heard.length, before)
  store.broken = undefined
  assert.equal(await boots.take({ ...rest, events }), 17)
  const [only] = store.boots.values()
  assert.equal(only?.boot.state, 'started')
  assert.equal(only?.boot.facts.bytes, 1_048_576 + files.kernel.size + files.initrd.size)
  assert.equal(lines().filter(({ kind }) => kind === 'started').length, 1)
})

test('an answer that was lost after all was kept doubles nothing', async (t) => {
  const { open, store, lines } = scene(t)
  const boots = await open()
  const save = store.save.bind(store)
  store.save = async (records, mark) => {
    await save(records, mark)
    throw new Error('the line was cut')
  }
  const batch = { ...grenoble, first: 1, events: someEvents(1, 50) }
  await assert.rejects(boots.take(batch), /cut/)
  store.save = save
  assert.equal(await boots.take(batch), 50)
  assert.equal(lines().length, 50)
})

test('boots of hours ago end as they ended, whole batches late', async (t) => {
  const { open, tells, all, now } = scene(t)
  const boots = await open()
  const began = now() - 8 * hour
  const of = (last: string, events: readonly BootEvent[]) =>
    events.map((event) => ({ ...event, ...('mac' in event && { mac: `52:54:00:00:00:${last}` }) }))
  const waits = decided({ decision: 'menu', because: 'sign in', files: [] })
  await tells(boots, grenoble, timed(began, ways.untilStart))
  await tells(boots, grenoble, timed(began + hour, of('02', scenes.firmwareInDhcp) as BootEvent[]))
  await tells(boots, grenoble, timed(began + 2 * hour, of('03', [asked, waits]) as BootEvent[]))
  const phones = decided({ phonesHome: true })
  const sent = [fileSent(files.kernel, 'h8'), fileSent(files.initrd, 'h9')].map((event) => ({
    ...event,
    mac: '52:54:00:00:00:04',
  }))
  const installs = [...of('04', [asked, phones]), ...sent] as BootEvent[]
  await tells(boots, grenoble, timed(began + 3 * hour, installs))
  const done = { kind: 'phone-home', mac: '52:54:00:00:00:04', state: 'done' } as const
  await tells(boots, grenoble, timed(began + 4 * hour, [done]))
  assert.deepEqual(
    all().map(({ state, cause, closedAt }) => [state, cause?.code, closedAt !== undefined]),
    [
      ['started', undefined, true],
      ['failed', 'loader-not-asked', true],
      ['waiting', undefined, false],
      ['done', undefined, false],
    ],
  )
  assert.ok(all().every(({ beganAt, lastAt }) => beganAt < began + 5 * hour && lastAt < began + 5 * hour))
})

test('events that come late are put as if they had come in time: a long silence ends a boot', async (t) => {
  const { open, tells, all, lines, now } = scene(t)
  const boots = await open()
  const began = now() - 8 * hour
  const late = { kind: 'phone-home', mac, state: 'line', text: 'who am I?' } as const
  await tells(boots, grenoble, [
    ...timed(began, ways.untilStart),
    ...timed(began + 3 * hour, [late, lease]),
    ...timed(began + 4 * hour, [asked, decided()]),
  ])
  assert.equal(all().length, 2)
  assert.ok(!lines().some(({ kind }) => kind === 'phone-home'))
})

test('a line that is cut in the middle of a boot gives nothing up: the rest comes later', async (t) => {
  const { open, tells, all, pass, now } = scene(t)
  const boots = await open()
  const cutAt = now()
  await tells(boots, grenoble, timed(cutAt - 12 * second, ways.untilPlan))
  await pass(boots, 9 * minute)
  assert.deepEqual([all()[0]?.state, all()[0]?.closedAt], ['booting', undefined])
  await pass(boots, 3 * hour)
  assert.equal(boots.sizes().live, 0, 'and nothing of it is in memory')
  await tells(boots, grenoble, timed(cutAt, ways.untilStart.slice(ways.untilPlan.length)))
  assert.deepEqual(
    all().map(({ state }) => state),
    ['started'],
  )
})

test('a machine that falls silent at a site that is there is a failure when its patience is over', async (t) => {
  const { open, tells, all, pass, now } = scene(t)
  const boots = await open()
  await tells(boots, grenoble, timed(now() - 5 * second, scenes.firmwareInDhcp))
  await pass(boots, minute, [grenoble])
  assert.equal(all()[0]?.state, 'booting')
  await pass(boots, 20 * second, [grenoble])
  assert.deepEqual([all()[0]?.state, all()[0]?.cause?.code], ['failed', 'loader-not-asked'])
  await pass(boots, 15 * minute, [grenoble])
  assert.ok(all()[0]?.closedAt !== undefined)
})

test('the same addresses and machines at two sites and at the platform itself are three boots', async (t) => {
  const { open, tells, all, now, store } = scene(t)
  const boots = await open()
  const start = now() - minute
  const other = (events: readonly BootEvent[]) =>
    events.map((event) => ('mac' in event ? { ...event, mac: '52:54:00:99:99:99' } : event)) as BootEvent[]
  for (const [n, event] of ways.untilStart.entries()) {
    const at = start + n * second
    await tells(boots, grenoble, [{ at, event }])
    await tells(
      boots,
      lyon,
      other([event]).map((moved) => ({ at, event: moved })),
    )
    if (n < ways.untilPlan.length) boots.note(event)
  }
  const { items } = await boots.list({ limit: 9 })
  assert.equal(items.length, 3)
  assert.deepEqual(
    all()
      .map(({ mac: of, state, facts }) => `${facts.site} ${of} ${state} ${facts.bytes}`)
      .sort(),
    [
      `grenoble ${mac} started ${1_048_576 + files.kernel.size + files.initrd.size}`,
      `lyon 52:54:00:99:99:99 started ${1_048_576 + files.kernel.size + files.initrd.size}`,
      `undefined ${mac} booting 1048576`,
    ],
  )
  assert.deepEqual([...store.marks.values()], [17, 17])
})

test('a platform that starts anew goes on with the boots of a site, which were not interrupted', async (t) => {
  const { open, tells, all, lines, now } = scene(t)
  const before = await open()
  await tells(before, grenoble, timed(now() - minute, ways.untilKernel))
  before.note({ ...asked, mac: '52:54:00:00:00:09' } as BootEvent)
  await before.stop()
  const boots = await open()
  await tells(boots, grenoble, timed(now() - 10 * second, ways.untilStart.slice(ways.untilKernel.length)))
  await boots.list({ limit: 9 })
  assert.deepEqual(
    all().map(({ facts: { site, isInterrupted }, state }) => [site, isInterrupted, state]),
    [
      ['grenoble', undefined, 'started'],
      [undefined, true, 'booting'],
    ],
  )
  assert.equal(lines().filter(({ kind }) => kind === 'restarted').length, 1)
})

test('what is no event is passed over, and what is too much of one is cut', async (t) => {
  const { open, tells, errors, lines, all, now } = scene(t)
  const boots = await open()
  const strange: readonly unknown[] = [
    ...[{ kind: 'constructor', mac }, { kind: 'of-a-later-version', mac }, { mac }, 7],
    ...[
      { ...asked, mac: 'x' },
      { ...fileSent(files.kernel, 'h1'), bytes: 1e300 },
    ],
    ...[
      { ...asked, mac: { toString: 1 } },
      { ...discover('dhcp'), via: 'carrier pigeon' },
    ],
  ]
  const long = { ...asked, product: 'x'.repeat(1_000_000), secret: 'hunter2' }
  // As it comes in.
  const told = calls.events.request.parse({
    ...{ sentAt: now(), first: 1 },
    events: [...strange, long].map((event) => ({ at: now() - minute, event })),
  })
  assert.equal(await tells(boots, grenoble, told.events), 9)
  assert.deepEqual(errors, [])
  assert.equal(lines().length, 1)
  const text = JSON.stringify([all(), lines()])
  assert.ok(text.length < 2000 && !text.includes('hunter2'), text)
})

test('a time that is to come is now', async (t) => {
  const { open, tells, all, now } = scene(t)
  const boots = await open()
  await tells(boots, grenoble, [{ at: now() + hour, event: asked }])
  assert.deepEqual(
    all().map(({ beganAt, lastAt }) => [beganAt, lastAt]),
    [[now(), now()]],
  )
})

test('made-up machines at a site push out each other, and no machine that boots', async (t) => {
  const { open, tells, store, now } = scene(t)
  const boots = await open()
  const hex = (n: number) => n.toString(16).padStart(2, '0')
  await tells(boots, grenoble, timed(now() - minute, ways.untilPlan))
  for (let part = 0; part < 6; part += 1)
    await tells(
      boots,
      grenoble,
      Array.from({ length: 500 }, (_, n) => ({
        at: now() - 30 * second + part,
        event: {
          ...discover('dhcp'),
          mac: `02:00:00:${hex(part)}:${hex(n >> 8)}:${hex(n & 255)}`,
        } as BootEvent,
      })),
    )
  assert.equal(boots.sizes().live, 1_001)
  await tells(boots, grenoble, timed(now() - 20 * second, ways.untilStart.slice(ways.untilPlan.length)))
  assert.deepEqual(
    [...store.boots.values()].flatMap(({ boot }) => (boot.mac === mac ? [boot.state] : [])),
    ['started'],
  )
})

test('two batches of a site at once are not taken, nor one that is too long or has no numbers', async (t) => {
  const { open, store } = scene(t)
  const boots = await open()
  const hanging = Promise.withResolvers<void>()
  store.hanging = hanging.promise
  const batch = { ...grenoble, first: 1, events: someEvents(1, 3) }
  const one = boots.take(batch)
  await assert.rejects(boots.take(batch), { code: 'site_events_refused', message: /already/ })
  hanging.resolve()
  assert.equal(await one, 3)
  const refused = { code: 'site_events_refused' }
  await assert.rejects(boots.take({ ...batch, events: someEvents(1, 501) }), refused)
  for (const first of [0, -1, 1.5, Number.NaN]) await assert.rejects(boots.take({ ...batch, first }), refused)
  const event = { ...lease }
  for (const at of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    await assert.rejects(boots.take({ ...batch, events: [{ at, event }] }), refused)
})

test('numbers that were lost with the records are passed over', async (t) => {
  const { open } = scene(t)
  const boots = await open()
  assert.equal(await boots.take({ ...grenoble, first: 5_001, events: someEvents(5_001, 10) }), 5_010)
  assert.equal(await boots.take({ ...grenoble, first: 5_011, events: [] }), 5_010)
})
