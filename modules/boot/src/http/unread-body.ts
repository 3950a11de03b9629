import type { IncomingMessage } from 'node:http'

/**
 * Ends the connection when the body of this request is not complete `ms` from now. One whose body is complete may
 * long be busy with the next request: that one is left alone.
 */
export function cutOffUnlessComplete(request: IncomingMessage, ms: number): void {
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy()
  }, ms)
  timer.unref()
  request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
}

/** Whether a body is said to follow (RFC 9112 §6.3). */
export function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
