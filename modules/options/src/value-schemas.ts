import { isIP, isIPv4 } from 'node:net'
import { z } from 'zod'

export type Endpoint = { readonly address: string; readonly port: number }
/** First and last IPv4 address, both included. */
export type AddressRange = { readonly first: string; readonly last: string }

/** A reader of one value that a person writes: what `read` cannot understand (`undefined`) is refused with `wanted`. */
export function readAs<T>(wanted: string, read: (text: string) => T | undefined) {
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
export const endpoint = readAs('ADDRESS:PORT, for instance 0.0.0.0:8080 or [::]:8080', readEndpoint)

export const endpointOrOff = readAs('ADDRESS:PORT, for instance 0.0.0.0:8443, or off', (text) =>
  text === 'off' ? 'off' : readEndpoint(text),
)

function readEndpoint(text: string): Endpoint | undefined {
  const [, v6, v4, portText] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const address = v6 ?? v4
  const port = readWhole(portText ?? '', 0, 65535)
  if (address === undefined || port === undefined) return undefined
  return isIP(address) === (v6 === undefined ? 4 : 6) ? { address, port } : undefined
}

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

/** For what speaks TLS only. */
export const httpsOriginUrl = readAs(
  'an https:// URL such as https://boot.example:8443, without a path',
  (text) => readOrigin(text, /^https:$/),
)

/** The same for machines: their loaders trust no certificate of ours. */
export const plainOriginUrl = readAs('an http:// URL such as http://10.0.0.5:8080, without a path', (text) =>
  readOrigin(text, /^http:$/),
)

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

/** A whole number of `least` to `most`, in decimal digits. */
export function readWhole(text: string, least: number, most: number): number | undefined {
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
