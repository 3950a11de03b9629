import { type FileHandle, open } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ServedFile } from '../boot-source.ts'
import { BufferPool, sendBytes, sendStream, sendThroughBuffers } from './buffer-way.ts'
import { both, type Gate, sendGated } from './gated.ts'
import type { ByteRange } from './range.ts'
import { type RateCap, RateCaps } from './rate-caps.ts'
import { SendfileWay } from './sendfile-way.ts'
import { breakOff, type Progress, type SendEnd, type Sending, turnOf, whileConnected } from './sending.ts'
import { readPart, SmallFiles, smallBytes } from './small-files.ts'

export type Sent = {
  /** Bytes of the body that the kernel has taken. */
  readonly bytes: number
  readonly ms: number
  /** The kernel has taken all of them; whether they arrived, only the client knows. */
  readonly completed: boolean
  readonly end: SendEnd
  /** What went wrong, where the end is a failure that says so. */
  readonly error?: unknown
}

export type FileSenderOptions = {
  /** Threads for sendfile(2); 0 takes the portable way through buffers, as do systems without it. Default 2. */
  readonly threads?: number
  /** A client that takes nothing for so long is dropped. Default 60,000. */
  readonly stallMs?: number
  /** Told when a sendfile thread ends unasked: bodies go through buffers from then on. */
  readonly onFailure?: (error: Error) => void
  /** The most that goes out, to all and to one client (one remote address); `undefined`: as much as can. Asked for each body. */
  readonly totalBytesPerSecond?: RateCap
  readonly clientBytesPerSecond?: RateCap
}

const noCap = () => undefined

/** Sends files as fast as this system can. Memory grows neither with files nor, past 64 bodies, with clients. */
export class FileSender {
  readonly #sendfile: SendfileWay | undefined
  readonly #stallMs: number
  readonly #pool = new BufferPool()
  readonly #small = new SmallFiles()
  readonly #caps: RateCaps
  readonly #underWay = new Map<Promise<Progress>, Socket>()
  #stopped = false

  constructor(options: FileSenderOptions) {
    const { threads = 2, stallMs = 60_000, onFailure = () => undefined } = options
    const { totalBytesPerSecond: total = noCap, clientBytesPerSecond: client = noCap } = options
    this.#caps = new RateCaps({ total, client })
    this.#sendfile = SendfileWay.where(threads, onFailure)
    this.#stallMs = stallMs
  }

  /** What large files go by on plain connections. */
  get way(): 'sendfile' | 'buffers' {
    return this.#sendfile === undefined || this.#sendfile.failure !== undefined ? 'buffers' : 'sendfile'
  }

  /** Bodies under way. */
  get active(): number {
    return this.#underWay.size
  }

  /**
   * Sends a part of the file as the body of a response whose head is set but not sent, and ends the response; or
   * destroys the connection when the body cannot be finished, since its length is promised. Waits its turn when
   * the client has sent the next request early. A file that still arrives is sent as it comes, its head soon.
   * Rejects only before anything was sent: the file cannot be opened, is shorter than its size, or does not come.
   */
  async send(response: ServerResponse, file: ServedFile, range: ByteRange): Promise<Sent> {
    const startedAt = performance.now()
    const { sent, end, error } = await this.#sendInTurn(response, file, range)
    if (end === 'sent') response.end()
    else breakOff(response.req.socket)
    const ms = performance.now() - startedAt
    return { bytes: sent, ms, completed: end === 'sent', end, ...(error !== undefined && { error }) }
  }

