import { groupNameSchema, roleSchema, roles } from '@bootcast/contract'
import { readAs, readWhole } from '@bootcast/options'
import { z } from 'zod'

/** Where the catalogue is; never shown in an error, since it may hold a password. */
export const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\/\S+$/, 'must be a URL such as postgres://user@host/database')

/** Bucket and prefix; the prefix ends with a slash or is empty. */
export const s3Url = readAs('a bucket such as s3://images or s3://images/bootcast', (text) => {
  const [, bucket, path = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9._/-]{0,200}))?$/.exec(text) ?? []
  if (bucket === undefined || path.split('/').includes('..')) return undefined
  const prefix = path.replace(/^\/+|\/+$/g, '')
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` }
})

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host)

/** An OpenID issuer: https, or http on this computer itself. Compared to the letter, so it stays as it is. */
export const issuerUrl = readAs(
  'a URL such as https://idp.example, by http only on this computer',
  (text) => {
    const url = URL.parse(text)
    if (url === null || text.length > 512 || url.search !== '' || url.hash !== '' || url.username !== '')
      return undefined
    return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
      ? text
      : undefined
  },
)

export type LdapUrl = {
  readonly tls: boolean
  /** Without brackets. */
  readonly host: string
  readonly port: number
  readonly isLoopback: boolean
}

export const ldapUrl = readAs(
  'ldaps://HOST or ldap://HOST, with a port or without',
  (text): LdapUrl | undefined => {
    const [, scheme, host = '', port] =
      /^(ldaps?):\/\/([a-zA-Z0-9.-]{1,253}|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?\/?$/.exec(text) ?? []
    const usual = scheme === 'ldaps' ? 636 : 389
    const number = port === undefined ? usual : readWhole(port, 1, 65535)
    if (scheme === undefined || number === undefined) return undefined
    const tls = scheme === 'ldaps'
    return { tls, host: host.replace(/[[\]]/g, ''), port: number, isLoopback: isLoopback(host) }
  },
)

/** The text, when `{user}` stands in it behind the name of an attribute; that is the one with the name of a person. */
const withUser = (text: string) => {
  const [, attribute] = /([a-zA-Z][a-zA-Z0-9-]*)=\{user\}/.exec(text) ?? []
  return attribute === undefined || text.length > 1024 ? undefined : { text, attribute }
}

export const dnTemplate = readAs('a DN with {user} in it, such as uid={user},ou=people,dc=example', withUser)

export const filterTemplate = readAs('a filter with {user} in it, such as (uid={user})', (text) =>
  /^\(.*\)$/.test(text) ? withUser(text) : undefined,
)

/** A group and the role that it gives. */
export const roleOfGroup = readAs(`GROUP=ROLE with a role of ${roles.join(', ')}`, (text) => {
  const at = text.lastIndexOf('=')
  const [group, role] = [
    groupNameSchema.safeParse(text.slice(0, at)),
    roleSchema.safeParse(text.slice(at + 1)),
  ]
  return at > 0 && group.success && role.success ? { group: group.data, role: role.data } : undefined
})

/** Of other things of ours below the root. */
const taken = [
  'api/v1',
  'b',
  'boot.ipxe',
  'loaders',
  'grub',
  'resources',
  'sign-in',
  'sign-out',
  'activate',
  'assets',
  'healthz',
  // Pages of the console.
  ...['account', 'audit', 'boots', 'images', 'machines', 'network', 'openings', 'people', 'reference'],
  ...['sites', 'start', 'templates'],
]

/** A path such as `/api`, without a slash at its end. */
export const uforgeContext = readAs('a path such as /api or /ufws', (text) => {
  if (!/^(\/[A-Za-z0-9][A-Za-z0-9._-]{0,63}){1,4}$/.test(text)) return undefined
  const isTaken = taken.some((path) => text === `/${path}` || text.startsWith(`/${path}/`))
  return isTaken ? undefined : text
})

export const uforgeVersion = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be a version such as 3.8.13')
