import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { bootSourceContract } from '../../testing/boot-source-contract.ts'
import { MemoryBootSource } from '../../testing/memory-boot-source.ts'
import { MemoryJournal } from '../../testing/memory-journal.ts'
import type { BootDecision } from '../boot-source.ts'
import { AdmittingBootSource } from './admitting-boot-source.ts'

const linux = {
  method: 'linux',
  title: 'demo 3',
  architecture: 'x86_64',
  kernel: { digest: `sha256:${'a'.repeat(64)}`, size: 9, name: 'vmlinuz' },
  initrds: [],
  cmdline: '',
} as const

const macOf = (index: number) => `52:54:00:00:00:${index.toString(16).padStart(2, '0')}`

/** Every machine is told to boot demo 3; so many may at once. */
function scene(most: number | undefined, source = new MemoryBootSource()) {
  const settings: { most: number | undefined } = { most }
  const clock = { at: 1_000_000 }
  const journal = new MemoryJournal()
  for (let index = 0; index < 100; index++) source.plans.set(macOf(index), linux)
  const admitting = new AdmittingBootSource({
    ...{ source, journal },
    mostBoots: () => settings.most,
    now: () => clock.at,
  })
  const ask = (index: number, more: { user?: string; choice?: string } = {}) =>
    admitting.decide({ machine: { mac: macOf(index) }, from: `10.0.0.${index}`, ...more })
  const told = async (...indexes: readonly number[]) => {
    const words: string[] = []
    for (const index of indexes) words.push(wordOf(await ask(index)))
    return words
  }
  const started = (index: number) =>
    admitting.started({
      machine: { mac: macOf(index) },
      release: 'demo@3',
      leave: undefined,
      user: undefined,
    })
  return { source, settings, clock, journal, admitting, ask, told, started }
}

const wordOf = ({ plan }: BootDecision) =>
  plan.method === 'wait' ? (/place \d+ of \d+/.exec(plan.reason)?.[0] ?? plan.reason) : plan.method

test('so many boot at once; the others see their place, first come first served', async () => {
  const { told, started, admitting } = scene(2)
  assert.deepEqual(await told(1, 2, 3, 4, 5), [
    'linux',
    'linux',
    'place 1 of 1',
    'place 2 of 2',
    'place 3 of 3',
  ])
  assert.deepEqual(await told(5, 4, 3), ['place 3 of 3', 'place 2 of 3', 'place 1 of 3'])
  assert.deepEqual(admitting.load, { running: 2, waiting: 3 })
  await started(1)
  assert.deepEqual(await told(5, 4, 6, 3, 4), [
    'place 3 of 3',
    'place 2 of 3',
    'place 4 of 4',
    'linux',
    'place 1 of 3',
  ])
  assert.deepEqual(admitting.counters(), { 'admission.admitted': 3, 'admission.queued': 4 })
})

test('of a thousand that ask in one moment no more get in than may', async () => {
  const { ask, source, admitting } = scene(7)
  const many = Array.from({ length: 1000 }, (_, index) => {
    source.plans.set(macOf(index), linux)
    return ask(index)
  })
  const plans = (await Promise.all(many)).map(({ plan }) => plan)
  assert.equal(plans.filter(({ method }) => method === 'linux').length, 7)
  assert.equal(new Set(plans.flatMap((plan) => (plan.method === 'wait' ? [plan.reason] : []))).size, 993)
  const pauses = plans.flatMap((plan) => (plan.method === 'wait' ? [plan.seconds] : []))
  assert.ok(pauses.every((seconds) => seconds >= 5 && seconds <= 15))
  assert.ok(new Set(pauses).size > 900)
  assert.deepEqual(admitting.load, { running: 7, waiting: 993 })
})

test('without a limit nothing waits, and a limit that comes later counts what runs', async () => {
  const { told, settings, admitting } = scene(undefined)
  assert.deepEqual(await told(1, 2, 3), ['linux', 'linux', 'linux'])
  settings.most = 3
  assert.deepEqual(await told(4), ['place 1 of 1'])
  settings.most = undefined
  assert.deepEqual(await told(4), ['linux'])
  assert.deepEqual(admitting.load, { running: 4, waiting: 0 })
})

test('a machine that was let in may ask again', async () => {
  const { told } = scene(1)
  assert.deepEqual(await told(1, 2, 1, 1), ['linux', 'place 1 of 1', 'linux', 'linux'])
})

test('a place is forgotten when its machine does not ask for a minute', async () => {
  const { told, clock } = scene(1)
  assert.deepEqual(await told(1, 2, 3), ['linux', 'place 1 of 1', 'place 2 of 2'])
  clock.at += 50_000
  assert.deepEqual(await told(3), ['place 2 of 2'])
  clock.at += 20_000
  assert.deepEqual(await told(3, 2), ['place 1 of 1', 'place 2 of 2'])
})

