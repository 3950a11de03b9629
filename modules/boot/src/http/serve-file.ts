import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServedFile } from '../boot-source.ts'
import type { FileSender, Sent } from './file-sender.ts'
import { judgePreconditions, rangeCounts } from './preconditions.ts'
import { type ByteRange, requestedRange } from './range.ts'

export type ServeFileOptions = {
  /** Default: for ever, since a digest names the bytes. A name whose bytes may change needs another. */
  readonly cacheControl?: string
  /** Default: application/octet-stream. */
  readonly contentType?: string
}

export type Served = Omit<Sent, 'end'> & {
  readonly status: number
  readonly end: Sent['end'] | 'file-unavailable'
  /** Why the file was not to be had. */
  readonly error?: unknown
}

const forEver = 'public, max-age=31536000, immutable'

/**
 * Answers GET and HEAD for one immutable file (RFC 9110 §13, §14, §15): 200, 206 for one range, 304, 412, 416; 405
 * for another method; 503 when the file cannot be read now. Several ranges are answered with the whole file.
 * Never rejects; the result is for the boot log.
 */
export async function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: ServedFile,
  sender: FileSender,
  options: ServeFileOptions = {},
): Promise<Served> {
  const startedAt = performance.now()
  const plan = planAnswer(request, file)
  response.statusCode = plan.status
  setHead(response, file, plan, options)
  if (plan.body !== undefined) return sendBody(response, file, plan.body, sender)
  response.end()
  return { status: plan.status, bytes: 0, ms: performance.now() - startedAt, completed: true, end: 'sent' }
}

type Plan = { readonly status: number; readonly range?: ByteRange; readonly body?: ByteRange }

function planAnswer(request: IncomingMessage, file: ServedFile): Plan {
  const { method, headers } = request
  if (method !== 'GET' && method !== 'HEAD') return { status: 405 }
  const etag = etagOf(file)
  const verdict = judgePreconditions(headers, etag)
  if (verdict !== 'go-on') return { status: verdict === 'not-modified' ? 304 : 412 }
  // Range is defined for GET alone (RFC 9110 §14.2).
  const asked = method === 'GET' && rangeCounts(headers['if-range'], etag) ? headers.range : undefined
  const range = requestedRange(asked, file.size)
  if (range === 'unsatisfiable') return { status: 416 }
  if (range !== 'whole') return { status: 206, range, body: range }
  const hasBody = method === 'GET' && file.size > 0
  return { status: 200, ...(hasBody && { body: { first: 0, last: file.size - 1 } }) }
}

function setHead(response: ServerResponse, file: ServedFile, plan: Plan, options: ServeFileOptions): void {
  const head = heads[plan.status]?.(file, plan, options) ?? {}
  for (const [name, value] of Object.entries(head)) response.setHeader(name, value)
}

type HeadFields = Readonly<Record<string, string | number>>
type Head = (file: ServedFile, plan: Plan, options: ServeFileOptions) => HeadFields

const heads: Readonly<Record<number, Head>> = {
  // In these very letters: GRUB of Debian 13 takes a file for empty otherwise.
  200: (file, _plan, options) => ({ ...whole(file, options), 'Content-Length': file.size }),
  206: (file, { range: { first, last } = { first: 0, last: 0 } }, options) => ({
    ...whole(file, options),
    'content-length': last - first + 1,
    'content-range': `bytes ${first}-${last}/${file.size}`,
  }),
  304: (file, _plan, options) => validators(file, options),
  405: () => ({ allow: 'GET, HEAD', 'content-length': 0 }),
  412: () => ({ 'content-length': 0 }),
  416: (file) => ({ 'content-range': `bytes */${file.size}`, 'content-length': 0 }),
}

function whole(file: ServedFile, options: ServeFileOptions) {
  const contentType = options.contentType ?? 'application/octet-stream'
  return { ...validators(file, options), 'accept-ranges': 'bytes', 'content-type': contentType }
}

function validators(file: ServedFile, { cacheControl = forEver }: ServeFileOptions) {
  return { etag: etagOf(file), 'cache-control': cacheControl }
}

/** Strong: the same digest is the same bytes (RFC 9110 §8.8.1). */
function etagOf(file: ServedFile): string {
  return `"${file.digest}"`
}

async function sendBody(
  response: ServerResponse,
  file: ServedFile,
  range: ByteRange,
  sender: FileSender,
): Promise<Served> {
  const startedAt = performance.now()
  try {
    const { statusCode: status } = response
    return { status, ...(await sender.send(response, file, range)) }
  } catch (error) {
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    const text = 'this file cannot be read now\n'
    response.writeHead(503, {
      'content-type': 'text/plain',
      'content-length': text.length,
      'retry-after': '5',
    })
    response.end(text)
    const ms = performance.now() - startedAt
    return { status: 503, bytes: 0, ms, completed: false, end: 'file-unavailable', error }
  }
}
