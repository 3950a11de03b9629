import { type BootFields, type DhcpPacket, readOption, writeOptions } from '@bootcast/netboot'
import type { BootSource } from './boot-source.ts'
import { type Firmware, isRaspberryPi, recogniseFirmware } from './firmware.ts'
import type { LoaderShelf } from './loader-shelf.ts'
import type { MachineFacts, MachineQuirks } from './machine.ts'

/** Our side of one network, as far as a boot answer needs it. */
export type BootNetwork = {
  /** Our address there: TFTP server, option 54. */
  readonly address: string
  /** Where machines there reach HTTP; no slash at the end. */
  readonly baseUrl: string
  readonly shelf: Pick<LoaderShelf, 'nameFor'>
  readonly source: Pick<BootSource, 'quirksOf'>
}

/** Why a packet gets no boot answer. `detail` is for the log. */
export type Ignored = { readonly ignored: IgnoredReason; readonly detail?: string }
export type IgnoredReason =
  | 'not a request'
  | 'not Ethernet'
  | 'not a PXE or HTTP client'
  | 'no architecture'
  | 'architecture not served'
  | 'no loader'
  | 'not for ProxyDHCP'
  | 'meant for another server'

/** What one client shall load: the one decision behind ProxyDHCP and our own DHCP server. */
export type BootOffer = {
  readonly vendorClass: 'PXEClient' | 'HTTPClient'
  /** A name for TFTP, or an absolute URL. */
  readonly file: string
  /** iPXE itself asks; it gets its script, not a loader, or it would load loaders for ever. */
  readonly isIpxe: boolean
  /** Absent for iPXE on a firmware that we have no row for. */
  readonly firmware?: Firmware
  readonly quirks: MachineQuirks
}

/** Decides what the sender of a DHCP message shall load. Never for anybody who is not a boot client. */
export function decideBoot(request: DhcpPacket, network: BootNetwork): BootOffer | Ignored {
  if (request.op !== 'request') return { ignored: 'not a request' }
  if (request.htype !== 1 || request.hlen !== 6) return { ignored: 'not Ethernet' }
  const vendorClass = vendorClassOf(request)
  if (vendorClass === undefined) return { ignored: 'not a PXE or HTTP client' }
  const architectures = readOption(request.options, 'client-architecture')
  if (architectures === undefined) return { ignored: 'no architecture' }
  const firmware = recogniseFirmware(architectures)
  const quirks = network.source.quirksOf(request.mac)
  if (isIpxe(request)) {
    const file = `${network.baseUrl}/boot.ipxe`
    return { vendorClass, file, isIpxe: true, quirks, ...('name' in firmware && { firmware }) }
  }
  if ('refused' in firmware) return { ignored: 'architecture not served', detail: firmware.refused }
  if (firmware.name === 'bios' && isRaspberryPi(request.mac))
    return {
      ignored: 'architecture not served',
      detail: 'Raspberry Pi boot ROM: loads its own files, not iPXE',
    }
  const loader = network.shelf.nameFor(firmware, quirks.loader)
  if (loader === undefined) return { ignored: 'no loader', detail: `no loader for ${firmware.name}` }
  const file = vendorClass === 'HTTPClient' ? `${network.baseUrl}/loaders/${loader}` : loader
  return { vendorClass, file, isIpxe: false, firmware, quirks }
}

/** What a client is, if it is one that boots. */
export function vendorClassOf(request: DhcpPacket): 'PXEClient' | 'HTTPClient' | undefined {
  const text = readOption(request.options, 'vendor-class-identifier') ?? ''
  if (text.startsWith('PXEClient')) return 'PXEClient'
  return text.startsWith('HTTPClient') ? 'HTTPClient' : undefined
}

/** User class "iPXE", or iPXE's own encapsulated options (175): some builds leave one of them out. */
export function isIpxe(request: DhcpPacket): boolean {
  const classes = readOption(request.options, 'user-class') ?? []
  return classes.includes('iPXE') || request.options.has(175)
}

/** What a boot client told of itself by DHCP. Undefined: it is none. */
export function machineFromDhcp(request: DhcpPacket): MachineFacts | undefined {
  if (request.op !== 'request' || request.hlen !== 6 || vendorClassOf(request) === undefined) return undefined
  const found = recogniseFirmware(readOption(request.options, 'client-architecture') ?? [])
  const uuid = readOption(request.options, 'client-machine-identifier')
  return {
    mac: request.mac,
    ...(uuid !== undefined && { uuid }),
    // BIOS clients say 0 on 64-bit processors too; iPXE tells more later.
    ...('name' in found && found.platform === 'uefi' && { architecture: found.architecture }),
    // iPXE speaks of how it was built, whatever started it: 7 after UEFI HTTP Boot, too.
    ...('name' in found && !isIpxe(request) && { firmware: found.name }),
    ...(request.ciaddr !== '0.0.0.0' && { address: request.ciaddr }),
  }
}

/** `file` of the header holds 127 bytes and a NUL (RFC 2131 §2). */
const longestFileField = 127

/**
 * Where the file stands in any answer. TFTP names: the header field, which every ROM reads. URLs: option 67, and the
 * header too when it fits (EDK2's HTTP boot wants option 60 = HTTPClient beside it).
 */
export function fileFields(offer: BootOffer, network: BootNetwork): BootFields {
  const isUrl = offer.isIpxe || offer.vendorClass === 'HTTPClient'
  const file = offer.file.length <= longestFileField ? offer.file : ''
  return {
    siaddr: network.address,
    file,
    options: writeOptions({
      'vendor-class-identifier': offer.vendorClass === 'HTTPClient' ? 'HTTPClient' : undefined,
      'bootfile-name': isUrl || file === '' ? offer.file : undefined,
    }),
  }
}

/**
 * What our own DHCP server adds for a boot client: server, file, and for HTTP clients their class. No "PXEClient"
 * and no option 43: with them firmware would look for a boot server instead of loading the file (dnsmasq does the
 * same; seen with all firmware in netboot/captures/dhcp-*.pcap).
 */
export function bootFields(request: DhcpPacket, network: BootNetwork): BootFields | Ignored {
  const offer = decideBoot(request, network)
  return 'ignored' in offer ? offer : fileFields(offer, network)
}
