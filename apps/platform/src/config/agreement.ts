import { bootDisagreements, type Disagreement, type Known as KnownOf } from '@bootcast/options'
import type { OptionKey, options } from './options.ts'

type Known = KnownOf<typeof options>

/** What each value alone cannot tell: whether the options fit together and to this computer. */
export function disagreements(known: Known): readonly Disagreement[] {
  return [
    ...bootDisagreements(known),
    ...providerIsWhole(known),
    ...directoryIsWhole(known),
    ...rolesHaveSource(known),
    ...uforgeIsOn(known),
  ]
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

function uforgeIsOn({ config, isGiven }: Known) {
  if (config.uforge === 'on') return []
  return meaningless((['uforgeContext', 'uforgeVersion'] as const).filter(isGiven), '--uforge on')
}

const meaningless = (keys: readonly OptionKey[], without: string): readonly Disagreement[] =>
  keys.map((key) => ({ key, message: `has a meaning only with ${without}` }))
