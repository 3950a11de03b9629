import { isIP, isIPv4 } from 'node:net'
import { groupNameSchema, roleSchema, roles } from '@bootcast/contract'
import { z } from 'zod'

export type Endpoint = { readonly address: string; readonly port: number }
/** First and last IPv4 address, both included. */
export type AddressRange = { readonly first: string; readonly last: string }

/** A reader of one value: what `read` cannot understand (`undefined`) is refused with `wanted`. */
function readAs<T>(wanted: string, read: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    const value = read(text.trim())
    if (value !== undefined) return value
    context.issues.push({ code: 'custom', message: `must be ${wanted}, not ${quoted(text)}`, input: text })
    return z.NEVER
  })
}

export const filePath = readAs('a path', (text) =>
  text === '' || text.includes('\0') || text.length > 4096 ? undefined : text,
)

/** One of some words. */
export const oneOf = <const W extends string>(...words: readonly W[]) =>
  readAs(words.join(' or '), (text) => words.find((word) => word === text))

/** A whole number written in decimal. */
export const wholeNumber = (least: number, most: number) =>
  readAs(`a number from ${least} to ${most}`, (text) => readWhole(text, least, most))

export const portOrOff = readAs('a port from 1 to 65535, or off', (text) =>
  text === 'off' ? 'off' : readWhole(text, 1, 65535),
)

/** `ADDRESS:PORT` with an IPv6 address in brackets; port 0 takes any free one. */
export const endpoint = readAs(
  'ADDRESS:PORT, for instance 0.0.0.0:8080 or [::]:8080',
  (text): Endpoint | undefined => {
    const [, v6, v4, portText] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
    const address = v6 ?? v4
    const port = readWhole(portText ?? '', 0, 65535)
    if (address === undefined || port === undefined) return undefined
    return isIP(address) === (v6 === undefined ? 4 : 6) ? { address, port } : undefined
  },
)

/** The name of a network interface as Linux allows it: at most 15 bytes, no space, no slash. */
export const interfaceName = readAs('the name of a network interface', (text) =>
  /^[\w.@:+-]{1,15}$/.test(text) ? text : undefined,
)

export const ipv4 = readAs('an IPv4 address', (text) => (isIPv4(text) ? text : undefined))

/** An address, or a subnet in CIDR notation; IPv4 or IPv6. */
export const addressOrSubnet = readAs('an address, or a subnet such as 10.0.0.0/24', (text) => {
  const [address = '', bits, ...more] = text.split('/')
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  const isSubnet = bits === undefined || readWhole(bits, 1, most) !== undefined
  return most > 0 && isSubnet && more.length === 0 ? text : undefined
})

export const ipv4Range = readAs('two IPv4 addresses A-B', (text): AddressRange | undefined => {
  const [first = '', last = '', ...more] = text.split('-').map((part) => part.trim())
  return isIPv4(first) && isIPv4(last) && more.length === 0 ? { first, last } : undefined
})

function readOrigin(text: string, schemes: RegExp): string | undefined {
  const url = URL.parse(text)
  const isOrigin = url !== null && schemes.test(url.protocol) && url.href === `${url.origin}/`
  return isOrigin && text.length <= 256 ? url.origin : undefined
}

/** Scheme, host and port; comes out without a slash at its end. */
export const originUrl = readAs('a URL such as http://boot.example:8080, without a path', (text) =>
  readOrigin(text, /^https?:$/),
)

/** The same for machines: their loaders trust no certificate of ours. */
export const plainOriginUrl = readAs('an http:// URL such as http://10.0.0.5:8080, without a path', (text) =>
  readOrigin(text, /^http:$/),
)

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

const units: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

/** Bytes, or KiB, MiB, GiB, TiB; comes out in bytes. */
export const size = readAs('a size such as 500MiB or 64GiB', (text) => {
  const [, number = '', unit = ''] = /^(\d{1,15}) ?([KMGT]iB)?$/.exec(text) ?? []
  const bytes = number === '' ? 0 : Number(number) * (units[unit] ?? 0)
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined
})

function readWhole(text: string, least: number, most: number): number | undefined {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  return number >= least && number <= most ? number : undefined
}

/** One line of at most 80 characters, whatever was given. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}…` : text)
}

/** A short text of one line. */
export const line = readAs('one line of text', (text) =>
  text !== '' && text.length <= 1024 && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) ? text : undefined,
)

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
