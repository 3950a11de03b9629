import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { BootEvent } from '@bootcast/boot'
import { siteFolder } from '../../testing/site-folder.ts'
import { EventQueue, type EventQueueSettings } from './event-queue.ts'
import { QueueingJournal } from './queueing-journal.ts'

const mac = '52:54:00:b0:07:01'
const lease = (n: number): BootEvent => ({ kind: 'lease', mac, leased: `${n}` })
const word = (n: number): BootEvent => ({ kind: 'phone-home', mac, state: 'line', text: `${n}` })

function scene(t: TestContext, more: Partial<EventQueueSettings> = {}) {
  const { open, atEnd } = siteFolder(t)
  const errors: unknown[] = []
  const dropped: number[] = []
  return {
    errors,
    dropped,
    open: () => {
      const queue = new EventQueue({
        database: open(),
        onDropped: ({ events }) => dropped.push(events),
        onError: (error) => errors.push(error),
        ...more,
      })
      atEnd(() => queue.stop())
      return queue
    },
  }
}
const numbers = ({ events }: { readonly events: readonly { readonly event: BootEvent }[] }) =>
  events.map(({ event }) =>
    Number('leased' in event ? event.leased : 'text' in event ? event.text : Number.NaN),
  )

test('events come out in their order, numbered from 1 on, until they are forgotten', (t) => {
  const queue = scene(t).open()
  const journal = new QueueingJournal(queue, () => 1000)
  for (let n = 1; n <= 5; n += 1) journal.note(lease(n))
  assert.deepEqual(queue.next(2), {
    first: 1,
    events: [
      { at: 1000, event: lease(1) },
      { at: 1000, event: lease(2) },
    ],
  })
  assert.deepEqual(numbers(queue.next(2)), [1, 2])
  queue.forget(1)
  const batch = queue.next(3)
  assert.deepEqual([batch.first, numbers(batch)], [2, [2, 3, 4]])
  queue.forget(4)
  assert.deepEqual([queue.next(9).first, queue.counts.events, queue.nextNumber], [5, 1, 6])
  queue.forget(5)
  assert.deepEqual([queue.next(9), queue.counts.bytes], [{ first: 6, events: [] }, 0])
})

test('numbers and events outlive the process that stops, and a number that was used never comes again', (t) => {
  const { open } = scene(t)
  const before = open()
  for (let n = 1; n <= 4; n += 1) before.append(lease(n), n)
  before.next(2)
  before.forget(2)
  before.stop()
  const queue = open()
  assert.equal(queue.counts.events, 2)
  queue.append(lease(5), 5)
  const batch = queue.next(9)
  assert.deepEqual([batch.first, numbers(batch)], [3, [3, 4, 5]])
  queue.forget(5)
  queue.stop()
  assert.equal(open().nextNumber, 6)
})

test('what was handed out keeps its number when older events are dropped', (t) => {
  const { open } = scene(t, { most: { events: 10, bytes: 1e9 } })
  const queue = open()
  for (let n = 1; n <= 10; n += 1) queue.append(lease(n), n)
  assert.deepEqual(numbers(queue.next(3)), [1, 2, 3])
  for (let n = 11; n <= 15; n += 1) queue.append(lease(n), n)
  const batch = queue.next(20)
  assert.deepEqual([batch.first, numbers(batch)], [1, [1, 2, 3, 9, 10, 11, 12, 13, 14, 15]])
})

test('a full queue drops the oldest that only tells of DHCP, then the oldest, and counts them', (t) => {
  const { open, dropped } = scene(t, { most: { events: 6, bytes: 1e9 } })
  const queue = open()
  for (let n = 1; n <= 8; n += 1) queue.append(n % 2 === 0 ? lease(n) : word(n), n)
  queue.stop()
  for (let n = 9; n <= 12; n += 1) queue.append(word(n), n)
  assert.deepEqual(numbers(queue.next(20)), [5, 7, 9, 10, 11, 12])
  assert.equal(dropped.length > 0 && queue.counts.dropped, 6)
  queue.stop()
  assert.equal(open().counts.dropped, 6)
})

test('bytes are bounded too, and an event that is far too long is dropped at once', (t) => {
  const { open, errors } = scene(t, { most: { events: 1e9, bytes: 20_000 } })
  const queue = open()
  for (let n = 1; n <= 50; n += 1)
    queue.append({ ...lease(n), leased: `${'x'.repeat(1000)}` } as BootEvent, n)
  queue.stop()
  assert.ok(queue.counts.bytes <= 20_000 && queue.counts.bytes > 15_000)
  const { events } = queue.counts
  queue.append({ ...lease(1), leased: 'x'.repeat(20_000) } as BootEvent, 1)
  assert.equal(queue.counts.events, events)
  assert.deepEqual(errors, [])
})

test('no event makes it throw, and none stands before the others', (t) => {
  const { open, errors } = scene(t)
  const queue = open()
  const trap = {
    kind: 'lease',
    get mac(): string {
      throw new Error('trap')
    },
  }
  const round: Record<string, unknown> = { kind: 'lease' }
  round['self'] = round
  for (const strange of [trap, round, undefined, { kind: 'lease', mac: 1n }])
    queue.append(strange as unknown as BootEvent, 1)
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5]) queue.append(lease(1), at)
  queue.append({ ...lease(1), mac: '\ud800\u0000' } as BootEvent, 1)
  assert.equal(queue.next(9).events.length, 5)
  assert.equal(errors.length, 4)
})

test('a disk that fails is told, and what came meanwhile is bounded and written when it is there again', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { open } = siteFolder(t)
  const database = open()
  const errors: unknown[] = []
  const queue = new EventQueue({
    database,
    onDropped: () => undefined,
    onError: (error) => errors.push(error),
  })
  database.sqlite.exec('PRAGMA query_only=ON')
  for (let n = 0; n < 10_005; n += 1) queue.append(lease(n), n)
  t.mock.timers.tick(250)
  assert.deepEqual([errors.length, queue.counts.events, queue.counts.dropped], [1, 10_000, 5])
  database.sqlite.exec('PRAGMA query_only=OFF')
  t.mock.timers.tick(5000)
  assert.deepEqual(numbers(queue.next(2)), [5, 6])
  assert.equal(queue.counts.events, 10_000)
})

test('events are written within a quarter of a second, without anybody who asks for them', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { open } = siteFolder(t)
  const queue = new EventQueue({ database: open(), onDropped: () => undefined, onError: assert.ifError })
  queue.append(lease(1), 1)
  const rows = () => open().sqlite.prepare('SELECT count(*) AS n FROM events').get()?.['n']
  assert.equal(rows(), 0)
  t.mock.timers.tick(250)
  assert.equal(rows(), 1)
})

test('numbers that the upstream knows already are passed over', (t) => {
  const queue = scene(t).open()
  queue.append(lease(1), 1)
  queue.forget(500)
  const batch = queue.next(9)
  assert.deepEqual([batch.first, numbers(batch)], [501, [1]])
})
