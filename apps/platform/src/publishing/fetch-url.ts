import { lookup as lookUp } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { Readable } from 'node:stream'

export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
  readonly code = 'address_refused'
}

export class FetchFailed extends Error {
  override readonly name = 'FetchFailed'
  readonly code = 'fetch_failed'
}

export type Fetched = {
  readonly bytes: AsyncIterable<Uint8Array>
  /** Bytes, when the server says so. */
  readonly size: number | undefined
  /** The file's name. */
  readonly name: string
}

/** Opens what is at an address; the bytes arrive as they are read. @throws {AddressRefused | FetchFailed} */
export type Fetcher = (url: string, signal: AbortSignal) => Promise<Fetched>

const redirects = 5
const silenceMs = 60_000

/**
 * Addresses that are not on the internet (IANA special-purpose registries): a publisher must not reach the
 * platform's own network through it.
 */
const privateAddresses = new BlockList()
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  privateAddresses.addSubnet(address, bits, 'ipv4')
for (const [address, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
  ['2002::', 16],
] as const)
  privateAddresses.addSubnet(address, bits, 'ipv6')

export function isPrivate(address: string): boolean {
  const kind = isIP(address)
  // BlockList takes ::ffff:10.0.0.1 for 10.0.0.1.
  return kind === 0 || privateAddresses.check(address, kind === 4 ? 'ipv4' : 'ipv6')
}

/** `mayReachPrivate`: the operator allows addresses of inner networks. */
export function createFetcher({ mayReachPrivate }: { readonly mayReachPrivate: boolean }): Fetcher {
  return async (text, signal) => {
    let url = parsed(text)
    for (let hop = 0; hop <= redirects; hop++) {
      const answer = await answerOf(url, mayReachPrivate, signal)
      const { statusCode = 0, headers } = answer
      if (statusCode === 200) return { bytes: bytesOf(answer), size: sizeOf(headers), name: nameIn(url) }
      answer.destroy()
      const isRedirect = [301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined
      if (!isRedirect)
        throw new FetchFailed(`${url.host} answers with status ${statusCode} for ${url.pathname}.`)
      url = parsed(new URL(headers.location ?? '', url).href)
    }
    throw new FetchFailed(`${text} leads from one address to the next without end.`)
  }
}

function parsed(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '')
    throw new AddressRefused(
      `“${text.slice(0, 200)}” is no address of a file: give http:// or https:// without a user.`,
    )
  return url
}

/** The check is part of the look-up that the connection uses: a name that changes its address meanwhile gains nothing. */
const checkedLookup: LookupFunction = (hostname, options, callback) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '')
    const wrong = addresses.find(({ address }) => isPrivate(address))
    if (wrong !== undefined) return callback(refusal(hostname, wrong.address), '')
    const [first] = addresses
    if (options.all === true) return callback(null, addresses)
    return callback(null, first?.address ?? '', first?.family)
  })
}

const refusal = (host: string, address: string) =>
  new AddressRefused(
    `${host} is ${address}, an address of an inner network; the platform does not fetch from there unless its operator allows it (--fetch-private).`,
  )

function answerOf(
  url: URL,
  mayReachPrivate: boolean,
  signal: AbortSignal,
): Promise<
  Readable & { statusCode?: number; headers: NodeJS.Dict<string | string[]> & { location?: string } }
> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (!mayReachPrivate && isIP(host) !== 0 && isPrivate(host)) throw refusal(url.host, host)
  const send = url.protocol === 'https:' ? requestHttps : requestHttp
  const headers = { 'user-agent': 'bootcast', 'accept-encoding': 'identity' }
  const options = { headers, signal, timeout: silenceMs, ...(!mayReachPrivate && { lookup: checkedLookup }) }
  return new Promise((resolve, reject) => {
    const request = send(url, options)
    request.once('response', resolve)
    request.once('timeout', () =>
      request.destroy(new FetchFailed(`${url.host} has said nothing for a minute.`)),
    )
    request.on('error', (error) => {
      if (error instanceof AddressRefused || error instanceof FetchFailed || signal.aborted) reject(error)
      else reject(new FetchFailed(`${url.host} cannot be reached: ${error.message}`, { cause: error }))
    })
    request.end()
  })
}

async function* bytesOf(answer: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* answer as AsyncIterable<Uint8Array>
  } catch (cause) {
    if (cause instanceof FetchFailed) throw cause
    throw new FetchFailed(`The file broke off: ${(cause as Error).message}`, { cause })
  }
}

function sizeOf(headers: NodeJS.Dict<string | string[]>): number | undefined {
  const text = headers['content-length']
  return typeof text === 'string' && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined
}

function nameIn({ pathname }: URL): string {
  const last = pathname.split('/').filter(Boolean).at(-1) ?? 'image'
  return last.replace(/[^A-Za-z0-9._+~-]/g, '_').slice(0, 200)
}