  /** Breaks off what is under way and ends the threads. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const socket of this.#underWay.values()) breakOff(socket)
    await Promise.allSettled(this.#underWay.keys())
    await this.#sendfile?.stop()
  }

  async #sendInTurn(response: ServerResponse, file: ServedFile, range: ByteRange): Promise<Progress> {
    const socket = await turnOf(response)
    if (this.#stopped) return { sent: 0, end: 'stopped' }
    if (socket === undefined) return { sent: 0, end: 'client-gone' }
    const stallMs = this.#stallMs
    const body = whileConnected(socket, (closed) =>
      this.#sendBody({ response, socket, closed, stallMs }, file, range),
    )
    this.#underWay.set(body, socket)
    try {
      const progress = await body
      return this.#stopped && progress.end !== 'sent' ? { sent: progress.sent, end: 'stopped' } : progress
    } catch (error) {
      if (!response.headersSent) throw error
      return { sent: 0, end: 'failed', error }
    } finally {
      this.#underWay.delete(body)
    }
  }

  #sendBody(sending: Sending, file: ServedFile, range: ByteRange): Promise<Progress> {
    const gate = both(arrivalOf(file), this.#caps.gateFor(sending.socket.remoteAddress ?? ''))
    return gate === undefined
      ? this.#sendAtOnce(sending, file, range)
      : this.#sendInPieces(sending, file, range, gate)
  }

  async #sendInPieces(sending: Sending, file: ServedFile, range: ByteRange, gate: Gate): Promise<Progress> {
    const byPiece = (send: (piece: ByteRange) => Promise<Progress>) => sendGated(sending, range, gate, send)
    // No cap divides what is small.
    if (file.ready === undefined && isSmall(range))
      return byPiece((piece) => this.#sendAtOnce(sending, file, piece))
    if (file.path === undefined)
      return byPiece(async (piece) => sendStream(sending, await file.read(piece.first, piece.last), piece))
    const handle = await open(file.path, 'r')
    try {
      await checkSize(handle, file)
      return await byPiece((piece) => this.#sendPiece(sending, handle, within(file, piece)))
    } finally {
      await handle.close()
    }
  }

  #sendPiece(sending: Sending, handle: FileHandle, piece: ByteRange): Promise<Progress> {
    return isSmall(piece)
      ? sendThroughBuffers(sending, handle, piece, this.#pool)
      : this.#sendLarge(sending, handle, piece)
  }

  async #sendAtOnce(sending: Sending, file: ServedFile, range: ByteRange): Promise<Progress> {
    const kept = this.#small.get(file.digest)
    if (kept !== undefined) return sendBytes(sending, kept.subarray(range.first, range.last + 1))
    if (file.path === undefined) return sendStream(sending, await file.read(range.first, range.last), range)
    const handle = await open(file.path, 'r')
    try {
      await checkSize(handle, file)
      const part = await this.#sendOrRead(sending, handle, within(file, range))
      if (!Buffer.isBuffer(part)) return part
      if (part.length === file.size) this.#small.keep(file.digest, part)
      return await sendBytes(sending, part)
    } finally {
      await handle.close()
    }
  }

  async #sendOrRead(sending: Sending, handle: FileHandle, range: ByteRange): Promise<Progress | Buffer> {
    if (isSmall(range)) return await readPart(handle, range.first, range.last)
    return await this.#sendLarge(sending, handle, range)
  }

  #sendLarge(sending: Sending, handle: FileHandle, range: ByteRange): Promise<Progress> {
    if (this.#sendfile?.canSendOn(sending.socket) === true) return this.#sendfile.send(sending, handle, range)
    return sendThroughBuffers(sending, handle, range, this.#pool)
  }
}

export function createFileSender(options: FileSenderOptions = {}): FileSender {
  return new FileSender(options)
}

async function checkSize(handle: FileHandle, { path, size, offset = 0 }: ServedFile): Promise<void> {
  const actual = (await handle.stat()).size
  if (actual < offset + size) throw new Error(`${path} has ${actual} bytes and should have ${offset + size}`)
}

const arrivalOf = (file: ServedFile): Gate | undefined =>
  file.ready && (async (first, last, signal) => (await file.ready?.(first, last, signal)) ?? last)

const isSmall = ({ first, last }: ByteRange): boolean => last - first < smallBytes

/** Where the range lies in the file at `path`. */
function within({ offset = 0 }: ServedFile, { first, last }: ByteRange): ByteRange {
  return { first: offset + first, last: offset + last }
}
