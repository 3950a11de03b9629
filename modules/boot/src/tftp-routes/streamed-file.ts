import type { Readable } from 'node:stream'
import type { TftpFile } from '@bootcast/netboot'
import type { ServedFile } from '../boot-source.ts'

/**
 * A served file as TFTP reads it, piece after piece: one stream from where it began to its end, and another one when
 * a client goes back. Memory: what a stream buffers, and one piece.
 */
export class StreamedFile implements TftpFile {
  readonly size: number
  readonly #file: Pick<ServedFile, 'size' | 'read'>
  readonly #onEnd: () => unknown
  #open: Open | undefined
  #closed = false
  #hasEnded = false

  /** `onEnd`: told once, when its last piece was read. */
  constructor(file: Pick<ServedFile, 'size' | 'read'>, onEnd: () => unknown = () => undefined) {
    this.size = file.size
    this.#file = file
    this.#onEnd = onEnd
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array(0)
    const open = await this.#from(offset)
    while (open.rest.length < length) {
      const { done, value } = await open.chunks.next()
      // What is too short TFTP refuses itself.
      if (done === true) break
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
    this.#closed = true
    this.#open?.stream.destroy()
  }

  async #from(offset: number): Promise<Open> {
    if (this.#open?.at === offset) return this.#open
    this.#open?.stream.destroy()
    const stream = await this.#file.read(offset, this.size - 1)
    // Its client may have gone meanwhile.
    if (this.#closed) stream.destroy()
    this.#open = { stream, chunks: stream[Symbol.asyncIterator](), rest: new Uint8Array(0), at: offset }
    return this.#open
  }
}

type Open = {
  readonly stream: Readable
  readonly chunks: AsyncIterator<Uint8Array>
  /** What was read beyond the last piece. */
  rest: Uint8Array
  /** Where in the file `rest` begins. */
  at: number
}
