import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Client, kindOf, Network, start } from '../../testing/dhcp-network.ts'
import { type DhcpPacket, decodeDhcp, encodeDhcp } from './packet.ts'
import { largestReply, replyTarget } from './reply.ts'

const [a, b, c, d, e] = Client.five()

describe('a new client', () => {
  test('gets an offer, and an ACK with its lease and the settings of the subnet', async () => {
    const { server, leases } = new Network({ router: '10.77.0.254', dns: ['10.77.0.53', '10.77.0.54'] })
    const offer = await server.answer(a.message('discover'))
    assert.equal(kindOf(offer), 'offer')
    const ack = await server.answer(
      a.message('request', {
        'requested-address': '10.77.0.100',
        'server-identifier': '10.77.0.1',
        'host-name': 'node-1; rm',
      }),
    )
    assert.ok(!('ignored' in ack))
    assert.deepEqual(
      [...ack.options].map(([code, value]) => `${code} ${Buffer.from(value).toString('hex')}`),
      [
        '53 05',
        '54 0a4d0001',
        '51 00000e10',
        '58 00000708',
        '59 00000c4e',
        '1 ffffff00',
        '3 0a4d00fe',
        '6 0a4d00350a4d0036',
      ],
    )
    assert.equal(ack.yiaddr, '10.77.0.100')
    assert.deepEqual(leases.get('10.77.0.100'), {
      address: '10.77.0.100',
      client: 'hw:1:525400000001',
      mac: '52:54:00:00:00:01',
      hostname: 'node-1rm',
      state: 'bound',
      expiresAt: start + 3_600_000,
    })
  })

  test('is offered the address it asks for when that is free', async () => {
    const network = new Network()
    assert.equal(await network.offered(a, { 'requested-address': '10.77.0.102' }), '10.77.0.102')
    assert.equal(await network.offered(b, { 'requested-address': '10.77.0.102' }), '10.77.0.100')
    assert.equal(await network.offered(c, { 'requested-address': '10.77.0.9' }), '10.77.0.101')
  })

  test('and another, asking at once, get two addresses', async () => {
    const network = new Network()
    assert.deepEqual(await Promise.all([network.offered(a), network.offered(b)]), [
      '10.77.0.100',
      '10.77.0.101',
    ])
  })

  test('that asks again is offered the same again', async () => {
    const network = new Network()
    assert.equal(await network.offered(a), await network.offered(a))
  })

  test('with a client identifier is known by it, on any card', async () => {
    const network = new Network()
    const identity = { 'client-identifier': Uint8Array.of(255, 1, 2, 3) }
    const address = await network.bound(new Client(1, identity))
    assert.equal(await network.offered(new Client(2, identity)), address)
    assert.notEqual(await network.offered(new Client(1)), address)
    assert.equal(network.leases.get(address)?.client, 'id:ff010203')
  })

  test('whose identifier is only its hardware address keeps the address it got without one', async () => {
    const network = new Network()
    const address = await network.bound(a)
    const identity = { 'client-identifier': Uint8Array.of(1, 0x52, 0x54, 0, 0, 0, 1) }
    assert.equal(await network.bound(new Client(1, identity)), address)
    assert.equal(network.leases.size, 1)
    assert.notEqual(await network.offered(new Client(2, identity)), address)
  })

  test('hears its client identifier and the relay its words again', async () => {
    const { server } = new Network()
    const identity = {
      'client-identifier': Uint8Array.of(1, 2),
      'relay-agent-information': Uint8Array.of(1, 1, 9),
    }
    const offer = await server.answer(new Client(1, identity).message('discover'))
    assert.ok(!('ignored' in offer))
    assert.deepEqual([...offer.options].slice(-2), [
      [61, Uint8Array.of(1, 2)],
      [82, Uint8Array.of(1, 1, 9)],
    ])
  })
})

