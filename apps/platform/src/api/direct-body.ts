import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { duplicateDescriptor } from '@bootcast/netboot'

const bufferBytes = 256 * 1024

/**
 * The `length` bytes of a request's body, read from a duplicate of the connection's descriptor into one buffer: a
 * piece is there until the next is asked for. Node's HTTP parser copies every 64 KiB into memory of its own, and that
 * garbage takes several times the processor that reading takes. The connection takes no further request: the answer
 * says `Connection: close`. `undefined` where it cannot be done: not Linux, no koffi, an encrypted connection, no
 * descriptor left, or the whole body has come already.
 */
export function directBody(
  request: IncomingMessage,
  response: ServerResponse,
  length: number,
): DirectBody | undefined {
  const descriptor = request.complete ? undefined : descriptorOf(request.socket)
  const duplicate = descriptor === undefined ? undefined : duplicateDescriptor(descriptor)
  if (duplicate === undefined) return undefined
  response.setHeader('connection', 'close')
  return new DirectBody(request, duplicate, length)
}

/** Node has no public way to a socket's descriptor. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null }
  const isPlain = handle?.fd !== undefined && handle.fd >= 0 && !('encrypted' in socket)
  return isPlain ? handle.fd : undefined
}

/** To be iterated once, at once. */
export class DirectBody implements AsyncIterable<Uint8Array> {
  readonly #request: IncomingMessage
  readonly #descriptor: number
  readonly #length: number
  #reader: Reader | undefined

  constructor(request: IncomingMessage, descriptor: number, length: number) {
    this.#request = request
    this.#descriptor = descriptor
    this.#length = length
  }

  /** Ends it: whoever waits for bytes is told why. */
  destroy(error: Error): void {
    this.#reader?.destroy(error)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { socket: connection } = this.#request
    let left = this.#length
    const early = await withdrawn(this.#request)
    const reader = new Reader(this.#descriptor)
    this.#reader = reader
    const onClose = () => reader.destroy(new Error('the connection was closed'))
    connection.once('close', onClose)
    if (connection.destroyed) onClose()
    try {
      for (const piece of early) {
        left -= piece.length
        yield piece
      }
      while (left > 0) {
        const piece = (await reader.next()).subarray(0, left)
        if (this.#request.readableLength > 0) throw new Error('two have read from one connection')
        left -= piece.length
        yield piece
      }
    } finally {
      connection.off('close', onClose)
      reader.destroy(new Error('the body has ended'))
      // What is not taken here the parser throws away.
      if (left > 0) connection.resume()
    }
  }
}

/** For so many ticks nothing has set the connection going. */
const quietTicks = 3

/**
 * What the parser has read already; from then on it reads nothing, and whoever asks the request for bytes must not be
 * the next. Node sets a connection going a tick after it was told to: stopped earlier it would go nevertheless.
 */
async function withdrawn(request: IncomingMessage): Promise<readonly Buffer[]> {
  const { socket: connection } = request
  const early: Buffer[] = []
  for (let quiet = 0; quiet < quietTicks; quiet++) {
    if (request.readableLength > 0) {
      early.push(request.read())
      quiet = 0
    }
    await nextTick()
    if (connection.isPaused()) continue
    quiet = 0
    await nextTick()
    connection.pause()
  }
  return early
}

/** Before anything arrives. */
const nextTick = () => new Promise<void>((resolve) => process.nextTick(resolve))

/** Reads a socket into one buffer, once for each time it is asked. */
class Reader {
  readonly #socket: Socket
  /** The socket begins by itself: so the first is there before it is asked for. */
  #turn = newTurn()
  #isFirst = true
  #error: Error | undefined

  constructor(descriptor: number) {
    const onBytes = (length: number, buffer: Uint8Array) => {
      this.#turn.resolve(buffer.subarray(0, length))
      return false
    }
    const onread = { buffer: Buffer.allocUnsafeSlow(bufferBytes), callback: onBytes }
    // Half open: its end must not be that of the connection, which has an answer to send.
    this.#socket = new Socket({ fd: descriptor, writable: false, allowHalfOpen: true, onread })
    this.#socket.on('error', (error) => this.destroy(error))
    this.#socket.on('close', () => this.destroy(new Error('the connection was closed')))
  }

  /** The next bytes; those before are gone. */
  next(): Promise<Uint8Array> {
    if (this.#error !== undefined) return Promise.reject(this.#error)
    if (!this.#isFirst) {
      this.#turn = newTurn()
      this.#socket.resume()
    }
    this.#isFirst = false
    return this.#turn.promise
  }

  destroy(error: Error): void {
    this.#error ??= error
    this.#turn.reject(this.#error)
    this.#socket.destroy()
  }
}

function newTurn() {
  const turn = Promise.withResolvers<Uint8Array>()
  // A failure is met by whoever asks next, perhaps nobody.
  turn.promise.catch(() => undefined)
  return turn
}
