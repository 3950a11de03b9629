import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DhcpPacket, decodeDhcp, encodeDhcp, readOption, writeOptions } from '@bootcast/netboot'
import fc from 'fast-check'
import { captures, described, requestsOf } from '../testing/captured.ts'
import { type BootNetwork, bootFields, machineFromDhcp } from './boot-fields.ts'
import { firmwares, unserved } from './firmware.ts'
import { loaderKinds } from './loaders.ts'
import type { MachineQuirks } from './machine.ts'
import { answerProxyDhcp } from './proxy-dhcp.ts'

const network: BootNetwork = {
  address: '10.77.0.1',
  baseUrl: 'http://10.77.0.1:8080',
  shelf: {
    nameFor: ({ platform, architecture }, wanted) =>
      wanted ??
      loaderKinds.find((kind) => kind.platform === platform && kind.architecture === architecture)?.names[0],
  },
  source: { quirksOf: () => ({}) },
}
const withQuirks = (quirks: MachineQuirks): BootNetwork => ({
  ...network,
  source: { quirksOf: () => quirks },
})

function reply(request: DhcpPacket, port: 'dhcp' | 'pxe', on: BootNetwork = network): string {
  const answer = answerProxyDhcp(request, port, on)
  return 'ignored' in answer ? `ignored: ${answer.ignored}` : described(answer)
}

const nth = (capture: string, index: number) => requestsOf(capture)[index]!.packet

test('a plain BIOS client gets the loader at once: 43 = {6: 8}', () => {
  assert.equal(
    reply(nth('proxy-bios-plainpxe-undionly.pcap', 0), 'dhcp'),
    `reply xid e6384a58 52:54:00:38:71:8d
siaddr 10.77.0.1
sname 10.77.0.1
file undionly.kpxe
53 offer
54 10.77.0.1
60 PXEClient
97 4c414200-0000-4000-8000-52540038718d
43 060108ff`,
  )
})

test('UEFI gets no option 43, asks port 4011, and gets the file there', () => {
  assert.equal(
    reply(nth('proxy-uefi-x64-pxe.pcap', 0), 'dhcp'),
    `reply xid 85f75be8 52:54:00:ba:16:79 broadcast
siaddr 10.77.0.1
sname 10.77.0.1
file ipxe-amd64.efi
53 offer
54 10.77.0.1
60 PXEClient
97 4c414200-0000-4000-8000-525400ba1679`,
  )
  assert.equal(
    reply(nth('proxy-uefi-x64-pxe.pcap', 2), 'pxe'),
    `reply xid 9b430904 52:54:00:ba:16:79
ciaddr 10.77.0.163
siaddr 10.77.0.1
sname 10.77.0.1
file ipxe-amd64.efi
53 ack
54 10.77.0.1
60 PXEClient
97 4c414200-0000-4000-8000-525400ba1679`,
  )
})

test('UEFI in the other dialect, and with the loader that the operator named for it', () => {
  const on = withQuirks({ proxyDialect: 'discovery-control', loader: 'snponly.efi' })
  assert.equal(
    reply(nth('proxy-uefi-x64-pxe.pcap', 0), 'dhcp', on),
    `reply xid 85f75be8 52:54:00:ba:16:79 broadcast
siaddr 10.77.0.1
sname 10.77.0.1
file snponly.efi
53 offer
54 10.77.0.1
60 PXEClient
97 4c414200-0000-4000-8000-525400ba1679
43 060108ff`,
  )
})

test('UEFI HTTP Boot gets its own class and a URL', () => {
  assert.equal(
    reply(nth('dhcp-uefi-x64-httpboot.pcap', 0), 'dhcp'),
    `reply xid 94b67d25 52:54:00:64:b4:35 broadcast
siaddr 10.77.0.1
sname 10.77.0.1
file http://10.77.0.1:8080/loaders/ipxe-amd64.efi
53 offer
54 10.77.0.1
60 HTTPClient
97 4c414200-0000-4000-8000-52540064b435
67 http://10.77.0.1:8080/loaders/ipxe-amd64.efi`,
  )
})

test('iPXE gets its script, and both fields that keep it from asking port 4011', () => {
  assert.equal(
    reply(nth('proxy-bios-ipxe-rom-2019.pcap', 0), 'dhcp'),
    `reply xid c10a6155 52:54:00:8e:84:4a
siaddr 10.77.0.1
sname 10.77.0.1
file http://10.77.0.1:8080/boot.ipxe
53 offer
54 10.77.0.1
60 PXEClient
97 4c414200-0000-4000-8000-5254008e844a
67 http://10.77.0.1:8080/boot.ipxe`,
  )
})

// Renew with: node --test --test-update-snapshots FILE; then read the difference.
for (const capture of captures()) {
  test(`what every message of ${capture} is answered`, (t) => {
    const answers = requestsOf(capture).map(({ packet, toPort }) => {
      const type = readOption(packet.options, 'message-type')
      const port = toPort === 67 ? 'dhcp' : 'pxe'
      return [
        `=== ${type} to port ${toPort}`,
        '--- ProxyDHCP',
        reply(packet, port),
        '--- own DHCP adds',
        added(packet),
      ]
    })
    t.assert.snapshot(answers.flat().join('\n'), { serializers: [(text: string) => text] })
  })
}

function added(request: DhcpPacket): string {
  const fields = bootFields(request, network)
  if ('ignored' in fields) return `nothing: ${fields.ignored}`
  const options = [...fields.options].map(
    ([code, value]) => `${code} ${Buffer.from(value).toString('latin1')}`,
  )
  return [`siaddr ${fields.siaddr}`, `file ${fields.file}`, ...options].join('\n')
}

