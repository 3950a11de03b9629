import { readFileSync } from 'node:fs'

export type UdpPacket = {
  readonly from: string
  readonly fromPort: number
  readonly to: string
  readonly toPort: number
  readonly payload: Buffer
  /** Hardware address of who sent it. */
  readonly mac: string
}

const fileHeader = 24
const recordHeader = 16
const ethernetHeader = 14

/** The complete UDP packets over IPv4 of a capture file (pcap, little-endian, Ethernet, no VLAN tags). */
export function udpPackets(path: string): readonly UdpPacket[] {
  const bytes = readFileSync(path)
  if (bytes.readUInt32LE(0) !== 0xa1b2c3d4)
    throw new Error(`${path} is no pcap file of this machine's byte order`)
  const packets: UdpPacket[] = []
  for (let at = fileHeader; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8)
    const packet = udpPacket(bytes.subarray(at + recordHeader, at + recordHeader + length))
    if (packet !== undefined) packets.push(packet)
    at += recordHeader + length
  }
  return packets
}

function udpPacket(frame: Buffer): UdpPacket | undefined {
  const ipv4 = 0x0800
  const udp = 17
  const ip = frame.subarray(ethernetHeader)
  if (frame.readUInt16BE(12) !== ipv4 || ip[9] !== udp) return undefined
  const datagram = ip.subarray((ip.readUInt8(0) & 15) * 4)
  const length = datagram.readUInt16BE(4)
  if (datagram.length < length) return undefined
  return {
    from: dotted(ip.subarray(12, 16)),
    fromPort: datagram.readUInt16BE(0),
    to: dotted(ip.subarray(16, 20)),
    toPort: datagram.readUInt16BE(2),
    payload: datagram.subarray(8, length),
    mac: frame.toString('hex', 6, 12).replace(/(..)(?!$)/g, '$1:'),
  }
}

export const dotted = (bytes: Uint8Array): string => bytes.join('.')

/** The value of a DHCP option, to read or to write (RFC 2131 §3: after 236 bytes and the magic cookie). */
export function dhcpOption(packet: Buffer, code: number): Buffer | undefined {
  for (let at = 240; at + 1 < packet.length && packet[at] !== 255; ) {
    const length = packet[at] === 0 ? -1 : (packet[at + 1] ?? 0)
    if (packet[at] === code) return packet.subarray(at + 2, at + 2 + length)
    at += 2 + length
  }
  return undefined
}
