import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request as startRequest } from 'node:https'
import { UpstreamAway } from './upstream-errors.ts'

export type Sending = {
  readonly agent: Agent
  readonly url: URL
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  /** JSON text. */
  readonly body?: string
  /** Largest answer. */
  readonly mostBytes: number
  /** For all of it. */
  readonly totalMs: number
  /** Without a byte. Absent: `totalMs` is enough. */
  readonly silenceMs?: number
  readonly signal?: AbortSignal | undefined
}

export type Received = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/**
 * One request and its whole answer. One that met a kept connection just as the other end closed it is sent once more.
 * @throws {UpstreamAway}; the signal's reason when that is aborted
 */
export async function exchange(sending: Sending): Promise<Received> {
  const { signal } = sending
  signal?.throwIfAborted()
  try {
    return await sent(sending).catch((error) => {
      if (error instanceof StaleConnection) return sent(sending)
      throw error
    })
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof UpstreamAway) throw cause
    throw new UpstreamAway(`${sending.url.host} ${wordsFor(cause)}`, { cause })
  }
}

class StaleConnection extends Error {}

function sent({ agent, url, method, headers, body, ...limits }: Sending): Promise<Received> {
  const { mostBytes, totalMs, silenceMs, signal } = limits
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : jsonHeaders(body)
    const request = startRequest(url, { agent, method, headers: { ...headers, ...length } })
    const fail = (error: Error) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      reject(error)
      request.destroy()
    }
    const late = () => fail(new UpstreamAway(`${url.host} did not answer in time`))
    const abort = () => fail(new Error('aborted'))
    const timer = setTimeout(late, totalMs)
    signal?.addEventListener('abort', abort)
    if (silenceMs !== undefined) request.setTimeout(silenceMs, late)
    request.on('error', (error) =>
      fail(isStale(request, error) ? new StaleConnection('', { cause: error }) : error),
    )
    request.once('response', (response) => {
      gather(response, mostBytes).then((bytes) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes })
      }, fail)
    })
    request.end(body)
  })
}

const jsonHeaders = (body: string) => ({
  'content-type': 'application/json',
  'content-length': String(Buffer.byteLength(body)),
})

/** Node's advice for keep-alive (`request.reusedSocket`): only then nothing can have been answered. */
const isStale = (request: ClientRequest, error: NodeJS.ErrnoException): boolean =>
  request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')

function gather(response: IncomingMessage, mostBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    response.on('data', (piece: Buffer) => {
      size += piece.length
      if (size > mostBytes) reject(new Error(`answered with more than ${mostBytes} bytes`))
      else pieces.push(piece)
    })
    response.once('end', () => resolve(Buffer.concat(pieces)))
    response.once('error', reject)
    response.once('close', () => reject(new Error('broke its answer off')))
  })
}

/** For people: what to look at. */
const wordsOfCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection',
  ENOTFOUND: 'is not a name that is known',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ECONNRESET: 'ended the connection',
  CERT_NOT_YET_VALID: 'shows a certificate that does not count yet; is the clock of this machine slow?',
  CERT_HAS_EXPIRED: 'shows a certificate that is over; is the clock of this machine fast?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is not the upstream of this site: its certificate has another name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'is not of the platform that this site joined',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is not of the platform that this site joined',
  SELF_SIGNED_CERT_IN_CHAIN: 'is not of the platform that this site joined',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is not of the platform that this site joined',
  CERT_SIGNATURE_FAILURE: 'is not of the platform that this site joined',
}

function wordsFor(cause: unknown): string {
  const error: NodeJS.ErrnoException = cause instanceof Error ? cause : new Error(String(cause))
  return wordsOfCode[error.code ?? ''] ?? `cannot be asked: ${error.message}`
}
