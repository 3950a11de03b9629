import { tame } from './log.ts'
import { type Architecture, cpuLevels, type MachineFacts } from './machine.ts'

/**
 * What a machine said of itself in the query of /boot.ipxe. Hostile until shown otherwise: the first value of a
 * name counts, each is bounded and made one line, and what is not of the right form is left out.
 * `none`: no `mac` at all, so it is not a machine with facts yet.
 */
export function machineFromQuery(search: string): MachineFacts | 'none' | { readonly refused: string } {
  const values = queryValues(search)
  const given = values.get('mac')
  if (given === undefined) return 'none'
  const mac = hardwareAddress(given)
  if (mac === undefined) return { refused: 'mac is not a hardware address such as 52:54:00:12:34:56' }
  const facts = {
    uuid: matching(values, 'uuid', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    address: matching(values, 'address', /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/),
    serial: freeText(values, 'serial'),
    manufacturer: freeText(values, 'manufacturer'),
    product: freeText(values, 'product'),
    firmware: platforms[values.get('platform') ?? ''],
    architecture: architectures[values.get('buildarch') ?? ''] ?? 'unknown',
    cpuLevel: cpuLevels.find((level) => level === values.get('cpu')),
  }
  return { mac, ...withoutAbsent(facts) }
}

const platforms: Readonly<Record<string, string>> = { __proto__: null, pcbios: 'bios', efi: 'uefi' } as never
/** iPXE's names (src/arch) are ours; what is not among them is unknown. */
const architectures: Readonly<Record<string, Architecture>> = {
  __proto__: null,
  x86_64: 'x86_64',
  i386: 'i386',
  arm64: 'arm64',
  arm32: 'arm32',
  riscv64: 'riscv64',
  loong64: 'loong64',
} as never

const longestQuery = 2048
const mostValues = 32

const names = ['mac', 'uuid', 'address', 'buildarch', 'platform', 'cpu', 'serial', 'manufacturer', 'product']

/**
 * iPXE knows no form encoding: `+` is a plus, `%` before anything but digits is itself. What follows an `&` and is
 * none of our names belongs to the value before: iPXE of 2019 sends `AT&T` as it is (seen with QEMU's ROM).
 */
function queryValues(search: string): ReadonlyMap<string, string> {
  const raw = new Map<string, string>()
  let last: string | undefined
  for (const piece of search.slice(0, longestQuery).replace(/^\?/, '').split('&', mostValues)) {
    const [name = '', ...rest] = piece.split('=')
    if (names.includes(name) && !raw.has(name)) {
      last = name
      raw.set(name, rest.join('='))
    } else if (last !== undefined) raw.set(last, `${raw.get(last)}&${piece}`)
  }
  return new Map([...raw].map(([name, value]) => [name, percentDecoded(value)]))
}

/** iPXE of 2019 writes bytes over 7F with their sign: `%FFFFFFC3`, on 64 bits `%FFFFFFFFFFFFC3` (same ROM). */
function percentDecoded(text: string): string {
  const bytes = text.replace(/%(?:F{12}|F{6})?([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

function hardwareAddress(text: string): string | undefined {
  const hex = text.toLowerCase().replace(/[:.-]/g, '')
  if (!/^[0-9a-f]{12}$/.test(hex) || text.length > 17) return undefined
  return hex.replace(/(..)(?!$)/g, '$1:')
}

function matching(values: ReadonlyMap<string, string>, name: string, pattern: RegExp): string | undefined {
  const text = values.get(name)?.toLowerCase()
  return text !== undefined && pattern.test(text) ? text : undefined
}

function freeText(values: ReadonlyMap<string, string>, name: string): string | undefined {
  const text = tame(values.get(name) ?? '')
  return text === '' ? undefined : text
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

function withoutAbsent<T extends object>(facts: T): Present<T> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Present<T>
}
