import { type FileHandle, open } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ServedFile } from '../boot-source.ts'
import { BufferPool, sendBytes, sendStream, sendThroughBuffers } from './buffer-way.ts'
import type { ByteRange } from './range.ts'
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
}

export type FileSenderOptions = {
  /** Threads for sendfile(2); 0 takes the portable way through buffers, as do systems without it. Default 2. */
  readonly threads?: number
  /** A client that takes nothing for so long is dropped. Default 60,000. */
  readonly stallMs?: number
  /** Told when a sendfile thread ends unasked: bodies go through buffers from then on. */
  readonly onFailure?: (error: Error) => void
}

/** Sends files as fast as this system can. Memory grows neither with files nor, past 64 bodies, with clients. */
export class FileSender {
  readonly #sendfile: SendfileWay | undefined
  readonly #stallMs: number
  readonly #pool = new BufferPool()
  readonly #small = new SmallFiles()
  readonly #underWay = new Map<Promise<Progress>, Socket>()
  #stopped = false

  constructor({ threads = 2, stallMs = 60_000, onFailure = () => undefined }: FileSenderOptions) {
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
   * the client has sent the next request early.
   * Rejects only before anything was sent: the file cannot be opened, or is shorter than its size.
   */
  async send(response: ServerResponse, file: ServedFile, range: ByteRange): Promise<Sent> {
    const startedAt = performance.now()
    const { sent, end } = await this.#sendInTurn(response, file, range)
    if (end === 'sent') response.end()
    else breakOff(response.req.socket)
    return { bytes: sent, ms: performance.now() - startedAt, completed: end === 'sent', end }
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
      const { sent, end } = await body
      return { sent, end: this.#stopped && end !== 'sent' ? 'stopped' : end }
    } catch (error) {
      if (!response.headersSent) throw error
      return { sent: 0, end: 'failed' }
    } finally {
      this.#underWay.delete(body)
    }
  }

  async #sendBody(sending: Sending, file: ServedFile, range: ByteRange): Promise<Progress> {
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
    if (range.last - range.first >= smallBytes) return await this.#sendLarge(sending, handle, range)
    return await readPart(handle, range.first, range.last)
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

/** Where the range lies in the file at `path`. */
function within({ offset = 0 }: ServedFile, { first, last }: ByteRange): ByteRange {
  return { first: offset + first, last: offset + last }
}
