import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Client, kindOf, Network, start } from '../../testing/dhcp-network.ts'
import { replyTarget } from './reply.ts'

const [a, b, c, d, e] = Client.five()

describe('a request', () => {
  test('in favour of another server frees the reservation', async () => {
    const network = new Network()
    for (const client of [a, b, c, d]) await network.offered(client)
    assert.deepEqual(await network.server.answer(a.selects('10.77.0.100', '10.77.0.2')), {
      ignored: 'chose another server',
    })
    assert.equal(await network.offered(e), '10.77.0.100')
  })

  test('in favour of another server leaves a lease that still runs', async () => {
    const network = new Network()
    const address = await network.bound(a)
    network.now += 3_590_000
    await network.offered(a)
    await network.server.answer(a.selects(address, '10.77.0.2'))
    assert.equal(kindOf(await network.server.answer(b.reboots(address))), 'nak')
  })

  test('for another address than the one reserved is refused', async () => {
    const network = new Network()
    await network.offered(a)
    assert.equal(kindOf(await network.server.answer(a.selects('10.77.0.101'))), 'nak')
  })

  test('for the address of another client is refused', async () => {
    const network = new Network()
    const address = await network.bound(a)
    for (const request of [b.selects(address), b.reboots(address), b.renews(address)])
      assert.equal(kindOf(await network.server.answer(request)), 'nak')
  })

  test('of a client that reboots is granted for its own address', async () => {
    const network = new Network()
    const address = await network.bound(a)
    network.now += 1000
    assert.equal(kindOf(await network.server.answer(a.reboots(address))), 'ack')
    assert.equal(network.leases.get(address)?.expiresAt, start + 3_601_000)
  })

  test('from another network is refused: RFC 2131 §4.3.2', async () => {
    const { server } = new Network()
    const nak = await server.answer(a.reboots('192.168.1.7'))
    assert.ok(!('ignored' in nak))
    assert.equal(kindOf(nak), 'nak')
    assert.deepEqual([...nak.options.keys()], [53, 54, 56])
    assert.equal(nak.yiaddr, '0.0.0.0')
    assert.deepEqual(replyTarget(a.renews('192.168.1.7'), nak), { address: '255.255.255.255', port: 68 })
  })

  test('for an address of the subnet that is not ours to give is left to whoever gave it', async () => {
    const { server } = new Network()
    for (const request of [a.reboots('10.77.0.9'), a.renews('10.77.0.9')])
      assert.deepEqual(await server.answer(request), { ignored: 'has an address that we do not give out' })
    assert.equal(kindOf(await server.answer(a.selects('10.77.0.9'))), 'nak')
  })

  test('for the address of the server itself is refused', async () => {
    const { server } = new Network()
    assert.equal(kindOf(await server.answer(a.reboots('10.77.0.1'))), 'nak')
  })

  test('renews and rebinds, and moves the end of the lease', async () => {
    const network = new Network()
    const address = await network.bound(a)
    network.now += 1_800_000
    const ack = await network.server.answer(a.renews(address))
    assert.ok(!('ignored' in ack))
    assert.equal(ack.ciaddr, address)
    assert.deepEqual(replyTarget(a.renews(address), ack), { address, port: 68 })
    assert.equal(network.leases.get(address)?.expiresAt, start + 5_400_000)
  })

  test('of a machine that runs on is granted when the leases were lost', async () => {
    const network = new Network()
    assert.equal(kindOf(await network.server.answer(a.renews('10.77.0.102'))), 'ack')
    assert.equal(kindOf(await network.server.answer(b.reboots('10.77.0.102'))), 'nak')
    for (const client of [b, c, d]) assert.notEqual(await network.offered(client), '10.77.0.102')
  })

  test('for two addresses, or none, is nonsense', async () => {
    const { server } = new Network()
    const two = a.message('request', { 'requested-address': '10.77.0.100' }, { ciaddr: '10.77.0.101' })
    assert.deepEqual(await server.answer(two), { ignored: 'a request for two addresses' })
    assert.deepEqual(await server.answer(a.message('request')), { ignored: 'a request without an address' })
  })
})

describe('an address', () => {
  test('that a client declines rests ten minutes, and the client gets another', async () => {
    const network = new Network()
    const address = await network.bound(a)
    assert.equal(
      kindOf(await network.server.answer(a.declines(address))),
      'declined: somebody else uses the address',
    )
    assert.equal(network.leases.get(address)?.state, 'declined')
    for (const client of [a, b, c]) assert.notEqual(await network.offered(client), address)
    assert.equal(await network.offered(d), undefined)
    network.now += 600_000
    assert.notEqual(await network.offered(d), undefined)
  })

  test('cannot be declined or released by who does not have it', async () => {
    const network = new Network()
    const address = await network.bound(a)
    await network.server.answer(b.declines(address))
    await network.server.answer(b.releases(address))
    const elsewhere = { 'requested-address': address, 'server-identifier': '10.77.0.2' }
    await network.server.answer(a.message('decline', elsewhere))
    assert.equal(network.leases.get(address)?.state, 'bound')
    assert.equal(network.leases.get(address)?.expiresAt, start + 3_600_000)
  })

  test('that was released is free, and its client’s when it comes back in time', async () => {
    const network = new Network()
    for (const client of [a, b, c, d]) await network.bound(client)
    assert.equal(kindOf(await network.server.answer(b.releases('10.77.0.101'))), 'released')
    assert.equal(network.leases.get('10.77.0.101')?.expiresAt, start)
    assert.equal(await network.offered(b), '10.77.0.101')
    await network.server.answer(b.selects('10.77.0.101'))
    await network.server.answer(b.releases('10.77.0.101'))
    assert.equal(await network.offered(e), '10.77.0.101')
  })
})
