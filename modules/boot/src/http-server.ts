import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import { limitPipelining } from './http/pipelining.ts'
import { announcesBody, cutOffUnlessComplete } from './http/unread-body.ts'

export type BootHandler = {
  /** Whether the request was one for it; then it answers. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
}

export type HttpServerOptions = {
  readonly boot: BootHandler
  /** Answers what is no boot path; has its own limits for bodies. */
  readonly others: RequestListener
  /** What is no HTTP, in the words of the program: JSON of RFC 9457. */
  readonly brokenText: (detail: string) => string
  readonly headMs?: number | undefined
  readonly lingerMs?: number | undefined
}

/**
 * The one HTTP listener of a program with boot services. Boot paths are answered before anybody else sees anything:
 * they are the hot path. Who does not send a whole head in 15 seconds is cut off; bodies have their own limits, since
 * an image may take an hour.
 */
export function createHttpServer({
  boot,
  others,
  brokenText,
  headMs = 15_000,
  lingerMs = 5_000,
}: HttpServerOptions): Server {
  const answer: RequestListener = (request, response) => {
    if (!boot.handle(request, response)) return others(request, response)
    // Nobody who boots sends a body.
    if (announcesBody(request)) response.once('finish', () => cutOffUnlessComplete(request, lingerMs))
  }
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: headMs,
      requestTimeout: 0,
      keepAliveTimeout: 20_000,
      connectionsCheckingInterval: headMs / 3,
    },
    answer,
  )
  // Node would invite the body at once; `others` does when it has looked at who asks.
  server.on('checkContinue', answer)
  server.maxConnections = 8192
  limitPipelining(server)
  server.on('clientError', (error, socket) => answerBroken(error, socket as Socket, brokenText))
  return server
}

const brokenRequests: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'The head of the request is larger than 16 KiB',
  ERR_HTTP_REQUEST_TIMEOUT: 'The head of the request took longer than 15 seconds',
}

/**
 * What is no HTTP at all gets a last word, then the connection ends. Not one on which nothing was ever sent: browsers
 * open some before they need them, and would take the word for the answer to what they send at that moment.
 */
function answerBroken(
  error: NodeJS.ErrnoException,
  socket: Socket,
  brokenText: HttpServerOptions['brokenText'],
): void {
  const isUnused = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0
  if (error.code === 'ECONNRESET' || !socket.writable || isUnused) return void socket.destroy()
  const detail = brokenRequests[error.code ?? ''] ?? 'This is no valid HTTP/1.1 request, or it ended early'
  const body = brokenText(detail)
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}
