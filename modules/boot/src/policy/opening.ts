import type { MachineFacts } from '../machine.ts'

/** Which machines an opening is for: all that is named must fit. Nothing named: every machine. */
export type OpeningCriteria = {
  /** Lower case, colons. */
  readonly mac?: string
  /** Lower case, RFC 9562 form. */
  readonly uuid?: string
  readonly serial?: string
  /** As the machine says it; `*` at the end stands for anything. */
  readonly product?: string
  readonly label?: string
  readonly site?: string
  /** `10.1.2.0/24` */
  readonly subnet?: string
}

/** An image that these machines boot without a sign-in. */
export type Opening = {
  readonly id: string
  /** `demo`, `demo@testing`, `demo@3` */
  readonly reference: string
  readonly criteria: OpeningCriteria
  /** Boots at once; else it stands in the menu. */
  readonly boots: boolean
  /** Milliseconds since 1970, as the others. */
  readonly opensAt: number
  /** `undefined`: until it is closed. */
  readonly closesAt: number | undefined
  /** How many boots; `undefined`: any number. */
  readonly times: number | undefined
  /** How many were begun. */
  readonly used: number
  readonly closedAt: number | undefined
}

/** What counts of a machine for an opening. */
export type OpeningFacts = Pick<MachineFacts, 'mac' | 'uuid' | 'serial' | 'product'> & {
  readonly labels: readonly string[]
  readonly site: string | undefined
  /** Where it asks from: what the connection says, not the machine. IPv4, dotted; IPv6 is in no subnet. */
  readonly address: string | undefined
}

/** Criteria by how few machines they mean, the narrowest first: of several openings that boot, the first wins. */
export const narrowness = [
  'mac',
  'uuid',
  'serial',
  'label',
  'product',
  'site',
  'subnet',
] as const satisfies readonly (keyof OpeningCriteria)[]

type Test = (wanted: string, machine: OpeningFacts) => boolean

const tests: { readonly [K in keyof Required<OpeningCriteria>]: Test } = {
  mac: (wanted, { mac }) => mac === wanted,
  uuid: (wanted, { uuid }) => uuid === wanted,
  serial: (wanted, { serial }) => serial === wanted,
  product: (wanted, { product }) => product !== undefined && fitsPattern(wanted, product),
  label: (wanted, { labels }) => labels.includes(wanted),
  site: (wanted, { site }) => site === wanted,
  subnet: (wanted, { address }) => address !== undefined && isInSubnet(wanted, address),
}

/** Whether an opening means this machine, whatever the time is. */
export function meansMachine({ criteria }: Pick<Opening, 'criteria'>, machine: OpeningFacts): boolean {
  return narrowness.every((name) => {
    const wanted = criteria[name]
    return wanted === undefined || tests[name](wanted, machine)
  })
}

/** Why an opening does not count now; `undefined`: it does. */
export function whyClosed(
  { opensAt, closesAt, closedAt, times, used }: Opening,
  now: number,
  /** This machine has begun a boot by it that it has not finished. */
  isUnderWay: boolean,
): string | undefined {
  if (closedAt !== undefined && closedAt <= now) return 'it was closed'
  if (now < opensAt) return 'its time has not come'
  if (closesAt !== undefined && now >= closesAt) return 'its time is over'
  if (times !== undefined && used >= times && !isUnderWay)
    return `its ${times} ${times === 1 ? 'boot is' : 'boots are'} used up`
  return undefined
}

/** The narrowest criterion of an opening: its place in `narrowness`; behind them when it means every machine. */
export function rankOf({ criteria }: Pick<Opening, 'criteria'>): number {
  const rank = narrowness.findIndex((name) => criteria[name] !== undefined)
  return rank === -1 ? narrowness.length : rank
}

/** Bits of the prefix of a subnet, so that of two subnets the smaller one goes first. */
export function prefixOf({ criteria: { subnet } }: Pick<Opening, 'criteria'>): number {
  return subnet === undefined ? 0 : Number(subnet.split('/')[1])
}

function fitsPattern(pattern: string, text: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern
}

/** IPv4 as a number; `undefined` for anything else. */
export function ipv4Number(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number)
  if (parts === undefined || parts.some((part) => part > 255)) return undefined
  return parts.reduce((number, part) => number * 256 + part, 0)
}

/** The first address of the subnet of so many bits that holds this one. */
export const networkOf = (address: number, bits: number): number => address - (address % 2 ** (32 - bits))

function isInSubnet(subnet: string, address: string): boolean {
  const [network = '', bits = ''] = subnet.split('/')
  const [first, asked] = [ipv4Number(network), ipv4Number(address)]
  if (first === undefined || asked === undefined || !/^([12]?\d|3[0-2])$/.test(bits)) return false
  return networkOf(asked, Number(bits)) === networkOf(first, Number(bits))
}
