import type { DhcpOptions } from './options.ts'

/** A DHCP message (RFC 2131 §2). Addresses are dotted IPv4. */
export type DhcpPacket = {
  readonly op: 'request' | 'reply'
  readonly htype: number
  readonly hlen: number
  readonly hops: number
  readonly xid: number
  readonly secs: number
  /** The client cannot receive unicast before it has an address (RFC 2131 §4.1). */
  readonly broadcast: boolean
  readonly ciaddr: string
  readonly yiaddr: string
  readonly siaddr: string
  readonly giaddr: string
  /** `chaddr`, the first `hlen` bytes: lower case, colons. */
  readonly mac: string
  readonly sname: string
  readonly file: string
  readonly options: DhcpOptions
}

const magicCookie = 0x63825363
const fixedLength = 236
const minimumLength = 300 // BOOTP's; some relays and ROMs drop anything shorter (RFC 1542 §2.1)
const largestPacket = 65_507

/** Reads a message. Whatever is wrong comes back as `malformed`; nothing is thrown for any input. */
export function decodeDhcp(bytes: Uint8Array): DhcpPacket | { readonly malformed: string } {
  if (bytes.length < fixedLength + 4) return { malformed: 'shorter than a DHCP header' }
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const op = packet[0]
  if (op !== 1 && op !== 2) return { malformed: 'neither request nor reply' }
  const hlen = packet.readUInt8(2)
  if (hlen === 0 || hlen > 16) return { malformed: 'hardware address of impossible length' }
  if (packet.readUInt32BE(fixedLength) !== magicCookie) return { malformed: 'no DHCP magic cookie' }
  const options = new OptionReader()
  if (!options.add(packet.subarray(fixedLength + 4))) return { malformed: 'an option runs past the end' }
  const overload = options.overload()
  if ((overload & 1) !== 0 && !options.add(packet.subarray(108, 236)))
    return { malformed: 'options in file run past its end' }
  if ((overload & 2) !== 0 && !options.add(packet.subarray(44, 108)))
    return { malformed: 'options in sname run past its end' }
  return {
    op: op === 1 ? 'request' : 'reply',
    htype: packet.readUInt8(1),
    hlen,
    hops: packet.readUInt8(3),
    xid: packet.readUInt32BE(4),
    secs: packet.readUInt16BE(8),
    broadcast: (packet.readUInt16BE(10) & 0x8000) !== 0,
    ciaddr: packet.subarray(12, 16).join('.'),
    yiaddr: packet.subarray(16, 20).join('.'),
    siaddr: packet.subarray(20, 24).join('.'),
    giaddr: packet.subarray(24, 28).join('.'),
    mac: packet
      .subarray(28, 28 + hlen)
      .toString('hex')
      .replace(/(..)(?!$)/g, '$1:'),
    sname: (overload & 2) === 0 ? paddedText(packet.subarray(44, 108)) : '',
    file: (overload & 1) === 0 ? paddedText(packet.subarray(108, 236)) : '',
    options: options.joined(),
  }
}

/** Gathers options and joins the parts of those that came in several (RFC 3396 §7). */
class OptionReader {
  readonly #parts = new Map<number, Uint8Array[]>()

  /** False when an option runs past the end. A missing END is forgiven: some ROMs leave it out. */
  add(area: Uint8Array): boolean {
    let at = 0
    while (at < area.length) {
      const code = area[at] ?? 255
      if (code === 255) return true
      if (code === 0) {
        at += 1
        continue
      }
      const length = area[at + 1]
      if (length === undefined || at + 2 + length > area.length) return false
      const parts = this.#parts.get(code)
      const value = Uint8Array.prototype.slice.call(area, at + 2, at + 2 + length)
      if (parts === undefined) this.#parts.set(code, [value])
      else parts.push(value)
      at += 2 + length
    }
    return true
  }

  overload(): number {
    const value = this.#parts.get(52)?.[0]
    return value?.length === 1 ? (value[0] ?? 0) & 3 : 0
  }

  joined(): DhcpOptions {
    const options = new Map<number, Uint8Array>()
    for (const [code, parts] of this.#parts) {
      if (code === 52) continue
      options.set(code, parts.length === 1 ? (parts[0] as Uint8Array) : new Uint8Array(Buffer.concat(parts)))
    }
    return options
  }
}

/**
 * Writes a message, at least 300 bytes long. A value over 255 bytes goes out in parts (RFC 3396).
 * @throws {RangeError} when a name does not fit its field or all of it is larger than `maxBytes` (a UDP datagram)
 */
export function encodeDhcp(
  packet: DhcpPacket,
  { maxBytes = largestPacket }: { maxBytes?: number } = {},
): Uint8Array {
  const head = Buffer.alloc(fixedLength + 4)
  head[0] = packet.op === 'request' ? 1 : 2
  head[1] = packet.htype
  head[2] = packet.hlen
  head[3] = packet.hops
  head.writeUInt32BE(packet.xid, 4)
  head.writeUInt16BE(packet.secs, 8)
  head.writeUInt16BE(packet.broadcast ? 0x8000 : 0, 10)
  for (const [at, address] of [
    [12, packet.ciaddr],
    [16, packet.yiaddr],
    [20, packet.siaddr],
    [24, packet.giaddr],
  ] as const) {
    head.set(address.split('.').map(Number), at)
  }
  Buffer.from(packet.mac.replaceAll(':', ''), 'hex').copy(head, 28, 0, 16)
  writeField(head, packet.sname, 44, 64)
  writeField(head, packet.file, 108, 128)
  head.writeUInt32BE(magicCookie, fixedLength)
  const all = Buffer.concat([head, ...optionParts(packet.options), Uint8Array.of(255)])
  if (all.length > maxBytes)
    throw new RangeError(`a DHCP message of ${all.length} bytes is larger than ${maxBytes}`)
  return all.length >= minimumLength ? all : Buffer.concat([all], minimumLength)
}

function* optionParts(options: DhcpOptions): Generator<Uint8Array> {
  for (const [code, value] of options) {
    if (value.length === 0) yield Uint8Array.of(code, 0)
    for (let at = 0; at < value.length; at += 255) {
      const part = value.subarray(at, at + 255)
      yield Uint8Array.of(code, part.length)
      yield part
    }
  }
}

function writeField(head: Buffer, text: string, at: number, size: number): void {
  const value = Buffer.from(text, 'latin1')
  if (value.length >= size) throw new RangeError(`${JSON.stringify(text)} does not fit ${size} bytes`)
  value.copy(head, at)
}

function paddedText(field: Buffer): string {
  const end = field.indexOf(0)
  return field.subarray(0, end < 0 ? field.length : end).toString('latin1')
}
