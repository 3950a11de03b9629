/** A UDP datagram in a capture. Addresses are dotted IPv4. */
export type Datagram = {
  readonly from: { readonly address: string; readonly port: number }
  readonly to: { readonly address: string; readonly port: number }
  readonly payload: Buffer
}

const magic = 0xa1b2c3d4
const ethernet = 1

/**
 * The IPv4 UDP datagrams in a capture of Ethernet frames: classic pcap, little-endian, as tcpdump and QEMU write it.
 * Frames cut short or of another kind are passed over, whatever is in them.
 * @throws {RangeError} for a file of another kind
 */
export function datagramsIn(capture: Buffer): Datagram[] {
  if (capture.length < 24 || capture.readUInt32LE(0) !== magic)
    throw new RangeError('not a little-endian pcap file')
  if (capture.readUInt32LE(20) !== ethernet) throw new RangeError('not a capture of Ethernet frames')
  const found: Datagram[] = []
  for (let at = 24; at + 16 <= capture.length; ) {
    const length = capture.readUInt32LE(at + 8)
    const datagram = datagramIn(capture.subarray(at + 16, at + 16 + length))
    if (datagram !== undefined) found.push(datagram)
    at += 16 + length
  }
  return found
}

function datagramIn(frame: Buffer): Datagram | undefined {
  if (frame.length < 14 + 20 || frame.readUInt16BE(12) !== 0x0800 || frame[23] !== 17) return undefined
  const ip = frame.subarray(14, 14 + frame.readUInt16BE(16))
  const headerLength = ((ip[0] ?? 0) & 15) * 4
  if (headerLength < 20 || ip.length < headerLength + 8) return undefined
  const isFragment = (ip.readUInt16BE(6) & 0x3fff) !== 0
  const udp = ip.subarray(headerLength)
  const length = udp.readUInt16BE(4)
  if (isFragment || length < 8 || length > udp.length) return undefined
  return {
    from: { address: ip.subarray(12, 16).join('.'), port: udp.readUInt16BE(0) },
    to: { address: ip.subarray(16, 20).join('.'), port: udp.readUInt16BE(2) },
    payload: udp.subarray(8, length),
  }
}