describe('the range', () => {
  test('never contains the server, the router, name servers, network or broadcast address', async () => {
    const network = new Network({
      netmask: '255.255.255.248',
      range: { first: '10.77.0.0', last: '10.77.0.7' },
      router: '10.77.0.2',
      dns: ['10.77.0.3'],
    })
    const addresses = []
    for (const client of [a, b, c, d, e]) addresses.push(await network.offered(client))
    assert.deepEqual(addresses, ['10.77.0.4', '10.77.0.5', '10.77.0.6', undefined, undefined])
    assert.equal(await network.offered(e, { 'requested-address': '10.77.0.1' }), undefined)
  })

  test('that is used up leaves new clients unanswered, with the reason', async () => {
    const network = new Network()
    for (const client of [a, b, c, d]) await network.bound(client)
    assert.deepEqual(await network.server.answer(e.message('discover')), {
      ignored: 'no free address in the range',
    })
  })

  test('gives a reservation that nobody took to another client after a minute', async () => {
    const network = new Network()
    for (const client of [a, b, c, d]) await network.offered(client)
    network.now += 59_999
    assert.equal(await network.offered(e), undefined)
    network.now += 1
    assert.equal(await network.offered(e), '10.77.0.100')
  })

  test('gives the lease that ended first to another client, and only when nothing else is left', async () => {
    const network = new Network()
    for (const client of [a, b, c]) {
      await network.bound(client)
      network.now += 1000
    }
    await network.server.answer(a.renews('10.77.0.100'))
    network.now += 3_600_000
    assert.equal(await network.offered(d), '10.77.0.103')
    assert.equal(await network.offered(e), '10.77.0.101')
  })

  test('gives a client its old address again after its lease has ended', async () => {
    const network = new Network()
    await network.bound(a)
    const address = await network.bound(b)
    network.now += 10 * 3_600_000
    assert.equal(await network.offered(c), '10.77.0.102')
    assert.equal(await network.offered(b), address)
  })

  for (const [what, change] of [
    ['lies in another subnet', { range: { first: '10.78.0.1', last: '10.78.0.9' } }],
    ['ends in another subnet', { range: { first: '10.77.0.9', last: '10.77.1.9' } }],
    ['ends before it starts', { range: { first: '10.77.0.9', last: '10.77.0.1' } }],
    ['is too large', { netmask: '255.0.0.0', range: { first: '10.0.0.1', last: '10.1.0.1' } }],
    ['is no range', { range: { first: 'here', last: 'there' } }],
  ] as const) {
    test(`is refused when it ${what}`, () => {
      assert.throws(() => new Network(change), RangeError)
    })
  }

  test('of 65,536 addresses costs the same per packet when it is used up', async () => {
    const network = new Network({
      netmask: '255.254.0.0',
      range: { first: '10.76.0.0', last: '10.76.255.255' },
    })
    const client = (number: number) =>
      new Client(1, { 'client-identifier': Uint8Array.of(0, number >> 16, number >> 8, number) })
    for (let number = 0; number < 65_535; number++) await network.offered(client(number))
    assert.equal(await network.offered(client(70_000)), undefined)
    network.now += 60_000
    const before = process.cpuUsage()
    for (let number = 70_000; number < 90_000; number++) assert.ok(await network.offered(client(number)))
    const { user } = process.cpuUsage(before)
    assert.ok(user < 5_000_000, `${user} µs: a walk over the range for each would take minutes`)
  })
})

describe('INFORM', () => {
  test('gets settings and no lease', async () => {
    const { server, leases } = new Network()
    const ack = await server.answer(a.message('inform', {}, { ciaddr: '10.77.0.9' }))
    assert.ok(!('ignored' in ack))
    assert.deepEqual([...ack.options.keys()], [53, 54, 1])
    assert.equal(ack.yiaddr, '0.0.0.0')
    assert.equal(leases.size, 0)
  })

  test('from elsewhere is ignored', async () => {
    const { server } = new Network()
    for (const ciaddr of ['0.0.0.0', '8.8.8.8', '10.77.0.255'])
      assert.deepEqual(await server.answer(a.message('inform', {}, { ciaddr })), {
        ignored: 'has an address of another subnet',
      })
  })
})

