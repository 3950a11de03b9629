import type { IncomingMessage, ServerResponse } from 'node:http'
import { directBody } from './direct-body.ts'

const stallMs = 60_000

/** The connection broke, or nothing came any more, before the announced end. */
export class UploadIncomplete extends Error {
  override readonly name = 'UploadIncomplete'
  readonly code = 'upload_incomplete'
}

/** The platform is being stopped. */
export class Stopping extends Error {
  override readonly name = 'Stopping'
  readonly code = 'stopping'
  readonly retrySeconds = 10

  constructor() {
    super('Bootcast is being stopped; try again when it is back')
  }
}

/** For a body of fewer bytes Node's parser does. */
const directBytes = 1024 * 1024

export type UploadOptions = {
  /** Aborted when the platform stops: the upload then ends with its reason. */
  readonly signal: AbortSignal
  /** Nothing for so long ends the upload. */
  readonly stallMs?: number
  /** Given by whoever is done with a piece when asking for the next: a large body is then read past Node's parser. */
  readonly response?: ServerResponse
}

/** The bytes of a request body as they arrive. Memory: what is read ahead (64 KiB, past the parser 256). */
export class Upload implements AsyncIterable<Uint8Array> {
  readonly #request: IncomingMessage
  readonly #options: UploadOptions
  /** As the request announced it; `undefined` with chunked transfer. */
  readonly announcedBytes: number | undefined

  constructor(request: IncomingMessage, options: UploadOptions) {
    this.#request = request
    this.#options = options
    const announced = request.headers['content-length']
    this.announcedBytes = announced === undefined ? undefined : Number(announced)
  }

  get signal(): AbortSignal {
    return this.#options.signal
  }

  /** @throws {UploadIncomplete} when it breaks or stalls; the reason of the signal when that is aborted */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.signal.throwIfAborted()
    const { pieces, stop } = this.#source()
    let arrived = 0
    let isWaiting = true
    const timer = setTimeout(() => {
      // A slow disk is not the caller's fault: only waiting for bytes counts.
      if (!isWaiting) return void timer.refresh()
      stop(new UploadIncomplete(`Nothing arrived for ${this.#stallMs / 1000} seconds`))
    }, this.#stallMs)
    try {
      for await (const chunk of pieces) {
        arrived += chunk.length
        isWaiting = false
        yield chunk
        isWaiting = true
        timer.refresh()
      }
    } catch (cause) {
      if (cause instanceof UploadIncomplete) throw cause
      throw new UploadIncomplete(`The connection broke after ${arrived} bytes`, { cause })
    } finally {
      clearTimeout(timer)
    }
    if (this.announcedBytes !== undefined && arrived !== this.announcedBytes)
      throw new UploadIncomplete(`${arrived} bytes arrived, ${this.announcedBytes} were announced`)
  }

  #source(): { readonly pieces: AsyncIterable<Uint8Array>; readonly stop: (error: Error) => void } {
    const request = this.#request
    const { response } = this.#options
    const bytes = this.announcedBytes ?? 0
    const direct = response && bytes >= directBytes ? directBody(request, response, bytes) : undefined
    if (direct !== undefined) return { pieces: direct, stop: (error) => direct.destroy(error) }
    const pieces = request.iterator({ destroyOnReturn: false })
    return { pieces, stop: (error) => void request.destroy(error) }
  }

  get #stallMs(): number {
    return this.#options.stallMs ?? stallMs
  }
}
