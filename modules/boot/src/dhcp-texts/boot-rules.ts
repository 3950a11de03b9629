import { isIPv4 } from 'node:net'
import { type Firmware, firmwares } from '../firmware.ts'
import { loaderKinds } from '../loaders.ts'

/** What the texts are made of: one network of ours, and what its machines load. */
export type DhcpTextSettings = {
  /** Our address there: the TFTP server. */
  readonly address: string
  readonly netmask: string
  /** Where machines there reach HTTP; no slash at the end. */
  readonly baseUrl: string
  readonly shelf: { nameFor(firmware: Firmware): string | undefined }
}

/** What one kind of firmware shall load. */
export type BootRule = {
  /** A row of the firmware table; fit to be part of a name in any of the texts. */
  readonly name: string
  /** Who they are, for people. */
  readonly people: string
  /** Option 93, any of them. */
  readonly architectures: readonly number[]
  readonly transport: 'tftp' | 'http'
  /** A name for TFTP, or for `http` an absolute URL. */
  readonly file: string
}

/** What each DHCP server is told, in its own words. Every text in here is safe in all of them: see `boot-rules.ts`. */
export type BootRules = {
  readonly server: string
  /** `10.77.0.0` */
  readonly network: string
  /** `10.77.0.0/24` */
  readonly subnet: string
  /** What iPXE gets, which else would load loaders for ever. */
  readonly script: string
  readonly rules: readonly BootRule[]
  /** People whose machines get nothing, since there is no loader for them. */
  readonly missing: readonly string[]
}

/** A value cannot stand in the configuration of a DHCP server; `message` says which. */
export class NotForDhcpText extends Error {
  override readonly name = 'NotForDhcpText'
  readonly code = 'not_for_dhcp_text'
}

/** @throws {NotForDhcpText} */
export function bootRules({ address, netmask, baseUrl, shelf }: DhcpTextSettings): BootRules {
  const base = checkedUrl(baseUrl)
  const rules = firmwares.flatMap((firmware) => ruleFor(firmware, base, shelf.nameFor(firmware)))
  const { network, ones } = networkOf(checkedAddress(address), netmask)
  const served = new Set(rules.map(({ people }) => people))
  const usual = loaderKinds.filter((kind) => kind.usual).map(({ people }) => people)
  return {
    server: address,
    network,
    subnet: `${network}/${ones}`,
    script: `${base}/boot.ipxe`,
    rules,
    missing: usual.filter((people) => !served.has(people)),
  }
}

function ruleFor(firmware: Firmware, base: string, loader: string | undefined): readonly BootRule[] {
  if (loader === undefined) return []
  const { name, architectures, transport } = firmware
  const file = transport === 'http' ? `${base}/loaders/${checkedName(loader)}` : checkedName(loader)
  // The header field holds 127 bytes and a NUL (RFC 2131 §2), and not every server falls back to option 67.
  if (file.length > 127) throw new NotForDhcpText(`${file} is too long for a boot file: 127 characters`)
  return [{ name, people: peopleOf(firmware), architectures, transport, file }]
}

/** Who has such machines, in words. */
export const peopleOf = ({ platform, architecture }: Firmware): string =>
  loaderKinds.find((kind) => kind.platform === platform && kind.architecture === architecture)?.people ??
  architecture

/** No quotes, commas, spaces, `$` or backslashes: nothing that one of the servers would read as more than a letter. */
const plainUrl = /^http:\/\/[A-Za-z0-9.:[\]-]{1,100}$/
const plainName = /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/

function checkedUrl(url: string): string {
  if (plainUrl.test(url) && URL.canParse(url)) return url
  throw new NotForDhcpText(`${JSON.stringify(url.slice(0, 120))} is no address that firmware can load from`)
}

function checkedName(name: string): string {
  if (plainName.test(name)) return name
  throw new NotForDhcpText(`${JSON.stringify(name.slice(0, 120))} is no name of a loader`)
}

function checkedAddress(address: string): string {
  if (isIPv4(address) && address !== '0.0.0.0') return address
  throw new NotForDhcpText(`${JSON.stringify(address.slice(0, 120))} is no address of this computer`)
}

function networkOf(address: string, netmask: string) {
  const mask = isIPv4(netmask) ? numberOf(netmask) : 0
  const ones = Math.clz32(~mask)
  if (mask === 0 || mask !== (~0 << (32 - ones)) >>> 0)
    throw new NotForDhcpText(`${JSON.stringify(netmask.slice(0, 120))} is no netmask`)
  return { network: dotted((numberOf(address) & mask) >>> 0), ones }
}

const numberOf = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
const dotted = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
