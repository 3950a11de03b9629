import type { Digest } from '../digest.ts'
import { digestIn } from '../fingerprint/growing-file.ts'
import { Reader } from '../fingerprint/reader.ts'

/** How far a file grows before the thread reads on. */
const strideBytes = 4 * 1024 * 1024
/** The rest is read in such steps at the end: between them others have their turn. */
const stepBytes = 16 * 1024 * 1024

/** The digests of files that arrive, made by one thread that reads behind. Memory: one buffer. */
export class Digester {
  readonly #reader = new Reader('digest')
  #last = 0

  follow(path: string): DigestBehind {
    this.#last += 1
    return new DigestBehind(this.#reader, this.#last, path)
  }

  async stop(): Promise<void> {
    await this.#reader.stop()
  }
}

export class DigestBehind {
  readonly #reader: Reader
  readonly #id: number
  readonly #path: string
  #told = 0

  constructor(reader: Reader, id: number, path: string) {
    this.#reader = reader
    this.#id = id
    this.#path = path
  }

  /** So many bytes from the start will not change any more. */
  grown(to: number): void {
    if (to - this.#told < strideBytes) return
    this.#told = to
    this.#reader.order({ next: 'go-on', id: this.#id, path: this.#path, from: 0, to })
  }

  /** All bytes are there. `file`: a descriptor, to be left open until then. */
  async finish(file: number, size: number, signal: AbortSignal): Promise<Digest> {
    const about = { id: this.#id, file, from: 0 }
    for (let to = this.#told + stepBytes; to < size; to += stepBytes) {
      await this.#reader.ask({ ...about, next: 'read', to })
      signal.throwIfAborted()
    }
    return digestIn(await this.#reader.ask({ ...about, next: 'finish', to: size }))
  }

  drop(): void {
    this.#reader.order({ next: 'drop', id: this.#id })
  }
}
