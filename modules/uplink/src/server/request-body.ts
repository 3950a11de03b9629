import type { IncomingMessage, ServerResponse } from 'node:http'
import { UplinkRefused } from '../problems.ts'

/**
 * The JSON in the body of a request. @throws {UplinkRefused} when it is larger or slower than allowed, compressed, or
 * no JSON
 */
export async function readJson(
  request: IncomingMessage,
  response: ServerResponse,
  { mostBytes, bodyMs }: { readonly mostBytes: number; readonly bodyMs: number },
): Promise<unknown> {
  const { headers } = request
  if (headers['content-encoding'] !== undefined)
    throw new UplinkRefused('invalid_request', 'Bodies of requests are not compressed')
  const tooLarge = new UplinkRefused(
    'too_large',
    `The body is larger than this call takes (${mostBytes} bytes)`,
  )
  if (Number(headers['content-length'] ?? 0) > mostBytes) throw tooLarge
  // Only now that we know who asks: Node leaves this to us for those who wait for it.
  if (headers.expect !== undefined) response.writeContinue()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new UplinkRefused('invalid_request', `The body took longer than ${bodyMs / 1000} seconds`)),
    bodyMs,
  )
  try {
    return parsed(await Promise.race([gathered(request, mostBytes, tooLarge), late]))
  } finally {
    clearTimeout(timer)
  }
}

function gathered(request: IncomingMessage, mostBytes: number, tooLarge: Error): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let size = 0
    request.on('data', (piece: Buffer) => {
      size += piece.length
      if (size <= mostBytes) return void pieces.push(piece)
      // What has come is let go of at once; what of the rest is read, `readAway` decides.
      pieces.length = 0
      request.pause()
      reject(tooLarge)
    })
    request.once('end', () => resolve(Buffer.concat(pieces)))
    const cut = () =>
      reject(new UplinkRefused('invalid_request', 'The body ended before its announced length'))
    request.once('error', cut).once('close', cut)
  })
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new UplinkRefused('invalid_request', 'The body is not JSON in UTF-8')
  }
}

/** How long the rest of a body that nobody wants may come, so that the answer is read before the connection ends. */
const lingerMs = 2_000
/** And how much of it. */
const lingerBytes = 1024 * 1024

/** For a request that was answered before its body was read: reads the rest of it away, or ends the connection. */
export function readAway(request: IncomingMessage): void {
  if (request.complete) return
  const { socket } = request
  let size = 0
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  const over = () => clearTimeout(timer)
  request.removeAllListeners('data')
  request.on('data', (piece: Buffer) => {
    size += piece.length
    if (size > lingerBytes) socket.destroy()
  })
  request.on('error', () => undefined)
  request.once('end', over).once('close', over)
  request.resume()
}
