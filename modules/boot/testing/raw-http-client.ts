import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export type RawAnswer = {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Record<string, string>
  readonly body: Buffer
}

/** A client that writes what it is told, reads when it is told, and judges nothing. */
export class RawHttpClient {
  readonly socket: Socket
  readonly #bytes: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('error', () => undefined)
    this.#bytes = this.socket[Symbol.asyncIterator]()
  }

  ask(path: string, headers: Record<string, string> = {}, method = 'GET'): void {
    const lines = Object.entries({ host: 'boot.test', ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    )
    this.socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  }

  /** The next answer; a HEAD or 304 has no body, whatever its head says. */
  async answer(method = 'GET'): Promise<RawAnswer> {
    const { status, headers } = await this.head()
    const hasBody = method !== 'HEAD' && status !== 304
    const body = await this.#take(hasBody ? Number(headers['content-length'] ?? 0) : 0)
    return { status, headers, body }
  }

  /** The head of the next answer, as soon as it is there; its body is left to read. */
  async head(): Promise<Omit<RawAnswer, 'body'>> {
    let end = this.#rest.indexOf('\r\n\r\n')
    for (; end < 0; end = this.#rest.indexOf('\r\n\r\n')) await this.#more()
    const [first = '', ...lines] = this.#rest.subarray(0, end).toString('latin1').split('\r\n')
    this.#rest = this.#rest.subarray(end + 4)
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.replace(/^.*?: /, '')]),
    )
    return { status: Number(first.split(' ')[1]), headers }
  }

  /** Reads away `count` bytes, whatever they are. */
  async skip(count: number): Promise<void> {
    let left = count - this.#rest.length
    this.#rest = Buffer.alloc(0)
    while (left > 0) left -= (await this.#chunk()).length
  }

  async get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<RawAnswer> {
    this.ask(path, headers, method)
    return this.answer(method)
  }

  async close(): Promise<void> {
    if (this.socket.closed) return
    this.socket.destroy()
    await once(this.socket, 'close')
  }

  async #take(count: number): Promise<Buffer> {
    const parts = [this.#rest]
    let have = this.#rest.length
    while (have < count) {
      const chunk = await this.#chunk()
      parts.push(chunk)
      have += chunk.length
    }
    const all = Buffer.concat(parts)
    this.#rest = all.subarray(count)
    return all.subarray(0, count)
  }

  async #more(): Promise<void> {
    this.#rest = Buffer.concat([this.#rest, await this.#chunk()])
  }

  async #chunk(): Promise<Buffer> {
    const next = await this.#bytes.next()
    if (next.done === true) throw new Error('the server closed the connection')
    return next.value
  }
}
