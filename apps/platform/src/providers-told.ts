import type { SignInProvider } from '@bootcast/contract'
import type { Config } from './config.ts'
import { securityOf } from './open-directory.ts'

/** Who tells the platform who people are, for those who look after them. Of a secret: only whether there is one. */
export function providersTold(config: Config): readonly SignInProvider[] {
  return [{ kind: 'local' }, ...openIdTold(config), ...directoryTold(config)]
}

function openIdTold(config: Config): readonly SignInProvider[] {
  const { oidcIssuer: issuer, oidcClientId: clientId = '', oidcGroupsClaim: groupsClaim } = config
  if (issuer === undefined) return []
  const hasSecret = config.oidcClientSecretFile !== undefined
  const redirectUri = `${config.publicUrl}/sign-in/oidc/callback`
  return [{ kind: 'oidc', issuer, clientId, hasSecret, redirectUri, groupsClaim, roleOf: roleOf(config) }]
}

function directoryTold(config: Config): readonly SignInProvider[] {
  const { ldapUrl: url, ldapGroupsAttribute: groupsAttribute, ldapBindDn, ldapUserDn } = config
  if (url === undefined) return []
  const host = url.host.includes(':') ? `[${url.host}]` : url.host
  return [
    {
      kind: 'ldap',
      address: `${host}:${url.port}`,
      security: securityOf(config, url),
      lookup: ldapUserDn?.text ?? `${config.ldapBase} ${config.ldapFilter.text}`,
      ...(ldapUserDn === undefined && ldapBindDn !== undefined && { searchesAs: ldapBindDn }),
      groupsAttribute,
      roleOf: roleOf(config),
    },
  ]
}

const roleOf = (config: Config) => config.roleOf.map(({ group, role }) => ({ group, role }))
