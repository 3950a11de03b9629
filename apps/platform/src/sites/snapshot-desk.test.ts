import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Snapshot } from '@bootcast/uplink'
import { someSnapshot } from '@bootcast/uplink/testing/some-snapshot'
import type { Site } from './site.ts'
import { SnapshotDesk } from './snapshot-desk.ts'

/** Snapshots of an hour's life, whose machines, menu and so on the test changes. */
function scene(t: TestContext) {
  const state = {
    now: 1_000_000,
    more: {} as Partial<Snapshot>,
    made: 0,
    sealed: 0,
    revokedAt: undefined as number | undefined,
    isBroken: false,
  }
  const desk = new SnapshotDesk({
    site: async (id) => ({ id, name: 'grenoble', revokedAt: state.revokedAt }) as Site,
    make: async () => {
      state.made += 1
      const times = { issuedAt: state.now, expiresAt: state.now + 3_600_000 }
      return { ...someSnapshot(1), ...times, ...state.more }
    },
    seal: async (snapshot) => {
      if (state.isBroken) throw new Error('no key')
      state.sealed += 1
      return { bytes: Buffer.from(JSON.stringify(snapshot)), signature: 'signed' }
    },
    onError: (error) => assert.fail(String(error)),
    now: () => state.now,
  })
  t.after(() => desk.stop())
  const ask = (etag?: string, waitMs = 0, signal = new AbortController().signal) =>
    desk.next('s1', { etag, waitMs, signal })
  return { desk, state, ask }
}

test('the first who asks gets one at once; who has it gets none while nothing changes', async (t) => {
  const { ask, state } = scene(t)
  const first = await ask()
  assert.ok(first)
  assert.equal(await ask(first.etag), undefined)
  assert.deepEqual(await ask('"of before"'), first)
  assert.deepEqual([state.made, state.sealed], [1, 1])
})

test('a change wakes who waits; what is no news for a site keeps its tag', async (t) => {
  const { desk, ask, state } = scene(t)
  const { etag } = (await ask()) ?? {}
  const waiting = ask(etag, 25_000)
  state.more = { defaultImage: 'demo' }
  desk.changed()
  const news = await waiting
  assert.ok(news && news.etag !== etag)
  const [machine] = someSnapshot(1).machines
  assert.ok(machine)
  state.more = { defaultImage: 'demo', machines: [{ ...machine, lastSeenAt: 99, address: '10.0.0.1' }] }
  desk.changed()
  assert.equal(await ask(news.etag), undefined)
  assert.deepEqual([state.made, state.sealed], [3, 2])
  state.more = { defaultImage: 'demo', machines: [{ ...machine, image: 'other' }] }
  desk.changed()
  assert.ok(await ask(news.etag))
})

test('it is issued anew long before its life is over, though nothing has changed', async (t) => {
  const { ask, state } = scene(t)
  const { etag } = (await ask()) ?? {}
  state.now += 10 * 60_000 - 1
  assert.equal(await ask(etag), undefined)
  state.now += 1
  const anew = await ask(etag)
  assert.equal(JSON.parse(anew?.bytes.toString() ?? '{}').issuedAt, state.now)
  state.more = { expiresAt: state.now + 40_000 }
  state.now += 10 * 60_000
  const short = await ask(anew?.etag)
  state.more = {}
  state.now += 10_000
  assert.ok(await ask(short?.etag))
})

test('what another process changed is seen though nobody said so', async (t) => {
  const { ask, state } = scene(t)
  const { etag } = (await ask()) ?? {}
  state.more = { defaultImage: 'demo' }
  assert.equal(await ask(etag), undefined)
  state.now += 15_000
  assert.ok(await ask(etag))
})

test('one that could not be signed is tried again, not taken for told', async (t) => {
  const { desk, ask, state } = scene(t)
  const { etag } = (await ask()) ?? {}
  state.more = { defaultImage: 'demo' }
  desk.changed()
  state.isBroken = true
  await assert.rejects(ask(etag), /no key/)
  state.isBroken = false
  assert.ok(await ask(etag))
})

test('a site that was revoked while it waits gets none, however old the one is that it has', async (t) => {
  const { desk, ask, state } = scene(t)
  const { etag } = (await ask()) ?? {}
  const waiting = ask(etag, 25_000)
  state.revokedAt = state.now
  state.now += 16_000
  desk.changed()
  await assert.rejects(waiting, { code: 'site_revoked' })
})

test('who waits is answered when the line is cut, and when the desk stops', async (t) => {
  const { desk, ask } = scene(t)
  const { etag } = (await ask()) ?? {}
  const cut = new AbortController()
  const first = ask(etag, 25_000, cut.signal)
  setTimeout(() => cut.abort(), 5)
  assert.equal(await first, undefined)
  const second = ask(etag, 25_000)
  setTimeout(() => desk.stop(), 5)
  assert.equal(await second, undefined)
  assert.equal(await ask(etag, 25_000), undefined)
})

test('of a site that is gone nothing is kept', async (t) => {
  const { desk, ask, state } = scene(t)
  await ask()
  desk.forget('s1')
  await ask()
  assert.equal(state.made, 2)
})
