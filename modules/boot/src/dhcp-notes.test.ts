import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { type DhcpPacket, encodeDhcp, writeOptions } from '@bootcast/netboot'
import { requestsOf } from '../testing/captured.ts'
import { MemoryJournal } from '../testing/memory-journal.ts'
import type { BootNetwork } from './boot-fields.ts'
import { Counters } from './counters.ts'
import { noteOfIgnored, noteOfOther, noteOfReply, noteOfRequest } from './dhcp-notes.ts'
import { answerProxyDhcp } from './proxy-dhcp.ts'
import { watchOffers } from './watch-offers.ts'

const network: BootNetwork = {
  address: '10.77.0.1',
  baseUrl: 'http://10.77.0.1:8080',
  shelf: { nameFor: () => 'ipxe-amd64.efi' },
  source: { quirksOf: () => ({}) },
}

/** What a timeline hears of a capture when ProxyDHCP of ours answers it. */
function notesOf(capture: string): string[] {
  return requestsOf(capture).flatMap(({ packet, toPort }) => {
    const [port, via] = toPort === 67 ? (['dhcp', 'proxy-dhcp'] as const) : (['pxe', 'pxe'] as const)
    const reply = answerProxyDhcp(packet, port, network)
    const answer = 'ignored' in reply ? noteOfIgnored(packet, reply, via) : noteOfReply(packet, reply, via)
    return [noteOfRequest(packet, via), answer]
      .filter((event) => event !== undefined)
      .map((event) => JSON.stringify(event))
  })
}

test('UEFI beside another DHCP server: asks, is led to port 4011, takes the other’s address, asks there', () => {
  const mac = '"mac":"52:54:00:ba:16:79"'
  const uuid = '"uuid":"4c414200-0000-4000-8000-525400ba1679"'
  const firmware = '"firmware":"uefi-x64","architecture":"x86_64"'
  const loader = '"server":"10.77.0.1","file":"ipxe-amd64.efi"'
  assert.deepEqual(notesOf('proxy-uefi-x64-pxe.pcap').slice(0, 5), [
    `{"kind":"discover",${mac},"via":"proxy-dhcp","vendorClass":"PXEClient","isIpxe":false,${uuid},${firmware}}`,
    `{"kind":"offer",${mac},"via":"proxy-dhcp",${loader},"asksPort4011":true}`,
    `{"kind":"request",${mac},"via":"proxy-dhcp","isIpxe":false,"server":"10.77.0.2","wanted":"10.77.0.163"}`,
    `{"kind":"discover",${mac},"via":"pxe","vendorClass":"PXEClient","isIpxe":false,${uuid},${firmware},"address":"10.77.0.163"}`,
    `{"kind":"offer",${mac},"via":"pxe",${loader},"asksPort4011":false}`,
  ])
})

test('a BIOS takes the file of the offer, and iPXE its script', () => {
  const offers = (capture: string) => notesOf(capture).filter((note) => note.includes('"kind":"offer"'))
  const [bios] = offers('proxy-bios-plainpxe-undionly.pcap')
  assert.match(bios ?? '', /"file":"ipxe-amd64\.efi","asksPort4011":false/)
  const ipxe = offers('proxy-bios-ipxe-rom-2019.pcap')
  assert.match(ipxe[0] ?? '', /"file":"http:\/\/10\.77\.0\.1:8080\/boot\.ipxe","asksPort4011":false/)
})

const discover = requestsOf('proxy-uefi-x64-pxe.pcap')[0]!.packet

function answered(type: 'offer' | 'ack' | 'nak', more: Partial<DhcpPacket> = {}): DhcpPacket {
  const options = writeOptions({
    'message-type': type,
    'server-identifier': '10.77.0.9',
    message: 'not yours',
  })
  return { ...discover, op: 'reply', siaddr: '10.77.0.9', options, ...more }
}

