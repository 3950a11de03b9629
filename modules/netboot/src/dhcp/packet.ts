import { addressBytes } from './address.ts'
import { latin1 } from './option.ts'
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
const fixedLength = 240 // header and cookie
const minimumLength = 300 // BOOTP's; some relays and ROMs drop anything shorter (RFC 1542 §2.1)
const largestPacket = 65_507
const sname = { at: 44, size: 64, overload: 2 } as const
const file = { at: 108, size: 128, overload: 1 } as const
const pad = 0
const overloadCode = 52
const end = 255

/** Reads a message. Whatever is wrong comes back as `malformed`; nothing is thrown for any input. */
export function decodeDhcp(bytes: Uint8Array): DhcpPacket | { readonly malformed: string } {
  if (bytes.length < fixedLength) return { malformed: 'shorter than a DHCP header' }
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const op = packet[0]
  if (op !== 1 && op !== 2) return { malformed: 'neither request nor reply' }
  const hlen = packet.readUInt8(2)
  if (hlen === 0 || hlen > 16) return { malformed: 'hardware address of impossible length' }
  if (packet.readUInt32BE(236) !== magicCookie) return { malformed: 'no DHCP magic cookie' }
  const options = new OptionReader()
  if (!options.add(packet.subarray(fixedLength))) return { malformed: 'an option runs past the end' }
  const overload = options.overload()
  const areas = [file, sname].filter((field) => (overload & field.overload) !== 0) // this order: RFC 3396 §5
  if (!areas.every((field) => options.add(packet.subarray(field.at, field.at + field.size))))
    return { malformed: 'an option runs past the end of its field' }
  return {
    op: op === 1 ? 'request' : 'reply',
    htype: packet.readUInt8(1),
    hlen,
    hops: packet.readUInt8(3),
    xid: packet.readUInt32BE(4),
    secs: packet.readUInt16BE(8),
    broadcast: (packet.readUInt16BE(10) & 0x8000) !== 0,
    ciaddr: dotted(packet, 12),
    yiaddr: dotted(packet, 16),
    siaddr: dotted(packet, 20),
    giaddr: dotted(packet, 24),
    mac: macText(packet, hlen),
    sname: areas.includes(sname) ? '' : paddedText(packet, sname),
    file: areas.includes(file) ? '' : paddedText(packet, file),
    options: options.joined(),
  }
}

/** Gathers options and joins the parts of those that came in several (RFC 3396 §7). */
class OptionReader {
  readonly #options = new Map<number, Uint8Array>()
  /** Only of the few options that came in several parts. */
  readonly #parts = new Map<number, Uint8Array[]>()

  /** False when an option runs past the end. A missing END is forgiven: some ROMs leave it out. */
  add(area: Uint8Array): boolean {
    let at = 0
    while (at < area.length) {
      const code = area[at] ?? end
      if (code === end) return true
      if (code === pad) {
        at += 1
        continue
      }
      const length = area[at + 1]
      if (length === undefined || at + 2 + length > area.length) return false
      this.#keep(code, new Uint8Array(area.subarray(at + 2, at + 2 + length)))
      at += 2 + length
    }
    return true
  }

  #keep(code: number, value: Uint8Array): void {
    const first = this.#options.get(code)
    if (first === undefined) {
      this.#options.set(code, value)
      return
    }
    const parts = this.#parts.get(code)
    if (parts === undefined) this.#parts.set(code, [first, value])
    else parts.push(value)
  }

  overload(): number {
    const value = this.#options.get(overloadCode)
    return value?.length === 1 ? (value[0] ?? 0) & 3 : 0
  }

  joined(): DhcpOptions {
    this.#options.delete(overloadCode)
    this.#parts.delete(overloadCode)
    for (const [code, parts] of this.#parts) this.#options.set(code, new Uint8Array(Buffer.concat(parts)))
    return this.#options
  }
}

/**
 * Writes a message, at least 300 bytes long. A value over 255 bytes goes out in parts (RFC 3396). When all of it is
 * larger than `maxBytes`, options move into `file` and `sname` where these are empty (option overload, RFC 2132 §9.3).
 * @throws {RangeError} when a value does not fit its field, or all of it still not `maxBytes` (default: a UDP datagram)
 */
