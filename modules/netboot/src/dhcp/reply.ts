import { isAddress } from './address.ts'
import { type DhcpOptions, readOption, writeOptions } from './options.ts'
import type { DhcpPacket } from './packet.ts'

/** What boot adds to the OFFER and ACK of a client that wants to boot. */
export type BootFields = {
  readonly siaddr?: string
  readonly sname?: string
  readonly file?: string
  readonly options: DhcpOptions
}

export type ReplyContents = {
  readonly type: 'offer' | 'ack' | 'nak'
  readonly serverAddress: string
  /** The client's address; `0.0.0.0` when none is given. */
  readonly yiaddr: string
  readonly options: DhcpOptions
  readonly boot?: BootFields | undefined
}

/** The answer to `request`, with what RFC 2131 table 3 says, and what is to be echoed. */
export function replyTo(request: DhcpPacket, contents: ReplyContents): DhcpPacket {
  const { type, serverAddress, yiaddr, boot } = contents
  return {
    op: 'reply',
    htype: request.htype,
    hlen: request.hlen,
    hops: 0,
    xid: request.xid,
    secs: 0,
    // RFC 2131 §4.3.2: a relay must broadcast a NAK, since the client's address may be wrong
    broadcast: request.broadcast || (type === 'nak' && request.giaddr !== '0.0.0.0'),
    ciaddr: type === 'ack' ? request.ciaddr : '0.0.0.0',
    yiaddr,
    siaddr: boot?.siaddr ?? '0.0.0.0',
    giaddr: request.giaddr,
    mac: request.mac,
    sname: boot?.sname ?? '',
    file: boot?.file ?? '',
    options: new Map([
      ...writeOptions({ 'message-type': type, 'server-identifier': serverAddress }),
      ...contents.options,
      ...(boot?.options ?? []),
      ...echoed(request, 61), // RFC 6842 §3
      ...echoed(request, 82), // RFC 3046 §2.2: last. Also without giaddr: switches insert it so (§2.1)
    ]),
  }
}

function echoed(request: DhcpPacket, code: number): DhcpOptions {
  const value = request.options.get(code)
  return value === undefined ? new Map() : new Map([[code, value]])
}

/**
 * Where a reply goes: RFC 2131 §4.1. A client without an address gets a broadcast even when it could take
 * unicast: sending to an address that nobody answers ARP for yet needs raw sockets, and all firmware hears broadcasts.
 */
export function replyTarget(
  request: DhcpPacket,
  reply: DhcpPacket,
): { readonly address: string; readonly port: number } {
  if (request.giaddr !== '0.0.0.0' && isAddress(request.giaddr)) return { address: request.giaddr, port: 67 }
  const isNak = readOption(reply.options, 'message-type') === 'nak'
  if (!isNak && request.ciaddr !== '0.0.0.0') return { address: request.ciaddr, port: 68 }
  return { address: '255.255.255.255', port: 68 }
}

const smallestPacket = 576 // what every client takes: RFC 2131 §2
const ethernetPacket = 1500
const ipAndUdpHeaders = 28

/** Bytes of DHCP that the sender of `request` takes in an answer: option 57, never less than all must take. */
export function largestReply(request: DhcpPacket): number {
  const told = readOption(request.options, 'max-message-size') ?? smallestPacket
  return Math.min(Math.max(told, smallestPacket), ethernetPacket) - ipAndUdpHeaders
}

const headerAndOurOptions = 350

/** Whether an answer that holds the identifiers of client and relay again can have the size that its sender takes. */
export function canBeEchoed(request: DhcpPacket): boolean {
  const lengths = [61, 82].map((code) => request.options.get(code)?.length ?? 0)
  const sum = lengths.reduce((one, other) => one + other)
  return lengths.every((length) => length <= 255) && sum <= largestReply(request) - headerAndOurOptions
}
