import { subOptions } from '../src/dhcp/option.ts'
import { type DhcpOptions, dhcpOptions, type OptionName, readOption } from '../src/dhcp/options.ts'
import { type DhcpPacket, decodeDhcp } from '../src/dhcp/packet.ts'
import { readPxeVendorOptions } from '../src/dhcp/pxe-vendor-options.ts'
import { datagramsIn } from './pcap.ts'

const dhcpPorts = [67, 68, 4011]

/** Every DHCP message of a capture as text, a field a line: what the golden files beside the captures hold. */
export function decodedCapture(capture: Buffer): string {
  const messages = datagramsIn(capture)
    .filter(({ to }) => dhcpPorts.includes(to.port))
    .map(({ from, to, payload }, i) => {
      const head = `#${i + 1} ${from.address}:${from.port} > ${to.address}:${to.port}`
      return [head, ...decodedMessage(payload).map((line) => `  ${line}`)].join('\n')
    })
  return `${messages.join('\n\n')}\n`
}

function decodedMessage(payload: Uint8Array): string[] {
  const packet = decodeDhcp(payload)
  if ('malformed' in packet) return [`malformed: ${packet.malformed}`]
  return [
    ...headerLines(packet),
    ...[...packet.options.keys()].map((code) => optionLine(code, packet.options)),
  ]
}

function headerLines(packet: DhcpPacket): string[] {
  const { op, xid, secs, broadcast, mac, hops } = packet
  const set = (['ciaddr', 'yiaddr', 'siaddr', 'giaddr', 'sname', 'file'] as const).filter(
    (name) => packet[name] !== '' && packet[name] !== '0.0.0.0',
  )
  return [
    `${op} xid=${xid.toString(16).padStart(8, '0')} secs=${secs} hops=${hops}${broadcast ? ' broadcast' : ''} ${mac}`,
    ...set.map((name) => `${name} ${printable(packet[name])}`),
  ]
}

function optionLine(code: number, options: DhcpOptions): string {
  const name = (Object.keys(dhcpOptions) as OptionName[]).find((one) => dhcpOptions[one].code === code)
  const value = name === undefined ? undefined : readOption(options, name)
  const raw = options.get(code) ?? new Uint8Array()
  const shown = name === undefined ? undefined : (special[name]?.(raw) ?? written(value))
  return `${code} ${name ?? '?'}: ${shown ?? hex(raw)}`
}

/** Options whose bytes say more than their codec does. */
const special: { readonly [N in OptionName]?: (raw: Uint8Array) => string | undefined } = {
  'parameter-request-list': (raw) => raw.join(' '),
  'vendor-specific': (raw) => {
    const pxe = readPxeVendorOptions(raw)
    return pxe === undefined ? undefined : `${hex(raw)} ${JSON.stringify(pxe)}`
  },
  ipxe: (raw) => {
    const found = subOptions.read(raw)
    return found === undefined
      ? undefined
      : [...found].map(([code, value]) => `${code}=${hex(value)}`).join(' ')
  },
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

function written(value: unknown): string | undefined {
  if (typeof value === 'string') return printable(value)
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return value.map((one) => printable(String(one))).join(', ')
  return undefined
}

const printable = (text: string) => (/^[\x20-\x7e]*$/.test(text) ? text : JSON.stringify(text))
