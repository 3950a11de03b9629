import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Requests on one connection whose answers are not out yet. Browsers and boot programs send one. */
const mostWaiting = 16

/**
 * Ends a connection that sends requests without taking the answers. Node reads on as long as nothing has been
 * written, so a few megabytes of tiny requests behind one body that nobody reads would hold hundreds of megabytes.
 */
export function limitPipelining(server: Server): void {
  const waiting = new WeakMap<Socket, number>()
  const count = ({ socket }: IncomingMessage, response: ServerResponse) => {
    const now = (waiting.get(socket) ?? 0) + 1
    waiting.set(socket, now)
    response.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1))
    if (now > mostWaiting) socket.destroy()
  }
  server.prependListener('request', count)
  server.prependListener('checkContinue', count)
}