export function encodeDhcp(
  packet: DhcpPacket,
  { maxBytes = largestPacket }: { readonly maxBytes?: number } = {},
): Uint8Array {
  const head = writeHead(packet)
  const parts = optionParts(packet.options)
  const length = parts.reduce((sum, part) => sum + part.length, fixedLength + 1)
  if (length > maxBytes) return overloaded(packet, head, parts, maxBytes)
  const all = Buffer.alloc(Math.max(length, Math.min(minimumLength, maxBytes)))
  head.copy(all)
  all[writeParts(all, fixedLength, parts)] = end
  return all
}

function writeHead(packet: DhcpPacket): Buffer {
  const head = Buffer.alloc(fixedLength)
  head[0] = packet.op === 'request' ? 1 : 2
  head[1] = packet.htype
  head[2] = packet.hlen
  head[3] = packet.hops
  head.writeUInt32BE(packet.xid, 4)
  head.writeUInt16BE(packet.secs, 8)
  head.writeUInt16BE(packet.broadcast ? 0x8000 : 0, 10)
  head.set(addressBytes(packet.ciaddr), 12)
  head.set(addressBytes(packet.yiaddr), 16)
  head.set(addressBytes(packet.siaddr), 20)
  head.set(addressBytes(packet.giaddr), 24)
  head.write(packet.mac.replaceAll(':', ''), 28, 16, 'hex')
  writeField(head, packet.sname, sname)
  writeField(head, packet.file, file)
  head.writeUInt32BE(magicCookie, 236)
  return head
}

/** Each as it stands on the wire, at most 257 bytes. */
function optionParts(options: DhcpOptions): readonly Buffer[] {
  const parts: Buffer[] = []
  for (const [code, value] of options) {
    if (code <= pad || code >= end || code === overloadCode)
      throw new RangeError(`${code} is no option that can be written`)
    let at = 0
    do {
      const length = Math.min(255, value.length - at)
      const part = Buffer.allocUnsafe(2 + length)
      part[0] = code
      part[1] = length
      part.set(value.subarray(at, at + length), 2)
      parts.push(part)
      at += length
    } while (at < value.length)
  }
  return parts
}

/** Puts each option whole into the first area with room: not every client joins parts. */
function overloaded(
  packet: DhcpPacket,
  head: Buffer,
  parts: readonly Buffer[],
  maxBytes: number,
): Uint8Array {
  const first = { room: maxBytes - fixedLength - 4, parts: [] as Buffer[] } // 4: option 52 and END
  const spare = [...(packet.file === '' ? [file] : []), ...(packet.sname === '' ? [sname] : [])].map(
    (field) => ({ field, room: field.size - 1, parts: [] as Buffer[] }),
  )
  for (const part of parts) {
    const area = [first, ...spare].find(({ room }) => room >= part.length)
    if (area === undefined) throw new RangeError(`a DHCP message does not fit ${maxBytes} bytes`)
    area.room -= part.length
    area.parts.push(part)
  }
  const used = spare.filter((area) => area.parts.length > 0)
  for (const { field, parts: moved } of used) head[writeParts(head, field.at, moved)] = end
  const overload = used.reduce((sum, { field }) => sum | field.overload, 0)
  return Buffer.concat([head, ...first.parts, Uint8Array.of(overloadCode, 1, overload, end)])
}

/** Where the next byte goes. */
function writeParts(target: Buffer, from: number, parts: readonly Buffer[]): number {
  let at = from
  for (const part of parts) {
    target.set(part, at)
    at += part.length
  }
  return at
}

function writeField(head: Buffer, text: string, { at, size }: { at: number; size: number }): void {
  if (text === '') return
  const value = latin1(text)
  if (value.length > size) throw new RangeError(`${JSON.stringify(text)} does not fit ${size} bytes`)
  value.copy(head, at)
}

function paddedText(packet: Buffer, { at, size }: { at: number; size: number }): string {
  const field = packet.subarray(at, at + size)
  const length = field.indexOf(0)
  return length === 0 ? '' : field.toString('latin1', 0, length < 0 ? size : length)
}

function dotted(packet: Buffer, at: number): string {
  return `${packet[at]}.${packet[at + 1]}.${packet[at + 2]}.${packet[at + 3]}`
}

function macText(packet: Buffer, hlen: number): string {
  const hex = packet.toString('hex', 28, 28 + hlen)
  let text = hex.slice(0, 2)
  for (let at = 2; at < hex.length; at += 2) text += `:${hex.slice(at, at + 2)}`
  return text
}
