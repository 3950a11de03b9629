import { createHash } from 'node:crypto'
import type { Sendable } from './sending.ts'

/** A sending that needs longer than this from now on is slow. */
const slowSeconds = 5
const lookMilliseconds = 1_000

/**
 * The digest of a file that is being sent, mostly without reading it twice: it is made of what is sent. When sending
 * turns out to be slow, or began in the middle, the file is read ahead, since who knows the digest early may find that
 * the rest need not be sent.
 */
export class RunningDigest {
  readonly #file: Sendable
  readonly #signal: AbortSignal
  readonly #onBytes: (hashed: number) => void
  readonly #hash = createHash('sha256')
  readonly #result = Promise.withResolvers<string>()
  readonly #startedAt = performance.now()
  readonly #watch: NodeJS.Timeout
  /** Bytes that are hashed. */
  #at = 0
  #sentTo = 0
  #isAhead = false
  #isKnown = false

  /** `onBytes` hears how many bytes are hashed. */
  constructor(file: Sendable, signal: AbortSignal, onBytes: (hashed: number) => void) {
    this.#file = file
    this.#signal = signal
    this.#onBytes = onBytes
    this.#watch = setInterval(() => {
      if (this.#secondsLeft() > slowSeconds) this.readAhead()
    }, lookMilliseconds)
    signal.addEventListener('abort', () => {
      clearInterval(this.#watch)
      this.#result.reject(signal.reason)
    })
  }

  /**
   * Of the file as it was when it was first looked at. Rejected when it has changed or cannot be read, or with the
   * reason of the signal.
   */
  get digest(): Promise<string> {
    return this.#result.promise
  }

  /** The same file; what is read of it is heard here. */
  get heard(): Sendable {
    const { name, size, key } = this.#file
    return { name, size, key, read: (from, onBytes) => this.#read(from, onBytes) }
  }

  /** Reads what is not hashed yet, as fast as it goes, or looks once more whether the file has changed. Once. */
  readAhead(): void {
    clearInterval(this.#watch)
    if (this.#isAhead) return
    this.#isAhead = true
    this.#readToEnd().catch(this.#result.reject)
  }

  async #readToEnd(): Promise<void> {
    let at = this.#at
    for await (const piece of this.#file.read(at, () => undefined)) {
      this.#signal.throwIfAborted()
      this.#hear(at, piece)
      at += piece.length
    }
    this.#end()
  }

  async *#read(from: number, onBytes: (end: number) => void) {
    if (from > this.#at) this.readAhead()
    let at = from
    for await (const piece of this.#file.read(from, onBytes)) {
      this.#hear(at, piece)
      at += piece.length
      this.#sentTo = Math.max(this.#sentTo, at)
      yield piece
    }
    this.#end()
  }

  /** Bytes that are known already, or lie behind a gap, do not count. */
  #hear(from: number, piece: Uint8Array): void {
    const known = this.#at - from
    if (known < 0 || known >= piece.length) return
    this.#hash.update(piece.subarray(known))
    this.#at = from + piece.length
    this.#onBytes(this.#at)
  }

  /** Somebody read to the end of the file, and found it as it was. */
  #end(): void {
    if (this.#at < this.#file.size || this.#isKnown) return
    this.#isKnown = true
    clearInterval(this.#watch)
    this.#result.resolve(`sha256:${this.#hash.digest('hex')}`)
  }

  #secondsLeft(): number {
    const seconds = (performance.now() - this.#startedAt) / 1000
    return ((this.#file.size - this.#sentTo) * seconds) / this.#sentTo
  }
}
