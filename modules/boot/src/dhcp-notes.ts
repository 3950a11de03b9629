import { type DhcpPacket, readOption } from '@bootcast/netboot'
import { isIpxe, machineFromDhcp, vendorClassOf } from './boot-fields.ts'
import type { BootEvent, HeardBy } from './boot-journal.ts'

/**
 * What a DHCP message tells a timeline. Somebody who does not boot is worth a word too: the system that runs by now
 * asks for its address with the same hardware address.
 */
export function noteOfRequest(request: DhcpPacket, via: HeardBy): BootEvent | undefined {
  if (request.op !== 'request' || request.hlen !== 6) return undefined
  const type = readOption(request.options, 'message-type')
  const { mac } = request
  const vendorClass = vendorClassOf(request)
  if (vendorClass === undefined)
    return type === 'discover' || type === 'request'
      ? { kind: 'system', mac, ...systemOf(request) }
      : undefined
  if (type === 'request' && via !== 'pxe') return { kind: 'request', mac, via, ...choiceOf(request) }
  if (type === undefined || !asking.includes(type)) return undefined
  const { uuid, firmware, architecture } = machineFromDhcp(request) ?? {}
  return {
    kind: 'discover',
    mac,
    via,
    vendorClass,
    isIpxe: isIpxe(request),
    ...(uuid !== undefined && { uuid }),
    ...(firmware !== undefined && { firmware }),
    ...(architecture !== undefined && { architecture }),
    ...(request.ciaddr !== '0.0.0.0' && { address: request.ciaddr }),
  }
}

const asking: readonly string[] = ['discover', 'request', 'inform']

function systemOf(request: DhcpPacket) {
  const vendorClass = readOption(request.options, 'vendor-class-identifier')
  return vendorClass === undefined ? {} : { vendorClass }
}

function choiceOf(request: DhcpPacket) {
  const server = readOption(request.options, 'server-identifier')
  const current = request.ciaddr === '0.0.0.0' ? undefined : request.ciaddr
  const wanted = readOption(request.options, 'requested-address') ?? current
  return {
    isIpxe: isIpxe(request),
    ...(server !== undefined && { server }),
    ...(wanted !== undefined && { wanted }),
  }
}

/** What we answered a client that boots. */
export function noteOfReply(request: DhcpPacket, reply: DhcpPacket, via: HeardBy): BootEvent | undefined {
  if (vendorClassOf(request) === undefined) return undefined
  const { mac } = request
  const type = readOption(reply.options, 'message-type')
  const has = reply.yiaddr !== '0.0.0.0'
  if (type === 'nak')
    return { kind: 'address-refused', mac, why: readOption(reply.options, 'message') ?? 'refused' }
  if (type === 'ack' && has) return { kind: 'lease', mac, leased: reply.yiaddr }
  const file = readOption(reply.options, 'bootfile-name') ?? reply.file
  return {
    kind: 'offer',
    mac,
    via,
    server: readOption(reply.options, 'server-identifier') ?? reply.siaddr,
    file,
    asksPort4011:
      via === 'proxy-dhcp' && vendorClassOf(request) === 'PXEClient' && isLedTo4011(request, reply),
    ...(has && { offered: reply.yiaddr }),
  }
}

/** See the dialects in `machine.ts`. iPXE takes the file of the offer. */
function isLedTo4011(request: DhcpPacket, reply: DhcpPacket): boolean {
  return !isIpxe(request) && !reply.options.has(43)
}

/** Reasons that are no news: the message was for somebody else. */
const unremarkable: readonly string[] = [
  'not for ProxyDHCP',
  'meant for another server',
  'chose another server',
  'a server message',
]

/** That a client that boots got nothing from us. */
export function noteOfIgnored(
  request: DhcpPacket,
  { ignored: reason, detail }: { readonly ignored: string; readonly detail?: string },
  via: HeardBy,
): BootEvent | undefined {
  if (vendorClassOf(request) === undefined || unremarkable.includes(reason)) return undefined
  return { kind: 'ignored', mac: request.mac, via, reason, ...(detail !== undefined && { detail }) }
}

/** What another server told a machine: an offer of an address, of a boot file, or of both. */
export function noteOfOther(reply: DhcpPacket, from: string): BootEvent | undefined {
  const type = readOption(reply.options, 'message-type')
  if (reply.op !== 'reply' || reply.hlen !== 6 || (type !== 'offer' && type !== 'ack')) return undefined
  const file = readOption(reply.options, 'bootfile-name') ?? reply.file
  return {
    kind: 'other-offer',
    mac: reply.mac,
    server: readOption(reply.options, 'server-identifier') ?? from,
    ...(reply.yiaddr !== '0.0.0.0' && { offered: reply.yiaddr }),
    ...(file !== '' && { file }),
    ...(reply.siaddr !== '0.0.0.0' && { fileServer: reply.siaddr }),
    // Address servers do not say it, also not of a client that did (dnsmasq, captures/proxy-uefi-x64-pxe.pcap).
    ...(vendorClassOf(reply) !== undefined && { isBootServer: true }),
  }
}