test('a boot of which nothing is heard for three minutes is over; one that fetches something is not', async () => {
  const { told, clock, admitting, journal } = scene(3)
  await told(1, 2, 3)
  const name = 'vmlinuz'
  admitting.note({ kind: 'file-begins', mac: macOf(1), transfer: 'http:1', what: 'file', name })
  admitting.note({ kind: 'tftp-begins', address: '10.0.0.2', transfer: '10.0.0.2:1', path: name })
  clock.at += 170_000
  assert.deepEqual(await told(4), ['place 1 of 1'])
  clock.at += 20_000
  assert.deepEqual(await told(5, 4), ['place 2 of 2', 'linux'])
  const sent = { what: 'file', name, status: 200, bytes: 9, ms: 1, completed: true } as const
  admitting.note({ kind: 'file', mac: macOf(1), transfer: 'http:1', ...sent })
  clock.at += 55_000
  assert.deepEqual(await told(5), ['place 1 of 1'])
  clock.at += 55_000
  assert.deepEqual(await told(5), ['place 1 of 1'])
  clock.at += 55_000
  assert.deepEqual(await told(5), ['place 1 of 1'])
  clock.at += 55_000
  // Machines 1 and 4 are silent by now; 2 still fetches by TFTP.
  assert.deepEqual(await told(5, 6, 7), ['linux', 'linux', 'place 1 of 1'])
  assert.deepEqual(journal.kinds(), ['file-begins', 'tftp-begins', 'file'])
})

test('menus, the local disk, waits and refusals are never queued, and take no turn', async () => {
  const { source, told, admitting, ask } = scene(1)
  source.plans.set(macOf(8), { method: 'local-disk', reason: 'installed' })
  source.plans.set(macOf(9), {
    ...{ method: 'menu', user: undefined, images: [], preselected: 'code', seconds: 60 },
  })
  source.plansFor.set(' secret', { method: 'refuse', reason: 'no' })
  assert.deepEqual(await told(9, 8), ['menu', 'local-disk'])
  assert.equal(admitting.load.running, 0)
  assert.deepEqual(await told(1, 2, 8, 9, 10), [
    'linux',
    'place 1 of 1',
    'local-disk',
    'menu',
    'place 2 of 2',
  ])
  assert.equal((await ask(2, { choice: 'secret' })).plan.method, 'refuse')
  assert.deepEqual(await told(2), ['place 1 of 2'])
})

test('a machine that failed at the source takes no turn', async () => {
  const { source, told, ask } = scene(1)
  source.broken = new Error('away')
  await assert.rejects(ask(1), /away/)
  source.broken = undefined
  assert.deepEqual(await told(2, 3), ['linux', 'place 1 of 1'])
  source.broken = new Error('away')
  await assert.rejects(ask(4), /away/)
  source.broken = undefined
  assert.deepEqual(await told(5), ['place 2 of 2'])
})

/** Counts what is begun, as an opening that counts does. */
class CountingSource extends MemoryBootSource {
  readonly looked: string[] = []

  foresee(asking: Parameters<MemoryBootSource['decide']>[0]) {
    this.looked.push(asking.machine.mac)
    return super.decide(asking)
  }
}

test('nothing is begun for a machine that waits, and once a minute somebody looks for what else it may do', async () => {
  const source = new CountingSource()
  const { told, clock, started } = scene(1, source)
  await told(1, 2, 2, 2)
  assert.deepEqual(source.looked, [macOf(2)])
  const decided = () => source.asked.length - source.looked.length
  assert.equal(decided(), 1)
  for (let second = 0; second < 60; second += 10) {
    clock.at += 10_000
    await told(2)
  }
  assert.deepEqual([source.looked.length, decided()], [2, 1])
  await started(1)
  assert.deepEqual(await told(2), ['linux'])
  assert.deepEqual([source.looked.length, decided()], [2, 2])
})

test('a machine that waits and is now to do something else does that', async () => {
  const { told, clock, source, admitting } = scene(1)
  await told(1, 2, 3)
  source.plans.set(macOf(2), { method: 'local-disk', reason: 'not any more' })
  assert.deepEqual(await told(2), ['place 1 of 2'])
  for (let second = 0; second < 60; second += 15) {
    clock.at += 15_000
    await told(3)
    if (second < 45) await told(2)
  }
  assert.deepEqual(await told(2, 3), ['local-disk', 'place 1 of 1'])
  assert.equal(admitting.load.waiting, 1)
})

test('what stands on the screen is the place, and how long that was of late', async () => {
  const { told, clock, started, ask } = scene(2)
  await told(1, 2)
  assert.equal((await ask(3)).because, 'place 1 of 1 in the queue')
  clock.at += 3 * 60_000 - 5_000
  await started(1)
  await told(3, 4, 5, 6, 7)
  const { plan, because } = await ask(6)
  assert.ok(plan.method === 'wait')
  assert.deepEqual(
    [plan.turnFor, plan.reason, because],
    ['demo 3', because, 'place 3 of 4 in the queue; about 5 min'],
  )
})

test('a limit of none lets nobody boot', async () => {
  assert.deepEqual(await scene(0).told(1, 2), ['place 1 of 1', 'place 2 of 2'])
})

bootSourceContract('AdmittingBootSource', async () => {
  const source = new MemoryBootSource()
  const admitting = new AdmittingBootSource({ source, mostBoots: () => 1 })
  const keep = (name: string, bytes: Uint8Array) => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    source.files.set(digest, bytes)
    return { digest, size: bytes.length, name }
  }
  return {
    source: admitting,
    assign: async (mac, { kernel, initrd, cmdline }) => {
      const [initrds, files] = [[keep('initrd.gz', initrd)], { kernel: keep('vmlinuz', kernel) }]
      source.plans.set(mac, { ...linux, ...files, initrds, cmdline })
    },
    setQuirks: async (mac, quirks) => {
      source.quirks.set(mac, quirks)
    },
    breakDown: async () => {
      source.broken = new Error('the store is away')
    },
    close: async () => {},
  }
})
