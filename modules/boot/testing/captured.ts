import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type DhcpPacket,
  decodeDhcp,
  dhcpOptions,
  encodeDhcp,
  type OptionName,
  readOption,
} from '@bootcast/netboot'

export type Captured = { readonly packet: DhcpPacket; readonly toPort: number }

const folder = join(import.meta.dirname, '../../netboot/captures')

/** Names of all captures. */
export function captures(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.pcap'))
    .sort()
}

/** The DHCP messages that clients sent, in a capture of Ethernet frames (classic pcap, little-endian), in order. */
export function requestsOf(capture: string): readonly Captured[] {
  const bytes = readFileSync(join(folder, capture))
  const found: Captured[] = []
  for (let at = 24; at + 16 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8)
    const frame = bytes.subarray(at + 16, at + 16 + length)
    at += 16 + length
    const udp = udpIn(frame)
    if (udp === undefined || (udp.toPort !== 67 && udp.toPort !== 4011)) continue
    const packet = decodeDhcp(udp.payload)
    if ('malformed' in packet) throw new Error(`${capture}: ${packet.malformed}`)
    if (packet.op === 'request') found.push({ packet, toPort: udp.toPort })
  }
  return found
}

function udpIn(frame: Buffer): { readonly toPort: number; readonly payload: Buffer } | undefined {
  const isUdp = frame.length > 42 && frame.readUInt16BE(12) === 0x0800 && frame[23] === 17
  if (!isUdp) return undefined
  const ip = frame.subarray(14, 14 + frame.readUInt16BE(16))
  const udp = ip.subarray(((ip[0] ?? 0) & 15) * 4)
  return { toPort: udp.readUInt16BE(2), payload: udp.subarray(8, udp.readUInt16BE(4)) }
}

/** A message as lines for people: what is set in the header, and every option in the order of the wire. */
export function described(packet: DhcpPacket): string {
  // What the wire can carry is what counts.
  const sent = decodeDhcp(encodeDhcp(packet))
  if ('malformed' in sent) throw new Error(sent.malformed)
  const { op, mac, broadcast, options, ciaddr, yiaddr, siaddr, giaddr, sname, file } = sent
  const header = Object.entries({ ciaddr, yiaddr, siaddr, giaddr, sname, file })
    .filter(([, value]) => value !== '' && value !== '0.0.0.0')
    .map(([name, value]) => `${name} ${value}`)
  const first = `${op} xid ${sent.xid.toString(16).padStart(8, '0')} ${mac}${broadcast ? ' broadcast' : ''}`
  return [
    first,
    ...header,
    ...[...options].map(([code, value]) => describedOption(code, value, options)),
  ].join('\n')
}

function describedOption(code: number, value: Uint8Array, options: DhcpPacket['options']): string {
  const names = Object.keys(dhcpOptions) as OptionName[]
  const name = names.find((one) => dhcpOptions[one].code === code)
  const typed = name === undefined ? undefined : readOption(options, name)
  return typeof typed === 'string' ? `${code} ${typed}` : `${code} ${Buffer.from(value).toString('hex')}`
}