const discover: DhcpPacket = nth('proxy-uefi-x64-pxe.pcap', 0)
const changed = (
  options: Parameters<typeof writeOptions>[0],
  without: readonly number[] = [],
): DhcpPacket => {
  const kept = [...discover.options].filter(([code]) => !without.includes(code))
  return { ...discover, options: new Map([...kept, ...writeOptions(options)]) }
}

test('who is no boot client, or not ours, gets no answer, and the reason is named', () => {
  const reasons: readonly (readonly [string, DhcpPacket])[] = [
    ['ignored: not a request', { ...discover, op: 'reply' }],
    ['ignored: not Ethernet', { ...discover, htype: 32, hlen: 0 }],
    ['ignored: not a PXE or HTTP client', changed({}, [60])],
    ['ignored: not a PXE or HTTP client', changed({ 'vendor-class-identifier': 'MSFT 5.0' })],
    ['ignored: not a PXE or HTTP client', changed({ 'vendor-class-identifier': 'xPXEClient' })],
    ['ignored: no architecture', changed({}, [93])],
    ['ignored: architecture not served', changed({ 'client-architecture': [2] })],
    ['ignored: architecture not served', changed({ 'client-architecture': [4711] })],
    [
      'ignored: architecture not served',
      { ...changed({ 'client-architecture': [0] }), mac: 'd8:3a:dd:00:00:01' }, // Raspberry Pi says BIOS
    ],
    ['ignored: not for ProxyDHCP', changed({ 'message-type': 'request' })],
    ['ignored: not for ProxyDHCP', changed({ 'message-type': 'release' })],
    ['ignored: not for ProxyDHCP', changed({}, [53])],
    ['ignored: meant for another server', changed({ 'server-identifier': '10.77.0.9' })],
  ]
  for (const [reason, packet] of reasons) assert.equal(reply(packet, 'dhcp'), reason)
  const bare = { ...network, shelf: { nameFor: () => undefined } }
  assert.equal(reply(discover, 'dhcp', bare), 'ignored: no loader')
})

test('a relayed request keeps giaddr and the words of the relay, and a missing option 97 is no obstacle', () => {
  const options = new Map([...changed({}, [97]).options, [82, Uint8Array.of(1, 2, 7, 7)]])
  const relayed = { ...discover, options, giaddr: '10.9.0.1' }
  assert.equal(
    reply(relayed, 'dhcp'),
    `reply xid 85f75be8 52:54:00:ba:16:79 broadcast
siaddr 10.77.0.1
giaddr 10.9.0.1
sname 10.77.0.1
file ipxe-amd64.efi
53 offer
54 10.77.0.1
60 PXEClient
82 01020707`,
  )
})

test('of several architectures the first that we serve counts', () => {
  assert.match(reply(changed({ 'client-architecture': [2, 11, 7] }), 'dhcp'), /^file ipxe-arm64\.efi$/m)
})

test('a URL too long for the header field stands in option 67', () => {
  const baseUrl = `http://${'boot.'.repeat(24)}example.org:8080`
  const text = reply(nth('dhcp-uefi-x64-httpboot.pcap', 0), 'dhcp', { ...network, baseUrl })
  assert.doesNotMatch(text, /^file/m)
  assert.ok(text.includes(`67 ${baseUrl}/loaders/ipxe-amd64.efi`))
})

test('what a machine told of itself by DHCP', () => {
  assert.deepEqual(machineFromDhcp(discover), {
    mac: '52:54:00:ba:16:79',
    uuid: '4c414200-0000-4000-8000-525400ba1679',
    firmware: 'uefi-x64',
    architecture: 'x86_64',
  })
  assert.equal(machineFromDhcp(changed({ 'vendor-class-identifier': 'MSFT 5.0' })), undefined)
  const fromIpxe = machineFromDhcp(changed({ 'user-class': ['iPXE'] }))
  assert.deepEqual([fromIpxe?.firmware, fromIpxe?.architecture], [undefined, 'x86_64'])
})

const numbers = [
  ...firmwares.flatMap(({ architectures }) => architectures),
  ...Object.keys(unserved).map(Number),
]

test('every known architecture has an answer or a reason, and none has both', () => {
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    Array.from({ length: 42 }, (_, number) => number),
  )
  for (const number of numbers) {
    const text = reply(changed({ 'client-architecture': [number] }), 'dhcp')
    if (unserved[number] === undefined) assert.match(text, /^file \S+$/m, String(number))
    else assert.equal(text, 'ignored: architecture not served')
  }
})

test('whatever arrives, an answer is for a boot client, is its mirror, and gives no address', () => {
  const bytes = encodeDhcp(discover)
  const wrong = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(wrong, fc.constantFrom('dhcp' as const, 'pxe' as const), (changes, port) => {
      const copy = Uint8Array.from(bytes)
      for (const [at, value] of changes) copy[at] = value
      const request = decodeDhcp(copy)
      if ('malformed' in request) return
      const answer = answerProxyDhcp(request, port, network)
      if ('ignored' in answer) return
      assert.match(readOption(request.options, 'vendor-class-identifier') ?? '', /^(PXE|HTTP)Client/)
      assert.deepEqual(
        [answer.op, answer.xid, answer.mac, answer.yiaddr],
        ['reply', request.xid, request.mac, '0.0.0.0'],
      )
      for (const code of [1, 3, 6, 51]) assert.ok(!answer.options.has(code))
      assert.ok(encodeDhcp(answer).length <= 1472)
    }),
    { numRuns: Number(process.env['BOOTCAST_FUZZ_RUNS'] ?? 5000) },
  )
})
