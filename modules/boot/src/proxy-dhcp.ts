import { type DhcpOptions, type DhcpPacket, readOption, writeOptions } from '@bootcast/netboot'
import { type BootNetwork, type BootOffer, decideBoot, fileFields, type Ignored } from './boot-fields.ts'
import type { ProxyDialect } from './machine.ts'

/**
 * ProxyDHCP (PXE 2.1 §2.2): boot information beside the DHCP server that gives the address. `port` is where the
 * request came in: 67 hears the DISCOVERs of everybody and gets an OFFER, 4011 is asked by clients that have an
 * address and gets an ACK.
 */
export function answerProxyDhcp(
  request: DhcpPacket,
  port: 'dhcp' | 'pxe',
  network: BootNetwork,
): DhcpPacket | Ignored {
  const offer = decideBoot(request, network)
  if ('ignored' in offer) return offer
  const type = readOption(request.options, 'message-type')
  if (!answered[port].includes(type ?? '')) return { ignored: 'not for ProxyDHCP' }
  const server = readOption(request.options, 'server-identifier')
  // On 4011 some firmware repeats the address server there (RFC 2131 habit), so only a DISCOVER can be judged by it.
  if (port === 'dhcp' && server !== undefined && server !== network.address)
    return { ignored: 'meant for another server' }
  return reply(request, offer, network, port)
}

/** REQUESTs on port 67 are for the server that gave the address. */
const answered: Readonly<Record<'dhcp' | 'pxe', readonly string[]>> = {
  dhcp: ['discover'],
  pxe: ['request', 'discover', 'inform'],
}

/** No 1, 3, 6 or 51 and no `yiaddr`: the address is the other server's business. */
function reply(
  request: DhcpPacket,
  offer: BootOffer,
  network: BootNetwork,
  port: 'dhcp' | 'pxe',
): DhcpPacket {
  const { siaddr = network.address, file = '', options } = fileFields(offer, network)
  return {
    op: 'reply',
    htype: request.htype,
    hlen: request.hlen,
    hops: 0,
    xid: request.xid,
    secs: 0,
    broadcast: request.broadcast,
    ciaddr: request.ciaddr,
    yiaddr: '0.0.0.0',
    siaddr,
    giaddr: request.giaddr,
    mac: request.mac,
    sname: network.address,
    file,
    options: new Map([
      ...writeOptions({
        'message-type': port === 'dhcp' ? 'offer' : 'ack',
        'server-identifier': network.address,
        'vendor-class-identifier': offer.vendorClass,
      }),
      ...echoed(request),
      ...options,
      ...vendorOptions(dialectOf(offer)),
    ]),
  }
}

/** Raw, as they came: the machine identifier (RFC 4578 §2.3) and the relay's words (RFC 3046 §2.2), when they fit. */
function echoed(request: DhcpPacket): DhcpOptions {
  const longest: Readonly<Record<number, number>> = { 97: 64, 82: 255 }
  return new Map([...request.options].filter(([code, value]) => value.length <= (longest[code] ?? -1)))
}

type Dialect = ProxyDialect | 'none'

/** iPXE takes file and server from the OFFER when both are there (dhcp_has_pxeopts) and HTTP clients know no option 43. */
function dialectOf({ isIpxe, vendorClass, firmware, quirks }: BootOffer): Dialect {
  if (isIpxe || vendorClass === 'HTTPClient' || firmware === undefined) return 'none'
  return quirks.proxyDialect ?? firmware.dialect
}

/** 43 = {6: 8}: "no discovery, load the file that stands here" (PXE 2.1 table 2-1, PXE_DISCOVERY_CONTROL bit 3). */
const skipDiscovery = Uint8Array.of(6, 1, 8, 255)

function vendorOptions(dialect: Dialect): DhcpOptions {
  return dialect === 'discovery-control' ? new Map([[43, skipDiscovery]]) : new Map()
}
