import type { Readable } from 'node:stream'
import type { TftpFile } from '@bootcast/netboot'
import type { ServedFile } from '../boot-source.ts'

type Streamed = Pick<ServedFile, 'size' | 'read' | 'ready'>

/**
 * A served file as TFTP reads it, piece after piece: one stream from where it began to its end, and another one when
 * a client goes back; of a file that still arrives one after the other, as it comes. Memory: what a stream buffers, and
 * one piece.
 */
export class StreamedFile implements TftpFile {
  readonly size: number
  readonly #file: Streamed
  readonly #onEnd: () => unknown
  #open: Open | undefined
  readonly #closing = new AbortController()
  #hasEnded = false

  /** `onEnd`: told once, when its last piece was read. */
  constructor(file: Streamed, onEnd: () => unknown = () => undefined) {
    this.size = file.size
    this.#file = file
    this.#onEnd = onEnd
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array(0)
    const open = await this.#from(offset)
    while (open.rest.length < length) {
      const value = await this.#nextChunk(open)
      // What is too short TFTP refuses itself.
      if (value === undefined) break
      open.rest = open.rest.length === 0 ? value : Buffer.concat([open.rest, value])
    }
    const bytes = open.rest.subarray(0, length)
    open.rest = open.rest.subarray(bytes.length)
    open.at += bytes.length
    if (open.at >= this.size && !this.#hasEnded) {
      this.#hasEnded = true
      this.#onEnd()
    }
    return bytes
  }

  close(): void {
    this.#closing.abort()
    this.#open?.stream.destroy()
  }

  async #from(offset: number): Promise<Open> {
    if (this.#open?.at === offset) return this.#open
    this.#open?.stream.destroy()
    this.#open = { ...(await this.#streamFrom(offset)), rest: new Uint8Array(0), at: offset }
    return this.#open
  }

  async #nextChunk(open: Open): Promise<Uint8Array | undefined> {
    for (;;) {
      const { done, value } = await open.chunks.next()
      if (done !== true) return value
      const next = open.at + open.rest.length
      if (next <= open.until || next >= this.size) return undefined
      Object.assign(open, await this.#streamFrom(next))
    }
  }

  async #streamFrom(first: number): Promise<Pick<Open, 'stream' | 'chunks' | 'until'>> {
    const { signal } = this.#closing
    const last = this.size - 1
    const until = (await this.#file.ready?.(first, last, signal)) ?? last
    const stream = await this.#file.read(first, until)
    // Its client may have gone meanwhile.
    if (signal.aborted) stream.destroy()
    return { stream, chunks: stream[Symbol.asyncIterator](), until }
  }
}

type Open = {
  stream: Readable
  chunks: AsyncIterator<Uint8Array>
  /** The last byte of this stream. */
  until: number
  /** What was read beyond the last piece. */
  rest: Uint8Array
  /** Where in the file `rest` begins. */
  at: number
}
