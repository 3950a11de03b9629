import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Client, kindOf, Network } from '../../testing/dhcp-network.ts'
import { MemoryLeaseStore } from '../../testing/memory-lease-store.ts'
import type { Lease, LeaseStore } from './lease-store.ts'

const [a, b, c, d, e] = Client.five()

describe('leases', () => {
  test('survive a restart: bound, declined and ended ones', async () => {
    const before = new Network()
    for (const client of [a, b, c]) await before.bound(client)
    await before.server.answer(b.declines('10.77.0.101'))
    await before.server.answer(c.releases('10.77.0.102'))
    await before.server.stop()

    const after = new Network({ store: new MemoryLeaseStore(before.leases) })
    await after.server.start()
    assert.equal(kindOf(await after.server.answer(d.reboots('10.77.0.100'))), 'nak')
    assert.equal(await after.offered(d, { 'requested-address': '10.77.0.101' }), '10.77.0.103')
    assert.equal(await after.offered(a), '10.77.0.100')
    assert.equal(await after.offered(c), '10.77.0.102')
    assert.equal(await after.offered(e), undefined)
    after.now += 600_000
    assert.equal(await after.offered(e, { 'requested-address': '10.77.0.101' }), '10.77.0.101')
  })

  test('of a range that has changed since are not touched', async () => {
    const before = new Network()
    await before.bound(a)
    const after = new Network({ store: before.store, range: { first: '10.77.0.200', last: '10.77.0.210' } })
    await after.server.start()
    assert.equal(await after.offered(a), '10.77.0.200')
    assert.deepEqual([...before.leases.keys()], ['10.77.0.100'])
  })

  test('are durable before the ACK leaves, many in one call of the store', async () => {
    const store = new SlowStore()
    const network = new Network({ store, range: { first: '10.77.0.2', last: '10.77.0.250' } })
    const clients = Array.from({ length: 200 }, (_, number) => new Client(number))
    let acks = 0
    const ask = async (client: Client) => {
      const address = (await network.offered(client)) ?? ''
      void network.server.answer(client.selects(address)).then(() => acks++)
    }
    await ask(clients[0] as Client)
    await new Promise(setImmediate)
    for (const client of clients.slice(1)) await ask(client)
    assert.deepEqual([store.calls.length, acks], [1, 0])
    store.finish()
    await new Promise((resolve) => setTimeout(resolve, 50)) // the store rests for up to 5 ms
    assert.deepEqual([store.calls.length, acks], [2, 1])
    store.finish()
    await network.server.stop()
    await new Promise(setImmediate)
    assert.equal(acks, 200)
    assert.deepEqual(
      store.calls.map((leases) => leases.length),
      [1, 199],
    )
  })

  test('that the store refuses are not acknowledged, and the next attempt is', async () => {
    const broken = new MemoryLeaseStore()
    const save = broken.save.bind(broken)
    broken.save = async () => {
      throw new Error('disk full')
    }
    const network = new Network({ store: broken })
    const address = (await network.offered(a)) ?? ''
    await assert.rejects(network.server.answer(a.selects(address)), /disk full/)
    broken.save = save
    assert.equal(kindOf(await network.server.answer(a.selects(address))), 'ack')
  })

  test('that the store refuses do not keep the address from others', async () => {
    const broken = new MemoryLeaseStore()
    broken.save = async () => {
      throw new Error('disk full')
    }
    const network = new Network({ store: broken, range: { first: '10.77.0.100', last: '10.77.0.100' } })
    const address = (await network.offered(a)) ?? ''
    await assert.rejects(network.server.answer(a.selects(address)), /disk full/)
    network.now += 61_000
    assert.equal(await network.offered(new Client(77)), address)
  })

  test('do not pile up behind a store that hangs', async () => {
    const network = new Network({ store: new SlowStore() })
    const address = (await network.offered(a)) ?? ''
    let ignored = 0
    for (let i = 0; i < 20_000; i++) {
      void network.server.answer(a.selects(address)).then((answer) => {
        if ('ignored' in answer && answer.ignored === 'the store of leases is too slow') ignored += 1
      })
    }
    await new Promise(setImmediate)
    assert.equal(ignored, 20_000 - 8192)
  })
})

/** Keeps each call waiting until told. */
class SlowStore implements LeaseStore {
  readonly calls: (readonly Lease[])[] = []
  #finish: () => void = () => undefined

  async load(): Promise<readonly Lease[]> {
    return []
  }

  save(leases: readonly Lease[]): Promise<void> {
    this.calls.push(leases)
    return new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  async remove(): Promise<void> {}

  finish(): void {
    this.#finish()
  }
}
