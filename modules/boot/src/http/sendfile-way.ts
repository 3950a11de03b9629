import type { FileHandle } from 'node:fs/promises'
import type { Socket } from 'node:net'
import type { ByteRange } from './range.ts'
import { type SendfileCalls, sendfileCalls } from './sendfile-calls.ts'
import { SendfileThread } from './sendfile-thread.ts'
import type { Progress, Sending } from './sending.ts'

/**
 * Bodies by sendfile(2) from threads of their own: node:http writes the head, and when nothing of it is left to
 * write the kernel sends the file on a duplicate of the socket's descriptor; then Node has the socket back.
 */
export class SendfileWay {
  readonly #calls: SendfileCalls
  readonly #count: number
  readonly #onFailure: (error: Error) => void
  #threads: SendfileThread[] = []

  private constructor(calls: SendfileCalls, count: number, onFailure: (error: Error) => void) {
    this.#calls = calls
    this.#onFailure = onFailure
    this.#count = count
  }

  /** `undefined` where this system cannot. The threads start with the first body. */
  static where(count: number, onFailure: (error: Error) => void): SendfileWay | undefined {
    const calls = count > 0 ? sendfileCalls() : undefined
    return calls && new SendfileWay(calls, count, onFailure)
  }

  /** Why a thread has ended unasked. From then on this way is closed. */
  get failure(): Error | undefined {
    return this.#threads.find((thread) => thread.failure !== undefined)?.failure
  }

  /** Whether it can send on this connection: a plain one that has a descriptor, while the threads live. */
  canSendOn(socket: Socket): boolean {
    return !('encrypted' in socket) && descriptorOf(socket) !== undefined && this.failure === undefined
  }

  /** Sends a part of an open file. Does not end the response. */
  async send(sending: Sending, file: FileHandle, { first, last }: ByteRange): Promise<Progress> {
    const { response, socket, closed, stallMs } = sending
    response.flushHeaders()
    await Promise.race([emptied(socket), closed])
    const descriptor = descriptorOf(socket)
    if (socket.destroyed || descriptor === undefined) return { sent: 0, end: 'client-gone' }
    const duplicate = this.#calls.duplicate(descriptor)
    // Node sees nothing of what the kernel sends, and would take the connection for an idle one.
    const before = socket.timeout ?? 0
    socket.setTimeout(0)
    try {
      return await this.#leastLoaded().send(
        { socket: duplicate, file: file.fd, first, last, stallMs },
        closed,
      )
    } finally {
      this.#calls.close(duplicate)
      socket.setTimeout(before)
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.stop()))
  }

  #leastLoaded(): SendfileThread {
    if (this.#threads.length === 0)
      this.#threads = Array.from(
        { length: this.#count },
        () => new SendfileThread(this.#calls, this.#onFailure),
      )
    return this.#threads.reduce((least, thread) => (thread.load < least.load ? thread : least))
  }
}

/** Node has no public way to a socket's descriptor. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null }
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined
}

/** Fulfilled when the kernel has all that was written: writes are done in order, so an empty one comes last. */
function emptied(socket: Socket): Promise<void> {
  if (socket.writableLength === 0) return Promise.resolve()
  return new Promise((resolve) => socket.write('', () => resolve()))
}
