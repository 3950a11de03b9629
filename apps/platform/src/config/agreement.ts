import type { NetworkInterfaceInfo } from 'node:os'
import type { Config, OptionKey } from './options.ts'

import { addressNumber, type Ipv4Subnet, isInside, subnetOf } from './subnet.ts'

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>
export type Disagreement = { readonly key: OptionKey; readonly message: string }

type Known = {
  /** What could be read; an option in error is absent. */
  readonly config: Partial<Config>
  readonly isGiven: (key: OptionKey) => boolean
  readonly interfaces: Interfaces
}
type Check = (known: Known) => readonly (Disagreement | undefined)[]

/** What each value alone cannot tell: whether the options fit together and to this computer. */
export function disagreements(known: Known): readonly Disagreement[] {
  return checks.flatMap((check) => check(known)).filter((found) => found !== undefined)
}

const checks: readonly Check[] = [
  interfacesExist,
  dhcpHasInterface,
  serverHasRange,
  serverOptionsHaveServer,
  rangeFits,
  machinesReachUs,
  providerIsWhole,
  directoryIsWhole,
  rolesHaveSource,
]

function interfacesExist({ config, interfaces }: Known) {
  return (config.interface ?? []).map((name): Disagreement | undefined => {
    if (interfaces[name] === undefined)
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

function dhcpHasInterface({ config }: Known) {
  const wanted = config.dhcp
  if (wanted === undefined || wanted === 'off' || config.interface === undefined) return []
  if (config.interface.length === 0)
    return [{ key: 'dhcp' as const, message: `${wanted} needs an interface: --interface NAME` }]
  if (wanted === 'proxy' || config.interface.length === 1) return []
  return [{ key: 'dhcp' as const, message: 'server works on one interface, and several are named' }]
}

function serverHasRange({ config, isGiven }: Known) {
  if (config.dhcp !== 'server' || isGiven('dhcpRange')) return []
  return [{ key: 'dhcpRange' as const, message: 'is required with --dhcp server: the addresses it may give' }]
}

const serverOptions = ['dhcpRange', 'dhcpRouter', 'dhcpDns', 'dhcpLeaseSeconds'] as const

function serverOptionsHaveServer({ config, isGiven }: Known) {
  if (config.dhcp === 'server' || (isGiven('dhcp') && config.dhcp === undefined)) return []
  return serverOptions.filter(isGiven).map((key) => ({
    key,
    message: `has a meaning only with --dhcp server (here: ${config.dhcp ?? 'not given'})`,
  }))
}

function rangeFits({ config, interfaces }: Known) {
  const [name] = config.interface ?? []
  const range = config.dhcpRange
  const subnets = name === undefined ? [] : ipv4SubnetsOf(interfaces, name)
  if (config.dhcp !== 'server' || range === undefined || subnets.length === 0) return []
  const subnet = subnets.find((each) => isInside(each, range.first) && isInside(each, range.last))
  const shown = subnets.map(({ text }) => text).join(', ')
  const wrong = (message: string, key: OptionKey = 'dhcpRange') => [{ key, message }]
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

function machinesReachUs({ config, isGiven }: Known) {
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

function providerIsWhole({ config, isGiven }: Known) {
  const needs = ['oidcClientId', 'publicUrl'] as const
  if (isGiven('oidcIssuer'))
    return needs
      .filter((key) => !isGiven(key))
      .map((key) => ({ key, message: 'is required with --oidc-issuer' }))
  const only = ['oidcClientId', 'oidcClientSecretFile', 'oidcGroupsClaim'] as const
  return config.oidcIssuer === undefined ? meaningless(only.filter(isGiven), '--oidc-issuer') : []
}

const ofDirectory = [
  'ldapStartTls',
  'ldapCaFile',
  'ldapUserDn',
  'ldapBase',
  'ldapFilter',
  'ldapBindDn',
  'ldapBindPasswordFile',
  'ldapGroupsAttribute',
] as const
const ofSearch = ['ldapBase', 'ldapFilter', 'ldapBindDn', 'ldapBindPasswordFile'] as const

function directoryIsWhole({ config, isGiven }: Known): readonly Disagreement[] {
  if (!isGiven('ldapUrl')) return meaningless(ofDirectory.filter(isGiven), '--ldap-url')
  const { ldapUrl: url } = config
  const tls = url?.tls === true ? meaningless((['ldapStartTls'] as const).filter(isGiven), 'ldap://') : []
  if (isGiven('ldapUserDn'))
    return [
      ...tls,
      ...ofSearch.filter(isGiven).map((key) => ({ key, message: 'has no meaning with --ldap-user-dn' })),
    ]
  if (!isGiven('ldapBase'))
    return [...tls, { key: 'ldapBase', message: 'or --ldap-user-dn is required with --ldap-url' }]
  if (isGiven('ldapBindDn') === isGiven('ldapBindPasswordFile')) return tls
  return [...tls, { key: 'ldapBindPasswordFile', message: 'goes with --ldap-bind-dn: give both, or none' }]
}

function rolesHaveSource({ isGiven }: Known) {
  if (isGiven('oidcIssuer') || isGiven('ldapUrl')) return []
  return meaningless((['roleOf'] as const).filter(isGiven), '--oidc-issuer or --ldap-url')
}

const meaningless = (keys: readonly OptionKey[], without: string): readonly Disagreement[] =>
  keys.map((key) => ({ key, message: `has a meaning only with ${without}` }))

/** The IPv4 subnets of an interface, in the order of the system. */
export function ipv4SubnetsOf(interfaces: Interfaces, name: string): readonly Ipv4Subnet[] {
  return (interfaces[name] ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address, netmask }) => subnetOf(address, netmask))
}

const namesOf = (interfaces: Interfaces): string => Object.keys(interfaces).join(', ') || 'none'
