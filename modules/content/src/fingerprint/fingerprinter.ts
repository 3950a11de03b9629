import type { Digest } from '../digest.ts'
import { digestIn, type Follower, GrowingFile, type Part } from './growing-file.ts'
import { Reader } from './reader.ts'

/** A part is read in such steps: between them others have their turn. */
const stepBytes = 16 * 1024 * 1024

/**
 * Digests and chunk maps, made by two threads that read files behind whoever writes them. Memory: two buffers, and
 * 256 KiB for each file under way with 36 bytes for each 64 KiB of it.
 */
export class Fingerprinter {
  readonly #digests = new Reader('digest')
  readonly #chunks = new Reader('chunks')
  #last = 0

  /** Starts the threads, so that the first file does not wait for them. */
  start(): void {
    for (const reader of [this.#digests, this.#chunks]) reader.start()
  }

  follow(path: string): Follower {
    return new GrowingFile({
      path,
      digests: this.#digests,
      chunks: this.#chunks,
      newId: () => this.#newId(),
    })
  }

  /**
   * The digest of a part of a file, by the thread that makes digests. `file`: a descriptor, to be left open until
   * then. `onBytes` hears now and then how many are read; throwing, it ends the work.
   */
  async digestOf(file: number, { offset, length }: Part, onBytes: (done: number) => void): Promise<Digest> {
    const id = this.#newId()
    const end = offset + length
    try {
      for (let to = offset + stepBytes; to < end; to += stepBytes) {
        await this.#digests.ask({ next: 'read', id, file, from: offset, to })
        onBytes(to - offset)
      }
      return digestIn(await this.#digests.ask({ next: 'finish', id, file, from: offset, to: end }))
    } catch (error) {
      this.#digests.order({ next: 'drop', id })
      throw error
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#digests.stop(), this.#chunks.stop()])
  }

  #newId(): number {
    this.#last += 1
    return this.#last
  }
}
