import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BootEvent } from '@bootcast/boot'
import { siteFolder } from '../../testing/site-folder.ts'
import { EventQueue } from './event-queue.ts'
import { EventSender, type SendEvents } from './event-sender.ts'

const event: BootEvent = { kind: 'lease', mac: '52:54:00:b0:07:01', leased: '10.0.0.1' }

/** A queue with its sender and an upstream that takes each number once. */
function scene(t: TestContext, delays: object = {}) {
  const { open, atEnd } = siteFolder(t)
  const queue = new EventQueue({
    database: open(),
    onDropped: () => undefined,
    onError: assert.ifError,
  })
  const batches: Parameters<SendEvents>[0][] = []
  const errors: unknown[] = []
  const upstream = { mark: 0, broken: false, atOnce: 0, mostAtOnce: 0 }
  const sender = new EventSender({
    queue,
    delays: { gatherMs: 5, quietMs: 60_000, retryMs: 5, longestRetryMs: 20, ...delays },
    onError: (error) => errors.push(error),
    send: async (batch) => {
      upstream.atOnce += 1
      upstream.mostAtOnce = Math.max(upstream.mostAtOnce, upstream.atOnce)
      await sleep(1)
      upstream.atOnce -= 1
      if (upstream.broken) throw new Error('away')
      batches.push(batch)
      if (batch.events.length > 0)
        upstream.mark = Math.max(upstream.mark, batch.first + batch.events.length - 1)
      return { upTo: upstream.mark }
    },
  })
  atEnd(() => queue.stop())
  atEnd(() => sender.stop())
  return { queue, sender, batches, errors, upstream, atEnd }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries += 1) {
    assert.ok(tries < 2000, 'it never came')
    await sleep(5)
  }
}

test('events go in batches of 500, one after another, and are forgotten when they have arrived', async (t) => {
  const { queue, sender, batches, upstream } = scene(t)
  for (let n = 0; n < 1200; n += 1) queue.append(event, n)
  sender.start()
  await until(() => queue.counts.events === 0)
  assert.deepEqual(
    batches.map(({ first, events }) => [first, events.length]),
    [
      [1, 0],
      [1, 500],
      [501, 500],
      [1001, 200],
    ],
  )
  assert.equal(upstream.mostAtOnce, 1)
  assert.ok(batches.every(({ sentAt }) => Math.abs(Date.now() - sentAt) < 60_000))
  queue.append(event, 7)
  await until(() => upstream.mark === 1201)
})

test('while the upstream is away nothing is lost, and it is asked less and less often', async (t) => {
  const { queue, sender, batches, errors, upstream } = scene(t, { retryMs: 1, longestRetryMs: 50 })
  upstream.broken = true
  sender.start()
  for (let n = 0; n < 30; n += 1) queue.append(event, n)
  await until(() => errors.length >= 4)
  assert.deepEqual(batches, [])
  upstream.broken = false
  await until(() => queue.counts.events === 0)
  assert.equal(upstream.mark, 30)
})

test('an upstream that is back is asked at once when somebody says so', async (t) => {
  const { queue, sender, errors, upstream } = scene(t, { retryMs: 100_000, longestRetryMs: 100_000 })
  upstream.broken = true
  queue.append(event, 1)
  sender.start()
  await until(() => errors.length === 1)
  upstream.broken = false
  sender.wake()
  await until(() => queue.counts.events === 0)
})

test('a queue that is new asks which numbers were used before, and goes on behind them', async (t) => {
  const { queue, sender, batches, upstream } = scene(t)
  upstream.mark = 5000
  queue.append(event, 1)
  sender.start()
  await until(() => upstream.mark === 5001)
  assert.deepEqual(
    batches.map(({ first, events }) => [first, events.length]),
    [
      [1, 0],
      [5001, 1],
    ],
  )
})

test('a site where nothing happens says now and then that it is there', async (t) => {
  const { sender, batches } = scene(t, { quietMs: 10 })
  sender.start()
  await until(() => batches.length >= 3)
  assert.ok(batches.every(({ events }) => events.length === 0))
})

test('an upstream that takes nothing, or answers no number, is a failure and not asked for ever at once', async (t) => {
  for (const upTo of [0, -1, Number.NaN]) {
    const { queue, atEnd } = scene(t)
    const errors: unknown[] = []
    let asked = 0
    const sender = new EventSender({
      queue,
      delays: { retryMs: 100_000, longestRetryMs: 100_000 },
      onError: (error) => errors.push(error),
      send: async () => {
        asked += 1
        return { upTo }
      },
    })
    atEnd(() => sender.stop())
    queue.append(event, 1)
    sender.start()
    await until(() => errors.length === 1)
    assert.ok(asked <= 2)
    await sender.stop()
    assert.equal(queue.counts.events, 1)
  }
})
