import { addressBytes } from './address.ts'
import { latin1, subOptions } from './option.ts'

/** What option 43 says to and from a PXE client: PXE 2.1 §2.2.2, table 2-1. */
export type PxeVendorOptions = {
  /** Sub-option 6. */
  readonly discoveryControl?: DiscoveryControl
  /** 7: where boot servers listen for multicast discovery. */
  readonly multicastAddress?: string
  /** 8: boot servers to ask, by type (0: PXE bootstrap server). */
  readonly bootServers?: readonly { readonly type: number; readonly addresses: readonly string[] }[]
  /** 9: what the user may choose from. */
  readonly bootMenu?: readonly { readonly type: number; readonly description: string }[]
  /** 10: after so many seconds the first item of the menu is taken; 255 waits for ever. */
  readonly menuPrompt?: { readonly seconds: number; readonly text: string }
  /** 71: what the client chose, or the server answers for. */
  readonly bootItem?: { readonly type: number; readonly layer: number }
}

export type DiscoveryControl = {
  readonly noBroadcast?: boolean
  readonly noMulticast?: boolean
  /** Only servers of `bootServers`. */
  readonly listedServersOnly?: boolean
  /** No discovery and no menu: load the file that this message names. */
  readonly loadNamedFile?: boolean
}

const controlBits = { noBroadcast: 1, noMulticast: 2, listedServersOnly: 4, loadNamedFile: 8 } as const

/** `undefined` when a sub-option is malformed. Sub-options that this type does not have are left out. */
export function readPxeVendorOptions(bytes: Uint8Array): PxeVendorOptions | undefined {
  const raw = subOptions.read(bytes)
  if (raw === undefined) return undefined
  const found: Record<string, unknown> = {}
  for (const { code, name, read } of rows) {
    const value = raw.get(code)
    if (value === undefined) continue
    found[name] = read(Buffer.from(value))
    if (found[name] === undefined) return undefined
  }
  return found
}

/**
 * The value of option 43, with the END that PXE wants inside.
 * @throws {RangeError} for a value that cannot stand there
 */
export function writePxeVendorOptions(options: PxeVendorOptions): Uint8Array {
  const raw = new Map<number, Uint8Array>()
  for (const { code, name, write } of rows) {
    const value = options[name]
    if (value !== undefined) raw.set(code, (write as (value: unknown) => Uint8Array)(value))
  }
  return Buffer.concat([subOptions.write(raw), Uint8Array.of(255)])
}

type Row<N extends keyof PxeVendorOptions> = {
  readonly code: number
  readonly name: N
  read(bytes: Buffer): PxeVendorOptions[N] | undefined
  write(value: NonNullable<PxeVendorOptions[N]>): Uint8Array
}
const row = <N extends keyof PxeVendorOptions>(one: Row<N>) => one

const rows = [
  row({
    code: 6,
    name: 'discoveryControl',
    read: (bytes) => (bytes.length === 1 ? controlOf(bytes.readUInt8()) : undefined),
    write: (value) =>
      Uint8Array.of(
        controlNames.reduce((sum, name) => sum | (value[name] === true ? controlBits[name] : 0), 0),
      ),
  }),
  row({
    code: 7,
    name: 'multicastAddress',
    read: (bytes) => (bytes.length === 4 ? bytes.join('.') : undefined),
    write: addressBytes,
  }),
  row({ code: 8, name: 'bootServers', read: readBootServers, write: writeBootServers }),
  row({ code: 9, name: 'bootMenu', read: readBootMenu, write: writeBootMenu }),
  row({
    code: 10,
    name: 'menuPrompt',
    read: (bytes) =>
      bytes.length > 0 ? { seconds: bytes.readUInt8(), text: bytes.toString('latin1', 1) } : undefined,
    write: ({ seconds, text }) => Buffer.concat([Uint8Array.of(seconds), latin1(text)]),
  }),
  row({
    code: 71,
    name: 'bootItem',
    read: (bytes) =>
      bytes.length === 4 ? { type: bytes.readUInt16BE(), layer: bytes.readUInt16BE(2) } : undefined,
    write: ({ type, layer }) => Uint8Array.of(type >> 8, type & 255, layer >> 8, layer & 255),
  }),
] as const

const controlNames = Object.keys(controlBits) as (keyof DiscoveryControl)[]

function controlOf(bits: number): DiscoveryControl {
  return Object.fromEntries(
    controlNames.filter((name) => (bits & controlBits[name]) !== 0).map((name) => [name, true]),
  )
}

/** Each: type (2 bytes), how many addresses (1), the addresses. */
function readBootServers(bytes: Buffer): PxeVendorOptions['bootServers'] {
  const found: { type: number; addresses: string[] }[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + 3 > bytes.length) return undefined
    const count = bytes.readUInt8(at + 2)
    const next = at + 3 + count * 4
    if (next > bytes.length) return undefined
    const addresses = Array.from({ length: count }, (_, i) =>
      bytes.subarray(at + 3 + i * 4, at + 7 + i * 4).join('.'),
    )
    found.push({ type: bytes.readUInt16BE(at), addresses })
    at = next
  }
  return found
}

function writeBootServers(servers: NonNullable<PxeVendorOptions['bootServers']>): Uint8Array {
  return Buffer.concat(
    servers.flatMap(({ type, addresses }) => [
      Uint8Array.of(type >> 8, type & 255, addresses.length),
      ...addresses.map(addressBytes),
    ]),
  )
}

/** Each: type (2 bytes), length of the text (1), the text. */
function readBootMenu(bytes: Buffer): PxeVendorOptions['bootMenu'] {
  const found: { type: number; description: string }[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + 3 > bytes.length) return undefined
    const next = at + 3 + bytes.readUInt8(at + 2)
    if (next > bytes.length) return undefined
    found.push({ type: bytes.readUInt16BE(at), description: bytes.toString('latin1', at + 3, next) })
    at = next
  }
  return found
}

function writeBootMenu(menu: NonNullable<PxeVendorOptions['bootMenu']>): Uint8Array {
  return Buffer.concat(
    menu.flatMap(({ type, description }) => [
      Uint8Array.of(type >> 8, type & 255, description.length),
      latin1(description),
    ]),
  )
}
