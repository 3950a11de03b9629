import { type Answer, bytesOf, documentOf, exchange, HostFailed } from '@bootcast/image'
import { SourceFailed } from './image-source.ts'

export type OtherHostOptions = {
  /** All that is asked lies below it. */
  readonly url: string
  /** Who asks, for a path below the URL: never sent to another host. */
  readonly credentials: (path: string) => Signed
  /** Longest that an answer that is no file may take. */
  readonly documentMs?: number | undefined
}

/** A path as it is asked for, and what stands in the head beside it. */
export type Signed = { readonly path: string; readonly headers: Readonly<Record<string, string>> }

const mostRedirects = 3
const usualDocumentMs = 30_000

/**
 * A server that a source lies on. It is one that an administrator named, so it may be on an inner network; but nothing
 * that it answers leads anywhere else: redirects are followed within its origin only.
 * @throws {SourceFailed}
 */
export class OtherHost {
  readonly #options: OtherHostOptions
  readonly #base: URL

  constructor(options: OtherHostOptions) {
    this.#options = options
    this.#base = new URL(options.url.replace(/\/*$/, '/'))
  }

  get url(): string {
    return this.#base.href
  }

  /** The answer whatever its status; whoever does not read its body destroys it. */
  async get(path: string, accept: string, signal: AbortSignal): Promise<Answer> {
    const signed = this.#options.credentials(path)
    const headers = { 'user-agent': 'bootcast', 'accept-encoding': 'identity', accept, ...signed.headers }
    let url = new URL(signed.path, this.#base)
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const answer = await exchange({ url, method: 'GET', headers, signal }).catch((error: unknown) => {
        throw failureOf(error)
      })
      const { location } = answer.headers
      if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer
      answer.body.destroy()
      const next = URL.parse(location, url)
      if (next?.origin !== this.#base.origin)
        throw new SourceFailed(
          `${url.host} leads to ${next?.origin.slice(0, 200) ?? 'what is no address'}. That is not followed with a password: if it is right, add the source with that address.`,
        )
      url = next
    }
    throw new SourceFailed(`${this.#base.host} leads from one address to the next without end.`)
  }

  /** A file, with a length that was announced. `failure`: what a status other than 200 is. */
  async file(path: string, signal: AbortSignal, failure: (status: number) => Error): Promise<WholeFile> {
    const answer = await this.get(path, '*/*', signal)
    const { 'content-length': length = '', 'content-encoding': encoding } = answer.headers
    const isSized = /^\d{1,15}$/.test(length) && encoding === undefined
    if (answer.status === 200 && isSized)
      return { size: Number(length), bytes: whole(answer, Number(length)) }
    answer.body.destroy()
    if (answer.status !== 200) throw failure(answer.status)
    const shown = path.slice(0, 200)
    throw new SourceFailed(`${this.#base.host} does not say how long ${shown} is (Content-Length).`)
  }

  /** A small answer, whole, whatever its status. */
  async document(path: string, accept: string, most: number, signal: AbortSignal): Promise<Small> {
    const { documentMs = usualDocumentMs } = this.#options
    const impatient = AbortSignal.timeout(documentMs)
    try {
      const answer = await this.get(path, accept, AbortSignal.any([signal, impatient]))
      const bytes = await documentOf(answer, most)
      return { status: answer.status, text: bytes.toString('utf8') }
    } catch (error) {
      if (impatient.aborted && !signal.aborted)
        throw new SourceFailed(`${this.#base.host} has not answered within ${documentMs / 1000} seconds.`)
      throw failureOf(error)
    }
  }
}

export type Small = { readonly status: number; readonly text: string }

const failureOf = (error: unknown): unknown =>
  error instanceof HostFailed ? new SourceFailed(error.message, { cause: error }) : error

export type WholeFile = { readonly size: number; readonly bytes: AsyncIterable<Uint8Array> }

/** Exactly as many bytes as were announced. */
async function* whole(answer: Answer, size: number): AsyncGenerator<Uint8Array> {
  let arrived = 0
  try {
    for await (const piece of bytesOf(answer)) {
      arrived += piece.length
      yield piece
    }
  } catch (error) {
    throw failureOf(error)
  }
  if (arrived !== size)
    throw new SourceFailed(`${answer.host} sent ${arrived} bytes where it announced ${size}.`)
}
