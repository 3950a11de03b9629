import { lookup as lookUp } from 'node:dns'
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Throws for an address that must not be talked to. `host` is what was asked for: a name, or the address itself. */
export type AddressCheck = (host: string, address: string) => void

export type HttpRequest = {
  readonly url: URL
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: { readonly bytes: () => AsyncIterable<Uint8Array>; readonly size: number } | undefined
  /** Absent: any address. */
  readonly checkAddress?: AddressCheck | undefined
  readonly signal: AbortSignal
}

export type Answer = {
  /** Who gave it, for people. */
  readonly host: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Whoever does not read it destroys it. */
  readonly body: Readable
}

/** The other side does not answer, or breaks off. */
export class HostFailed extends Error {
  override readonly name = 'HostFailed'
  readonly code = 'host_failed'
}

/** Longest silence, and longest that an answer or a document may take. */
const silenceMs = 60_000

/**
 * One HTTP request and its answer, whatever its status; redirects are not followed. The check of addresses is part of
 * the look-up that the connection uses: a name that changes its address meanwhile gains nothing.
 * @throws {HostFailed}, and what `checkAddress` throws, before anything is sent
 */
export async function exchange(wanted: HttpRequest): Promise<Answer> {
  const { url, checkAddress } = wanted
  if (!['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '')
    throw new HostFailed(`${url.protocol}//${url.host} is no web address, or has a user in it.`)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (checkAddress === undefined) return await answerOf(wanted, {})
  if (isIP(host) !== 0) checkAddress(url.host, host)
  const refused: { error?: unknown } = {}
  try {
    return await answerOf(wanted, { lookup: checkedLookup(checkAddress, refused) })
  } catch (error) {
    throw refused.error ?? error
  }
}

const checkedLookup =
  (check: AddressCheck, refused: { error?: unknown }): LookupFunction =>
  (hostname, options, callback) =>
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '')
      try {
        for (const { address } of addresses) check(hostname, address)
      } catch (cause) {
        refused.error = cause
        return callback(cause as Error, '')
      }
      const [first] = addresses
      if (options.all === true) return callback(null, addresses)
      return callback(null, first?.address ?? '', first?.family)
    })

function answerOf(
  { url, method, headers = {}, body, signal }: HttpRequest,
  more: { readonly lookup?: LookupFunction },
): Promise<Answer> {
  const length = body?.size ?? (method === 'POST' ? 0 : undefined)
  const options = {
    method,
    headers: { ...headers, ...(length !== undefined && { 'content-length': String(length) }) },
    signal,
    timeout: silenceMs,
    ...more,
  }
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options)
    let answer: IncomingMessage | undefined
    const giveUp = () =>
      (answer ?? request).destroy(new HostFailed(`${url.host} has said nothing for a minute.`))
    // A header that comes byte by byte is no silence for the socket.
    const tooLong = body === undefined ? setTimeout(giveUp, silenceMs) : undefined
    request.once('close', () => clearTimeout(tooLong))
    request.once('timeout', giveUp)
    request.once('response', (response) => {
      clearTimeout(tooLong)
      answer = response
      const { statusCode: status = 0, headers: said } = response
      resolve({ host: url.host, status, headers: said, body: response })
    })
    request.on('error', (cause) => {
      const isTold = cause instanceof HostFailed || signal.aborted
      reject(isTold ? cause : new HostFailed(`${url.host} cannot be reached: ${cause.message}`, { cause }))
    })
    if (body === undefined) request.end()
    else pipeline(Readable.from(body.bytes(), { objectMode: false }), request).catch(reject)
  })
}

/** The bytes of an answer as they arrive. @throws {HostFailed} when they break off */
export async function* bytesOf({ body, host }: Answer): AsyncGenerator<Uint8Array> {
  try {
    yield* body as AsyncIterable<Uint8Array>
  } catch (cause) {
    if (cause instanceof HostFailed) throw cause
    throw new HostFailed(`${host} broke off: ${(cause as Error).message}`, { cause })
  }
}

/** A small answer, whole, within a minute. @throws {HostFailed} when it is more than that */
export async function documentOf(answer: Answer, limitBytes: number): Promise<Buffer> {
  const { body, host } = answer
  const tooLong = setTimeout(() => body.destroy(new HostFailed(`${host} answers too slowly.`)), silenceMs)
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of bytesOf(answer)) {
      size += part.length
      if (size > limitBytes) throw new HostFailed(`${host} answers with more than documents are.`)
      parts.push(part)
    }
    return Buffer.concat(parts)
  } finally {
    clearTimeout(tooLong)
  }
}
