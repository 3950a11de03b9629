import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Why a body ended; `sent` means that the kernel has taken the last byte. `failed`: the fault is on our side.
 * `source-failed`: the rest of a file that was arriving does not come.
 */
export type SendEnd =
  | 'sent'
  | 'client-gone'
  | 'client-stalled'
  | 'file-short'
  | 'source-failed'
  | 'failed'
  | 'stopped'

export type Progress = {
  readonly sent: number
  readonly end: SendEnd
  /** What went wrong, where the end is a failure that says so. */
  readonly error?: unknown
}

export type Sending = {
  readonly response: ServerResponse
  readonly socket: Socket
  /** Fulfilled when the client's connection has closed. */
  readonly closed: Promise<void>
  readonly stallMs: number
}

/**
 * Waits until the connection belongs to this response: a client may send its next request before the last
 * answer has ended (RFC 9112 §9.3.2). `undefined` when the client went away meanwhile.
 */
export async function turnOf(response: ServerResponse): Promise<Socket | undefined> {
  const connection = response.req.socket
  if (response.socket === null && !connection.destroyed) {
    const { promise, resolve } = Promise.withResolvers<void>()
    response.once('socket', resolve)
    connection.once('close', resolve)
    await promise
    response.off('socket', resolve)
    connection.off('close', resolve)
  }
  return connection.destroyed ? undefined : (response.socket ?? undefined)
}

/** Runs `send` with a word on when the client leaves; no listener stays on a connection that lives on. */
export async function whileConnected<T>(
  socket: Socket,
  send: (closed: Promise<void>) => Promise<T>,
): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.once('close', resolve)
  if (socket.destroyed) resolve()
  try {
    return await send(promise)
  } finally {
    socket.off('close', resolve)
  }
}

/**
 * Ends a connection whose body cannot be finished, by a reset: what the client has not taken is thrown away at once.
 * After an orderly close the kernel would keep up to megabytes of it for minutes.
 */
export function breakOff(socket: Socket): void {
  const isPlainTcp = socket.remoteAddress !== undefined && !('encrypted' in socket)
  if (isPlainTcp && !socket.destroyed) socket.resetAndDestroy()
  else socket.destroy()
}
