import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { ByteRange } from './range.ts'
import { breakOff, type Progress, type SendEnd, type Sending } from './sending.ts'

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

/** Sends bytes that are in memory and ends the response, head and body in one write. */
export async function sendBytes(sending: Sending, bytes: Buffer): Promise<Progress> {
  const { response, socket, closed } = sending
  response.end(bytes)
  if (socket.destroyed) return { sent: 0, end: 'client-gone' }
  if (socket.writableLength === 0) return { sent: bytes.length, end: 'sent' }
  const watch = watchForStall(sending)
  const finished = new Promise<boolean>((resolve) => response.once('finish', () => resolve(true)))
  const sent = await Promise.race([finished, closed.then(() => false)])
  watch.release()
  return sent ? { sent: bytes.length, end: 'sent' } : { sent: 0, end: whyClosed(watch.stalled()) }
}

/** The file's part, piece by piece: while one half of the buffer is being sent the other is read. */
async function* piecesOf(
  file: FileHandle,
  { first, last }: ByteRange,
  buffer: Buffer,
): AsyncGenerator<Buffer> {
  const half = buffer.length / 2
  let [filling, resting] = [buffer.subarray(0, half), buffer.subarray(half)]
  const fill = (at: number) => file.read(filling, 0, Math.min(half, last + 1 - at), at)
  let reading = fill(first)
  try {
    for (let at = first; at <= last; ) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return
      at += bytesRead
      const piece = filling.subarray(0, bytesRead)
      ;[filling, resting] = [resting, filling]
      if (at <= last) reading = fill(at)
      // A failure is met in the next round; until then it must not count as unhandled.
      reading.catch(() => undefined)
      yield piece
    }
  } finally {
    // Until then the buffer is not free and the file must not be closed.
    await reading.catch(() => undefined)
  }
}

async function sendPieces(
  sending: Sending,
  pieces: AsyncIterable<Buffer>,
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
    breakOff(socket)
  }
  response.once('timeout', onTimeout)
  socket.setTimeout(stallMs)
  const release = () => {
    response.off('timeout', onTimeout)
    // Once the response has let go of it, Node has set the connection's timeout for the wait between requests.
    if (response.socket === socket) socket.setTimeout(before)
  }
  return { stalled: () => stalled, release }
}
