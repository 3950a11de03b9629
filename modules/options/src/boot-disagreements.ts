import type { BootConfig, BootOptionKey } from './boot-options.ts'
import { type Interfaces, ipv4SubnetsOf, isInterface } from './interfaces.ts'
import type { Disagreement } from './program.ts'
import { addressNumber, isInside } from './subnet.ts'

type KnownOfBoot = {
  readonly config: Partial<BootConfig> & {
    /** Of a program that people reach by another way than machines. */
    readonly publicUrl?: string | undefined
  }
  readonly isGiven: (key: BootOptionKey) => boolean
  readonly interfaces: Interfaces
}
type Check = (known: KnownOfBoot) => readonly (Disagreement | undefined)[]

/** Whether the options of the boot services fit together and to this computer. */
export function bootDisagreements(known: KnownOfBoot): readonly Disagreement[] {
  return checks.flatMap((check) => check(known)).filter((found) => found !== undefined)
}

const checks: readonly Check[] = [
  interfacesExist,
  dhcpHasInterface,
  serverHasRange,
  serverOptionsHaveServer,
  rangeFits,
  machinesReachUs,
]

function interfacesExist({ config, interfaces }: KnownOfBoot) {
  return (config.interface ?? []).map((name): Disagreement | undefined => {
    if (!isInterface(interfaces, name))
      return {
        key: 'interface',
        message: `there is no interface ${name} that is up; there are: ${namesOf(interfaces)}`,
      }
    if (ipv4SubnetsOf(interfaces, name).length > 0) return undefined
    return {
      key: 'interface',
      message: `${name} has no IPv4 address. Give it one: ip addr add 10.77.0.1/24 dev ${name}`,
    }
  })
}

function dhcpHasInterface({ config }: KnownOfBoot) {
  const wanted = config.dhcp
  if (wanted === undefined || wanted === 'off' || config.interface === undefined) return []
  if (config.interface.length === 0)
    return [{ key: 'dhcp' as const, message: `${wanted} needs an interface: --interface NAME` }]
  if (wanted === 'proxy' || config.interface.length === 1) return []
  return [{ key: 'dhcp' as const, message: 'server works on one interface, and several are named' }]
}

function serverHasRange({ config, isGiven }: KnownOfBoot) {
  if (config.dhcp !== 'server' || isGiven('dhcpRange')) return []
  return [{ key: 'dhcpRange' as const, message: 'is required with --dhcp server: the addresses it may give' }]
}

const serverOptions = ['dhcpRange', 'dhcpRouter', 'dhcpDns', 'dhcpLeaseSeconds'] as const

function serverOptionsHaveServer({ config, isGiven }: KnownOfBoot) {
  if (config.dhcp === 'server' || (isGiven('dhcp') && config.dhcp === undefined)) return []
  return serverOptions.filter(isGiven).map((key) => ({
    key,
    message: `has a meaning only with --dhcp server (here: ${config.dhcp ?? 'not given'})`,
  }))
}

function rangeFits({ config, interfaces }: KnownOfBoot) {
  const [name] = config.interface ?? []
  const range = config.dhcpRange
  const subnets = name === undefined ? [] : ipv4SubnetsOf(interfaces, name)
  if (config.dhcp !== 'server' || range === undefined || subnets.length === 0) return []
  const subnet = subnets.find((each) => isInside(each, range.first) && isInside(each, range.last))
  const shown = subnets.map(({ text }) => text).join(', ')
  const wrong = (message: string, key: BootOptionKey = 'dhcpRange') => [{ key, message }]
  if (addressNumber(range.first) > addressNumber(range.last))
    return wrong('its first address is behind its last')
  if (subnet === undefined) return wrong(`does not lie in the subnet of ${name}, ${shown}`)
  const own = addressNumber(subnet.address)
  if (addressNumber(range.first) <= own && own <= addressNumber(range.last))
    return wrong(`contains ${subnet.address}, the address of ${name} itself`)
  const router = config.dhcpRouter
  if (router !== undefined && !isInside(subnet, router))
    return wrong(`${router} does not lie in the subnet of ${name}, ${shown}`, 'dhcpRouter')
  return []
}

function machinesReachUs({ config, isGiven }: KnownOfBoot) {
  const { listen, publicUrl, interface: interfaces = [] } = config
  const isNamed = isGiven('bootUrl') || publicUrl?.startsWith('http:') === true
  const isLoopback = listen !== undefined && /^(?:127\.|::1$)/.test(listen.address)
  return isLoopback && interfaces.length > 0 && !isNamed
    ? [
        {
          key: 'listen' as const,
          message: 'no machine reaches this address: give --boot-url, or listen on another',
        },
      ]
    : []
}

const namesOf = (interfaces: Interfaces): string => Object.keys(interfaces).join(', ') || 'none'
