import {
  address,
  addressList,
  bytes,
  type Codec,
  machineIdentifier,
  messageType,
  subOptions,
  text,
  uint8,
  uint16,
  uint16List,
  uint32,
  userClass,
} from './option.ts'

/** Raw values by number; an option that came in several parts is joined (RFC 3396). */
export type DhcpOptions = ReadonlyMap<number, Uint8Array>

const row = <T>(code: number, codec: Codec<T>) => ({ code, codec })

/** Every option that Bootcast reads or writes, by IANA's name. Others pass through raw. */
export const dhcpOptions = {
  'subnet-mask': row(1, address), // RFC 2132 §3.3
  router: row(3, addressList), // §3.5
  'domain-name-server': row(6, addressList), // §3.8
  'host-name': row(12, text), // §3.14
  'domain-name': row(15, text), // §3.17
  'broadcast-address': row(28, address), // §5.3
  'vendor-specific': row(43, bytes), // §8.4; of PXE: pxe-vendor-options.ts
  'requested-address': row(50, address), // §9.1
  'lease-time': row(51, uint32), // §9.2, seconds
  overload: row(52, uint8), // §9.3; decodeDhcp and encodeDhcp deal with it
  'message-type': row(53, messageType), // §9.6
  'server-identifier': row(54, address), // §9.7
  'parameter-request-list': row(55, bytes), // §9.8
  message: row(56, text), // §9.9
  'max-message-size': row(57, uint16), // §9.10
  'renewal-time': row(58, uint32), // §9.11, seconds
  'rebinding-time': row(59, uint32), // §9.12, seconds
  'vendor-class-identifier': row(60, text), // §9.13; PXEClient:Arch:…, HTTPClient:Arch:…
  'client-identifier': row(61, bytes), // §9.14
  'tftp-server-name': row(66, text), // §9.4
  'bootfile-name': row(67, text), // §9.5
  'user-class': row(77, userClass), // RFC 3004; iPXE sends bare text
  'relay-agent-information': row(82, bytes), // RFC 3046, echoed as it came
  'client-architecture': row(93, uint16List), // RFC 4578 §2.1
  'client-network-interface': row(94, bytes), // RFC 4578 §2.2
  'client-machine-identifier': row(97, machineIdentifier), // RFC 4578 §2.3
  ipxe: row(175, subOptions), // iPXE's own encapsulated options (src/include/ipxe/dhcp.h)
} as const

export type OptionName = keyof typeof dhcpOptions
export type OptionValue<N extends OptionName> =
  (typeof dhcpOptions)[N]['codec'] extends Codec<infer T> ? T : never
export type OptionValues = { readonly [N in OptionName]?: OptionValue<N> | undefined }

/** The value of an option, or `undefined` when it is absent or malformed. */
export function readOption<N extends OptionName>(options: DhcpOptions, name: N): OptionValue<N> | undefined {
  const { code, codec } = dhcpOptions[name]
  const raw = options.get(code)
  return raw === undefined ? undefined : ((codec as Codec<unknown>).read(raw) as OptionValue<N> | undefined)
}

/**
 * Options from values, in the order given. Absent (`undefined`) values are left out.
 * @throws {RangeError} for a value that cannot stand on the wire
 */
export function writeOptions(values: OptionValues): DhcpOptions {
  const options = new Map<number, Uint8Array>()
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue
    const { code, codec } = dhcpOptions[name as OptionName]
    const { buffer, byteOffset, length } = (codec as Codec<unknown>).write(value)
    options.set(code, new Uint8Array(buffer, byteOffset, length)) // a plain one, as decodeDhcp gives
  }
  return options
}
