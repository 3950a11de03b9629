import type { IncomingMessage } from 'node:http'

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

export type UploadLimits = {
  /** Aborted when the platform stops: the upload then ends with its reason. */
  readonly signal: AbortSignal
  /** Nothing for so long ends the upload. */
  readonly stallMs?: number
}

/** The bytes of a request body as they arrive. Memory: what Node reads ahead (64 KiB). */
export class Upload implements AsyncIterable<Uint8Array> {
  readonly #request: IncomingMessage
  readonly #limits: UploadLimits
  /** As the request announced it; `undefined` with chunked transfer. */
  readonly announcedBytes: number | undefined

  constructor(request: IncomingMessage, limits: UploadLimits) {
    this.#request = request
    this.#limits = limits
    const announced = request.headers['content-length']
    this.announcedBytes = announced === undefined ? undefined : Number(announced)
  }

  get signal(): AbortSignal {
    return this.#limits.signal
  }

  /** @throws {UploadIncomplete} when it breaks or stalls; the reason of the signal when that is aborted */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.signal.throwIfAborted()
    const request = this.#request
    let arrived = 0
    let isWaiting = true
    const timer = setTimeout(() => {
      // A slow disk is not the caller's fault: only waiting for bytes counts.
      if (!isWaiting) return void timer.refresh()
      request.destroy(new UploadIncomplete(`Nothing arrived for ${this.#stallMs / 1000} seconds`))
    }, this.#stallMs)
    try {
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
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

  get #stallMs(): number {
    return this.#limits.stallMs ?? stallMs
  }
}