test('an address that is given, and one that is refused, are told', () => {
  const lease = noteOfReply(discover, answered('ack', { yiaddr: '10.77.0.100' }), 'dhcp')
  assert.deepEqual(lease, { kind: 'lease', mac: discover.mac, leased: '10.77.0.100' })
  const refused = noteOfReply(discover, answered('nak'), 'dhcp')
  assert.deepEqual(refused, { kind: 'address-refused', mac: discover.mac, why: 'not yours' })
})

test('a client that does not boot is a system that runs by now; its other messages are no news', () => {
  const system = (type: 'discover' | 'request' | 'inform' | 'release'): DhcpPacket => ({
    ...discover,
    options: writeOptions({ 'message-type': type, 'vendor-class-identifier': 'udhcp 1.36.1' }),
  })
  for (const type of ['discover', 'request'] as const)
    assert.deepEqual(noteOfRequest(system(type), 'dhcp'), {
      kind: 'system',
      mac: discover.mac,
      vendorClass: 'udhcp 1.36.1',
    })
  for (const type of ['inform', 'release'] as const)
    assert.equal(noteOfRequest(system(type), 'dhcp'), undefined)
  assert.equal(noteOfReply(system('discover'), answered('offer'), 'dhcp'), undefined)
})

test('what was meant for another server is no news, that there is no loader is', () => {
  const note = (ignored: string) => noteOfIgnored(discover, { ignored, detail: 'd' }, 'proxy-dhcp')
  assert.equal(note('not for ProxyDHCP'), undefined)
  assert.equal(note('chose another server'), undefined)
  assert.deepEqual(note('no loader'), {
    kind: 'ignored',
    mac: discover.mac,
    via: 'proxy-dhcp',
    reason: 'no loader',
    detail: 'd',
  })
})

test('offers that other servers broadcast are heard with their boot file; our own and nonsense are not', async () => {
  const journal = new MemoryJournal()
  const counters = new Counters()
  const bind = { address: '127.0.0.1', port: 0 }
  const socket = await watchOffers({ bind, own: '127.0.0.77', counters, log: () => {}, journal })
  const send = async (bytes: Uint8Array, from: string) => {
    const other = createSocket('udp4')
    other.bind(0, from)
    await once(other, 'listening')
    await new Promise((sent) => other.send(bytes, socket.port, '127.0.0.1', sent))
    other.close()
  }
  const offer = encodeDhcp(answered('offer', { yiaddr: '10.77.0.50', file: 'bootx64.efi' }))
  await send(offer, '127.0.0.77')
  await send(Buffer.from('nonsense'), '127.0.0.9')
  await send(encodeDhcp(discover), '127.0.0.9')
  await send(offer, '127.0.0.9')
  for (let tries = 0; tries < 2000 && journal.events.length === 0; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10))
  await socket.close()
  assert.deepEqual(journal.events, [
    {
      kind: 'other-offer',
      mac: discover.mac,
      server: '10.77.0.9',
      offered: '10.77.0.50',
      file: 'bootx64.efi',
      fileServer: '10.77.0.9',
    },
  ])
  assert.deepEqual(counters.all(), { 'other-dhcp.heard': 3 })
})

test('a server that answers as one for PXE is told from one that gives addresses', () => {
  const options = writeOptions({ 'message-type': 'offer', 'vendor-class-identifier': 'PXEClient' })
  const said = noteOfOther({ ...answered('offer'), options }, '192.0.2.7')
  assert.ok(said?.kind === 'other-offer' && said.isBootServer === true)
  const plain = noteOfOther(answered('offer', { yiaddr: '10.77.0.50' }), '192.0.2.7')
  assert.ok(plain?.kind === 'other-offer' && plain.isBootServer === undefined)
})

test('a reply without a server identifier is known by where it came from', () => {
  const { server } = noteOfOther(
    { ...answered('offer'), options: writeOptions({ 'message-type': 'offer' }) },
    '192.0.2.7',
  ) as { server: string }
  assert.equal(server, '192.0.2.7')
})
