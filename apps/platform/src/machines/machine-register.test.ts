import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../database/open.ts'
import { MachineRegister } from './machine-register.ts'
import type { Sighting } from './machine-store.ts'
import { SqlMachineStore } from './sql-machine-store.ts'

class WatchedStore extends SqlMachineStore {
  readonly recorded: (readonly Sighting[])[] = []

  override async record(sightings: readonly Sighting[]): Promise<void> {
    this.recorded.push(sightings)
    await super.record(sightings)
  }
}

async function register({ now = Date.now } = {}) {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
  const store = new WatchedStore(database)
  const errors: unknown[] = []
  const machines = new MachineRegister({ store, onError: (error) => errors.push(error), now })
  await machines.start()
  return { machines, store, recorded: store.recorded, errors, close: () => database.destroy() }
}

const hex = (n: number) => n.toString(16).padStart(2, '0')
const mac = (n: number) => `52:54:00:00:${hex(n >> 8)}:${hex(n & 255)}`

test('a storm of DHCP packets is one transaction, and only so many machines', async () => {
  const { machines, store, recorded, close } = await register()
  for (let n = 0; n < 6000; n++) machines.heard({ mac: mac(n) })
  await machines.stop()
  assert.equal(recorded.length, 1)
  assert.equal(recorded[0]?.length, 4096)
  assert.equal((await store.list({ limit: 500 })).items.length, 500)
  await close()
})

test('a machine that repeats itself is not written again, one that says something new is', async () => {
  let time = 1000
  const { machines, recorded, close } = await register({ now: () => time })
  machines.heard({ mac: mac(1) })
  await machines.stop()
  machines.heard({ mac: mac(1) })
  await machines.stop()
  assert.equal(recorded.length, 1)
  machines.heard({ mac: mac(1), firmware: 'bios' })
  await machines.stop()
  time += 60_000
  machines.heard({ mac: mac(1), firmware: 'bios' })
  await machines.stop()
  assert.equal(recorded.length, 3)
  await close()
})

test('a machine is at the site where it was last heard, also before that is written down', async () => {
  const { machines, store, close } = await register()
  machines.heard({ mac: mac(1) }, 'grenoble')
  assert.equal((await machines.knownWith({ mac: mac(1) })).site, 'grenoble')
  await machines.stop()
  machines.heard({ mac: mac(1) }, 'annecy')
  assert.equal((await machines.knownWith({ mac: mac(1) })).site, 'annecy')
  await machines.stop()
  assert.equal((await store.find(mac(1))).site, 'annecy')
  assert.equal((await machines.boots({ mac: mac(1) })).site, undefined)
  await machines.stop()
  assert.equal((await store.find(mac(1))).site, undefined)
  await close()
})

test('a machine that boots is known at once, with what DHCP told before', async () => {
  const { machines, close } = await register()
  machines.heard({ mac: mac(1), firmware: 'uefi-x64' })
  await machines.stop()
  const machine = await machines.boots({ mac: mac(1), serial: 'S1', architecture: 'x86_64' })
  assert.deepEqual([machine.firmware, machine.serial, machine.architecture], ['uefi-x64', 'S1', 'x86_64'])
  assert.ok(machine.lastBootAt !== undefined)
  await close()
})

test('quirks are answered from memory, from the moment of the decision and after a restart', async () => {
  const { machines, store, close } = await register()
  assert.deepEqual(machines.quirksOf(mac(1)), {})
  await machines.change(mac(1), { proxyDialect: 'discovery-control' })
  assert.deepEqual(machines.quirksOf(mac(1)), { proxyDialect: 'discovery-control' })
  const again = new MachineRegister({ store, onError: () => assert.fail() })
  await again.start()
  assert.deepEqual(again.quirksOf(mac(1)), { proxyDialect: 'discovery-control' })
  await machines.change(mac(1), { proxyDialect: null })
  assert.deepEqual(machines.quirksOf(mac(1)), {})
  await close()
})

test('a store that fails is reported, and the machine is written when it is heard again', async () => {
  const { machines, store, errors, close } = await register()
  const record = store.record
  store.record = async () => Promise.reject(new Error('disk'))
  machines.heard({ mac: mac(1) })
  await machines.stop()
  assert.equal(errors.length, 1)
  store.record = record
  machines.heard({ mac: mac(1) })
  await machines.stop()
  assert.equal((await store.find(mac(1))).mac, mac(1))
  await close()
})

test('a disk that is full keeps nobody from booting, known or not, and is reported', async () => {
  const { machines, store, errors, close } = await register()
  await machines.boots({ mac: mac(1), serial: 'S1' })
  await machines.stop()
  store.record = async () => Promise.reject(new Error('disk'))
  assert.equal((await machines.boots({ mac: mac(1) })).serial, 'S1')
  assert.equal((await machines.boots({ mac: mac(2), product: 'P2' })).product, 'P2')
  await machines.stop()
  assert.equal(errors.length, 1)
  await close()
})

test('a store that cannot be read is an error, not a machine without an image', async () => {
  const { machines, close } = await register()
  await close()
  await assert.rejects(machines.boots({ mac: mac(1) }))
})

test('a thousand machines that boot at once are one transaction', async () => {
  const { machines, recorded, store, close } = await register()
  await Promise.all(Array.from({ length: 1000 }, (_, n) => machines.boots({ mac: mac(n) })))
  await machines.stop()
  assert.equal(recorded.length, 1)
  assert.ok((await store.find(mac(999))).lastBootAt !== undefined)
  await close()
})

test('a store that hangs is asked once, and what is heard meanwhile is written when it goes on', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { machines, store, recorded, close } = await register()
  const record = store.record.bind(store)
  const hanging = Promise.withResolvers<void>()
  let asked = 0
  store.record = async (sightings) => {
    asked += 1
    await hanging.promise
    await record(sightings)
  }
  for (let n = 0; n < 20; n++) {
    machines.heard({ mac: mac(n) })
    t.mock.timers.tick(500)
    await new Promise(setImmediate)
  }
  assert.equal(asked, 1)
  const stopped = machines.stop()
  hanging.resolve()
  await stopped
  assert.deepEqual(
    recorded.map((sightings) => sightings.length),
    [1, 19],
  )
  await close()
})

test('a hundred thousand made-up machines leave room for who was decided about, and little else', async () => {
  const { machines, store, close } = await register()
  await machines.change(mac(1), { loader: 'snponly.efi' })
  for (let n = 0; n < 100_000; n++) {
    machines.heard({ mac: `02:00:00:0${n >> 16}:${hex((n >> 8) & 255)}:${hex(n & 255)}`, firmware: 'bios' })
    if (n % 4000 === 3999) await machines.stop()
  }
  let kept = 0
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Awaited<ReturnType<typeof store.list>> = await store.list({ limit: 500, after })
    kept += page.items.length
    after = page.next
  }
  assert.ok(kept > 9_000 && kept < 15_000, `${kept}`)
  assert.equal((await store.find(mac(1))).loader, 'snponly.efi')
  await close()
})
