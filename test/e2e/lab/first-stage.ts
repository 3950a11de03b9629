import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dhcpOption, udpPackets } from './capture.ts'
import { type LabNetwork, serverAddress } from './network.ts'
import { type DhcpRole, loaders } from './platform.ts'

const captures = join(import.meta.dirname, '../../../modules/netboot/captures')
const client = join(import.meta.dirname, 'first-stage-client.ts')

/**
 * What answers to a BIOS ROM say besides the file. ProxyDHCP: boot server discovery is off (43 = {6: 8}), take the
 * file of this very packet. Our own DHCP server says nothing of boot servers, so that nobody looks for one.
 */
const roles = {
  server: { capture: 'dhcp-bios-plainpxe-undionly.pcap', vendorClass: undefined, vendorOptions: undefined },
  proxy: {
    capture: 'proxy-bios-plainpxe-undionly.pcap',
    vendorClass: 'PXEClient',
    vendorOptions: '060108ff',
  },
} as const

/**
 * The words of a real BIOS PXE client without iPXE, said again to the platform: DISCOVER, REQUEST (on port 4011
 * beside another DHCP server), and the read request of its loader. QEMU has no such ROM any more.
 */
export async function replayFirstStage(network: LabNetwork, role: Exclude<DhcpRole, 'none'>): Promise<void> {
  const { capture, vendorClass, vendorOptions } = roles[role]
  const path = join(captures, capture)
  const packets = udpPackets(path)
  const mac = packets[0]?.mac ?? ''
  const address = packets.find(({ toPort }) => toPort === 69)?.from
  const ip = (...args: string[]) => network.run(network.client, 'ip', args)
  await ip('link', 'set', 'eth0', 'address', mac)
  await ip('addr', 'add', `${address}/24`, 'dev', 'eth0')
  await ip('route', 'add', 'default', 'dev', 'eth0')
  const got = JSON.parse(await network.run(network.client, process.execPath, [client, path]))
  for (const answer of [got.offer, got.ack]) {
    const packet = Buffer.from(answer, 'hex')
    assert.equal(text(packet.subarray(108, 236)), 'undionly.kpxe')
    assert.equal(packet.subarray(20, 24).join('.'), serverAddress, 'siaddr')
    assert.equal(dhcpOption(packet, 60)?.toString(), vendorClass, 'option 60')
    assert.equal(dhcpOption(packet, 43)?.toString('hex'), vendorOptions, 'option 43')
  }
  const bytes = readFileSync(join(loaders, 'undionly.kpxe'))
  assert.equal(got.options, `blksize 1432 tsize ${bytes.length}`)
  assert.equal(got.sha256, createHash('sha256').update(bytes).digest('hex'), 'the loader, byte by byte')
}

function text(field: Buffer): string {
  return field.toString('latin1').split('\0')[0] ?? ''
}
