import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { ByteRange } from './range.ts'
import type { Progress, SendEnd, Sending } from './sending.ts'

const largeBytes = 1024 * 1024
const modestBytes = 64 * 1024
/** Past this many sends at once each gets a modest buffer: slow clients cannot take all memory. */
const largeBuffers = 64

/** Buffers that go from send to send. At most 64 MiB, and 64 KiB for each send beyond. */
export class BufferPool {
  readonly #resting: Buffer[] = []
  #lent = 0

  async lend<T>(use: (buffer: Buffer) => Promise<T>): Promise<T> {
    if (this.#lent >= largeBuffers) return use(Buffer.allocUnsafeSlow(modestBytes))
    this.#lent++
    const buffer = this.#resting.pop() ?? Buffer.allocUnsafeSlow(largeBytes)
    try {
      return await use(buffer)
    } finally {
      this.#lent--
      this.#resting.push(buffer)
    }
  }
}

/** Sends a part of an open file through buffers of the pool. Does not end the response. */
export function sendThroughBuffers(
  sending: Sending,
  file: FileHandle,
  range: ByteRange,
  pool: BufferPool,
): Promise<Progress> {
  return pool.lend((buffer) => sendPieces(sending, piecesOf(file, range, buffer), range))
}

/** Sends a stream that has exactly the bytes of the range, one chunk at a time. Does not end the response. */
export async function sendStream(sending: Sending, stream: Readable, range: ByteRange): Promise<Progress> {
  void sending.closed.then(() => stream.destroy())
  try {
    return await sendPieces(sending, stream, range)
  } finally {
    stream.destroy()
  }
}

/** Sends bytes that are in memory. Does not end the response. */
export function sendBytes(sending: Sending, bytes: Buffer): Promise<Progress> {
  return sendPieces(sending, [bytes], { first: 0, last: bytes.length - 1 })
}

async function* piecesOf(
  file: FileHandle,
  { first, last }: ByteRange,
  buffer: Buffer,
): AsyncGenerator<Buffer> {
  for (let at = first; at <= last; ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, last + 1 - at), at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function sendPieces(
  sending: Sending,
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  { first, last }: ByteRange,
): Promise<Progress> {
  const wanted = last - first + 1
  const watch = watchForStall(sending)
  const write = writer(sending)
  let sent = 0
  try {
    for await (const piece of pieces) {
      const fitting = piece.subarray(0, wanted - sent)
      if (!(await write(fitting))) return { sent, end: whyClosed(watch.stalled()) }
      sent += fitting.length
      if (sent === wanted) return { sent, end: 'sent' }
    }
    return { sent, end: sending.socket.destroyed ? whyClosed(watch.stalled()) : 'file-short' }
  } catch {
    return { sent, end: sending.socket.destroyed ? whyClosed(watch.stalled()) : 'failed' }
  } finally {
    watch.release()
  }
}

const whyClosed = (stalled: boolean): SendEnd => (stalled ? 'client-stalled' : 'client-gone')

/** Its promise is fulfilled when the kernel has the bytes and their buffer is free; false when the client left. */
function writer({ response, closed }: Sending): (bytes: Buffer) => Promise<boolean> {
  let settle: (written: boolean) => void = () => undefined
  // Node does not call back for a connection that is already destroyed.
  void closed.then(() => settle(false))
  return (bytes) => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    settle = resolve
    if (response.req.socket.destroyed) resolve(false)
    else response.write(bytes, (error) => resolve(error === null || error === undefined))
    return promise
  }
}

/** Node's socket timeout sees parts of a write go out: it fires only when nothing moved. */
function watchForStall({ response, socket, stallMs }: Sending) {
  const before = socket.timeout ?? 0
  let stalled = false
  const onTimeout = () => {
    stalled = true
    socket.destroy()
  }
  response.once('timeout', onTimeout)
  socket.setTimeout(stallMs)
  const release = () => {
    response.off('timeout', onTimeout)
    socket.setTimeout(before)
  }
  return { stalled: () => stalled, release }
}
