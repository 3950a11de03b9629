import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BootSession, CodesAway } from '@bootcast/boot'
import { UpstreamRefused } from '@bootcast/uplink'
import { eventually } from '../../testing/eventually.ts'
import { FakeUplink } from '../../testing/fake-uplink.ts'
import { HeardMachines } from './heard-machines.ts'
import { Refusals } from './refusals.ts'
import { Reporter } from './reporter.ts'
import { SiteCodes } from './site-codes.ts'

const macOf = (n: number) =>
  `52:54:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`
const session: BootSession = {
  ...{
    secret: 'hash',
    id: 'b1',
    machine: { mac: macOf(1) },
    openedAt: 1,
    address: '10.0.0.9',
    lastUsedAt: 1,
  },
  ...{ user: undefined, pass: undefined },
}

test('a code is asked of the platform by the public id of the boot, never by its secret', async () => {
  const uplink = new FakeUplink({ code: () => ({ code: 'BCDF-GHJK', expiresAt: 5 }) })
  const codes = new SiteCodes(uplink)
  assert.deepEqual(await codes.codeFor(session), { code: 'BCDF-GHJK', session, expiresAt: 5 })
  assert.deepEqual(uplink.told('code'), [{ session: 'b1', machine: session.machine, from: '10.0.0.9' }])
})

test('while the platform is away there are no codes, and one that is shown stays waiting', async () => {
  const uplink = new FakeUplink()
  const codes = new SiteCodes(uplink)
  const { signal } = new AbortController()
  await assert.rejects(codes.codeFor(session), CodesAway)
  assert.deepEqual(await codes.wait(session, signal), { state: 'waiting' })
  uplink.answers.codeWait = () => ({ state: 'approved', user: 'ann', choice: undefined })
  assert.deepEqual(await codes.wait(session, signal), { state: 'approved', user: 'ann', choice: undefined })
  const refusing = () => {
    throw new UpstreamRefused({ code: 'forbidden', status: 403, detail: 'no' })
  }
  Object.assign(uplink.answers, { code: refusing, codeWait: refusing })
  await assert.rejects(codes.codeFor(session), { code: 'forbidden' })
  await assert.rejects(codes.wait(session, signal), { code: 'forbidden' })
})

test('a report is told at once, then now and then; soon after something has changed; not after the stop', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  const report = { version: '1' } as never
  let isBroken = false
  const uplink = new FakeUplink({ report: () => ({}) })
  const reporter = new Reporter({
    uplink,
    log: () => undefined,
    report: async () => {
      if (isBroken) throw new Error('EIO')
      return report
    },
  })
  const after = async (ms: number) => {
    t.mock.timers.tick(ms)
    for (let turn = 0; turn < 5; turn += 1) await undefined
    return uplink.calls.length
  }
  reporter.start()
  assert.equal(await after(0), 1)
  assert.equal(await after(15_000), 2)
  for (let n = 0; n < 100; n += 1) reporter.soon()
  assert.equal(await after(1_000), 3)
  uplink.isAway = true
  assert.equal(await after(15_000), 4)
  isBroken = true
  assert.equal(await after(15_000), 4)
  isBroken = false
  assert.equal(await after(15_000), 5)
  reporter.stop()
  reporter.soon()
  assert.equal(await after(60_000), 5)
})

test('machines that were heard go up together, each once, 500 at most; away they are forgotten', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const uplink = new FakeUplink({ heard: () => ({}) })
  const heard = new HeardMachines(uplink)
  for (let n = 0; n < 600; n += 1) heard.add({ mac: macOf(n) })
  heard.add({ mac: macOf(0), product: 'newer' })
  t.mock.timers.tick(2_000)
  const [first] = uplink.told('heard') as { machines: { mac: string; product?: string }[] }[]
  assert.equal(first?.machines.length, 500)
  assert.deepEqual(first?.machines[0], { mac: macOf(0), product: 'newer' })
  uplink.isAway = true
  heard.add({ mac: macOf(1) })
  t.mock.timers.tick(2_000)
  heard.add({ mac: macOf(2) })
  heard.stop()
  t.mock.timers.tick(60_000)
  await eventually(() => uplink.calls.length === 2)
})

test('wrong keys go up together, 200 at most, and never one by one', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const uplink = new FakeUplink({ refused: () => ({}) })
  const refusals = new Refusals(uplink)
  for (let n = 0; n < 1000; n += 1) refusals.add({ mac: undefined, why: `${n}` })
  assert.equal(uplink.calls.length, 0)
  t.mock.timers.tick(2_000)
  const [first] = uplink.told('refused') as { refusals: unknown[] }[]
  assert.equal(first?.refusals.length, 200)
  uplink.isAway = true
  refusals.add({ mac: undefined, why: 'away' })
  t.mock.timers.tick(2_000)
  refusals.add({ mac: undefined, why: 'stopped' })
  refusals.stop()
  t.mock.timers.tick(60_000)
  assert.equal(uplink.calls.length, 2)
})
