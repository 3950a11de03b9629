import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'
import { signatureHeader } from '../names.ts'
import type { UplinkProblem } from '../problems.ts'
import type { SealedSnapshot } from '../signed-snapshot.ts'

export function sendJson(response: ServerResponse, value: unknown): void {
  send(response, 200, 'application/json', Buffer.from(JSON.stringify(value)))
}

export function sendProblem(
  response: ServerResponse,
  { code, status, detail }: UplinkProblem,
  retrySeconds: number | undefined,
): void {
  if (retrySeconds !== undefined) response.setHeader('retry-after', String(Math.ceil(retrySeconds)))
  const body = {
    type: `urn:bootcast:problem:${code}`,
    title: code.replaceAll('_', ' '),
    status,
    code,
    detail,
  }
  send(response, status, 'application/problem+json', Buffer.from(JSON.stringify(body)))
}

function send(response: ServerResponse, status: number, type: string, body: Buffer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'no-store',
  })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

const compress = promisify(zstdCompress)
/** Below that a packet is a packet. */
const worthCompressing = 1024

/** A snapshot with its signature: the bytes that were signed, compressed where the site takes that. */
export async function sendSnapshot(
  request: IncomingMessage,
  response: ServerResponse,
  { bytes, signature, etag }: SealedSnapshot,
): Promise<void> {
  response.setHeader('etag', etag)
  response.setHeader(signatureHeader, signature)
  response.setHeader('vary', 'accept-encoding')
  const isCompressed = bytes.length >= worthCompressing && takesZstd(request)
  if (isCompressed) response.setHeader('content-encoding', 'zstd')
  const body = isCompressed
    ? await compress(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } })
    : bytes
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}

/** Whether `zstd` stands in Accept-Encoding, and not with a weight of 0 (RFC 9110 §12.5.3). */
export function takesZstd({ headers }: IncomingMessage): boolean {
  return String(headers['accept-encoding'] ?? '')
    .split(',')
    .map((coding) =>
      coding
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/),
    )
    .some(([name, weight = 'q=1']) => name === 'zstd' && Number(weight.slice(2)) > 0)
}
