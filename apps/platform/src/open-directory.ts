import { readFile } from 'node:fs/promises'
import { StartRefused } from '@bootcast/options'
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from './config.ts'
import type { LdapServer } from './identity/ldap-connection.ts'
import { LdapDirectory, type LdapLookup } from './identity/ldap-directory.ts'
import { readSecretFile } from './identity/password-file.ts'

/** The LDAP directory of the configuration; whether it answers is seen when somebody signs in. @throws {StartRefused} */
export async function openDirectory(
  config: Config,
  log: FastifyBaseLogger,
): Promise<LdapDirectory | undefined> {
  const { ldapUrl: url, ldapGroupsAttribute: groupsAttribute } = config
  if (url === undefined) return undefined
  const { host, port } = url
  const ca = config.ldapCaFile === undefined ? {} : { ca: await certificates(config.ldapCaFile) }
  const server = { host, port, security: securityOf(config, url), ...ca }
  const onProblem = (message: string, err?: unknown) => log.warn({ err, host }, message)
  return new LdapDirectory({ server, lookup: await lookupOf(config), groupsAttribute, onProblem })
}

/** How the way to the directory is kept from others. */
export function securityOf(
  { ldapStartTls: wanted }: Pick<Config, 'ldapStartTls'>,
  { tls, isLoopback }: NonNullable<Config['ldapUrl']>,
): LdapServer['security'] {
  if (tls) return 'tls'
  const isStarted = wanted === undefined ? !isLoopback : wanted === 'yes'
  return isStarted ? 'start-tls' : 'none'
}

async function lookupOf(config: Config): Promise<LdapLookup> {
  const { ldapUserDn: dn, ldapBase: base = '', ldapFilter: filter } = config
  if (dn !== undefined) return { kind: 'dn', dn }
  const { ldapBindDn: bindDn, ldapBindPasswordFile: file } = config
  if (bindDn === undefined || file === undefined) return { kind: 'search', base, filter, as: undefined }
  return { kind: 'search', base, filter, as: { dn: bindDn, password: await readSecretFile(file) } }
}

async function certificates(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new StartRefused(`${path} cannot be read: ${cause.message}`, { cause })
  })
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new StartRefused(`${path} has no certificate in it (-----BEGIN CERTIFICATE-----)`)
}