describe('a relayed request', () => {
  test('is answered to the relay, which broadcasts a NAK', async () => {
    const { server } = new Network()
    const request = a.message('discover', {}, { giaddr: '10.77.0.2' })
    const offer = await server.answer(request)
    assert.ok(!('ignored' in offer))
    assert.equal(offer.giaddr, '10.77.0.2')
    assert.deepEqual(replyTarget(request, offer), { address: '10.77.0.2', port: 67 })
    const nak = await server.answer({ ...a.reboots('192.168.1.7'), giaddr: '10.77.0.2' })
    assert.ok(!('ignored' in nak))
    assert.equal(nak.broadcast, true)
  })

  test('from a subnet that we do not serve, or in the name of the server or of all, is ignored', async () => {
    const { server } = new Network()
    for (const giaddr of ['10.78.0.1', '10.77.0.1', '10.77.0.255', '10.77.0.0', '255.255.255.255'])
      assert.deepEqual(await server.answer(a.message('discover', {}, { giaddr })), {
        ignored: 'relayed from another subnet',
      })
  })
})

test('nonsense is ignored with the reason', async () => {
  const { server } = new Network()
  const discover = a.message('discover')
  const cases: [Partial<DhcpPacket>, string][] = [
    [{ op: 'reply' }, 'a reply'],
    [{ htype: 32 }, 'not Ethernet'],
    [{ hlen: 16 }, 'not Ethernet'],
    [{ mac: '00:00:00:00:00:00' }, 'not the hardware address of a machine'],
    [{ mac: '01:00:5e:00:00:01' }, 'not the hardware address of a machine'],
    [{ mac: 'ff:ff:ff:ff:ff:ff' }, 'not the hardware address of a machine'],
    [{ options: new Map() }, 'BOOTP without DHCP'],
    [{ options: new Map([[53, Uint8Array.of(99)]]) }, 'BOOTP without DHCP'],
    [{ options: a.message('offer').options }, 'a server message'],
    [{ ciaddr: '8.8.8.8' }, 'has an address of another subnet'],
    [
      { options: new Map([...discover.options, [61, new Uint8Array(256)]]) },
      'an identifier too long to be echoed',
    ],
    [
      { options: new Map([...discover.options, [82, new Uint8Array(256)]]) },
      'an identifier too long to be echoed',
    ],
  ]
  for (const [change, ignored] of cases)
    assert.deepEqual(await server.answer({ ...discover, ...change }), { ignored })
})

test('what boot adds stands in the OFFER, the ACK and not in a NAK', async () => {
  const { server } = new Network({
    bootFields: () => ({ siaddr: '10.77.0.1', file: 'ipxe.efi', options: new Map([[67, Uint8Array.of(1)]]) }),
  })
  const offer = await server.answer(a.message('discover'))
  const ack = await server.answer(a.selects('10.77.0.100'))
  const nak = await server.answer(a.reboots('10.9.9.9'))
  assert.ok(!('ignored' in offer) && !('ignored' in ack) && !('ignored' in nak))
  for (const { siaddr, file, options } of [offer, ack])
    assert.deepEqual([siaddr, file, options.get(67)], ['10.77.0.1', 'ipxe.efi', Uint8Array.of(1)])
  assert.deepEqual([nak.siaddr, nak.file, nak.options.get(67)], ['0.0.0.0', '', undefined])
})

test('an answer is as large as its client takes: option 57, and 576 bytes with IP and UDP otherwise', () => {
  const sizes = [undefined, 100, 1260, 9000].map((size) =>
    largestReply(a.message('discover', { 'max-message-size': size })),
  )
  assert.deepEqual(sizes, [548, 548, 1232, 1472])
})

test('the largest answer fits the smallest client', async () => {
  const longest = new Uint8Array(198).fill(7)
  const { server } = new Network()
  const offer = await server.answer(new Client(1, { 'client-identifier': longest }).message('discover'))
  assert.ok(!('ignored' in offer))
  const bytes = encodeDhcp(offer, { maxBytes: 548 })
  const read = decodeDhcp(bytes)
  assert.ok(!('malformed' in read))
  assert.deepEqual(read.options.get(61), longest)
})
