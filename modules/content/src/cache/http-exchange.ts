import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http'
import { request as sendPlain } from 'node:http'
import { request as sendEncrypted } from 'node:https'
import { FarRefused, FarUnreachable } from './far-blobs.ts'

/** Begins a request, as `request` of node:http and node:https does. */
export type HttpSend = (url: URL, options: RequestOptions) => ClientRequest

export type ExchangeOptions = {
  /** Keeps connections, and has the certificates of mutual TLS. */
  readonly agent?: Agent
  readonly send?: HttpSend
  /** No byte for so long breaks off. Default 20,000. */
  readonly stallMs?: number
  /** A connection that takes longer to be made is given up. Default 5,000. */
  readonly connectMs?: number
  /** Waited for with every piece that comes in: a limit of the rate. */
  readonly pace?: (bytes: number) => Promise<void>
}

export type Question = {
  readonly url: URL
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal | undefined
}

export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The body as it comes; more than `limitBytes` breaks off. */
  readonly body: (limitBytes: number) => AsyncGenerator<Buffer>
  /** The body is not wanted. */
  readonly close: () => void
}

const sendByScheme: HttpSend = (url, options) =>
  url.protocol === 'https:' ? sendEncrypted(url, options) : sendPlain(url, options)

/** Questions over HTTP, one at a time or many at once. Redirects are not followed: an address is final. */
export class HttpExchange {
  readonly #options: ExchangeOptions
  readonly #stallMs: number
  #wireBytes = 0

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#stallMs = options.stallMs ?? 20_000
  }

  /** Bytes of bodies that came in, as they came. */
  get wireBytes(): number {
    return this.#wireBytes
  }

  /** @throws {FarUnreachable}; the signal's reason once it is aborted */
  async ask(question: Question): Promise<Answer> {
    const { signal } = question
    signal?.throwIfAborted()
    try {
      const response = await this.#respond(question)
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: (limitBytes) => this.#body(response, limitBytes, signal),
        close: () => response.destroy(),
      }
    } catch (error) {
      signal?.throwIfAborted()
      throw asUnreachable(error)
    }
  }

  /** A kept connection may be closed by the other side at the moment it is used again: then once more, on a new one. */
  async #respond(question: Question): Promise<IncomingMessage> {
    const first = this.#begin(question)
    return await first.response.catch((error: NodeJS.ErrnoException) => {
      if (!first.request.reusedSocket || !['ECONNRESET', 'EPIPE'].includes(error.code ?? '')) throw error
      return this.#begin(question).response
    })
  }

  #begin({ url, method, headers, body, signal }: Question) {
    const { agent, send = sendByScheme, connectMs = 5_000 } = this.#options
    const request = send(url, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
      ...(agent && { agent }),
      ...(signal && { signal }),
    })
    const silence = new Silence((ms) =>
      request.destroy(new FarUnreachable(`${url.host}: nothing for ${ms} ms`)),
    )
    request.once('socket', (socket) => {
      if (!socket.connecting) return silence.endsAfter(this.#stallMs)
      silence.endsAfter(connectMs)
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () =>
        silence.endsAfter(this.#stallMs),
      )
    })
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      // Stays: after the answer has begun, errors are met by whoever reads it.
      request.on('error', reject)
      request.once('response', resolve)
      request.once('close', () => reject(new FarUnreachable(`${url.host}: closed without an answer`)))
      request.end(body)
    }).finally(() => silence.over())
    return { request, response }
  }

  async *#body(
    response: IncomingMessage,
    limitBytes: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Buffer> {
    const { pace } = this.#options
    const silence = new Silence((ms) => response.destroy(new FarUnreachable(`nothing for ${ms} ms`)))
    const pieces: AsyncIterator<Buffer> = response[Symbol.asyncIterator]()
    let received = 0
    try {
      for (;;) {
        // Only while bytes are waited for: a slow reader of ours is no fault of theirs.
        silence.endsAfter(this.#stallMs)
        const next = await pieces.next()
        silence.over()
        if (next.done === true) return
        received += next.value.length
        this.#wireBytes += next.value.length
        if (received > limitBytes) throw new FarUnreachable(`more than the ${limitBytes} bytes asked for`)
        await pace?.(next.value.length)
        yield next.value
      }
    } catch (error) {
      signal?.throwIfAborted()
      throw asUnreachable(error)
    } finally {
      silence.over()
      if (!response.readableEnded) response.destroy()
    }
  }
}

/** Calls when nothing was heard for a time. */
class Silence {
  readonly #broken: (ms: number) => void
  #timer: NodeJS.Timeout | undefined

  constructor(broken: (ms: number) => void) {
    this.#broken = broken
  }

  endsAfter(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#broken(ms), ms)
  }

  over(): void {
    clearTimeout(this.#timer)
  }
}

/** What is ours stays; all else that goes wrong between here and there is the network's. */
export function asUnreachable(error: unknown): Error {
  if (error instanceof FarUnreachable || error instanceof FarRefused) return error
  const { code, message } = error as NodeJS.ErrnoException
  return new FarUnreachable(code ?? message, { cause: error })
}
