import { randomBytes } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { arriving, type Fingerprint, type Fingerprinter, StoreFull } from '@bootcast/content'
import { writeAt } from '../uploads/write-at.ts'

/** Files of work under way, on the disk of the store. Nothing in it outlives the process. */
export class Scratch {
  readonly #folder: string
  readonly #mostBytes: number
  readonly #signal: AbortSignal

  private constructor(folder: string, mostBytes: number, signal: AbortSignal) {
    this.#folder = folder
    this.#mostBytes = mostBytes
    this.#signal = signal
  }

  /** Empties the folder: what is in it belongs to nobody. */
  static async open(folder: string, mostBytes: number, signal: AbortSignal): Promise<Scratch> {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true, mode: 0o750 })
    return new Scratch(folder, mostBytes, signal)
  }

  /** For one piece of work that can be ended by itself. */
  within(signal: AbortSignal): Scratch {
    return new Scratch(this.#folder, this.#mostBytes, AbortSignal.any([this.#signal, signal]))
  }

  /** Where a program may write a file of its own. Whoever asks removes it. */
  newPath(): string {
    return join(this.#folder, randomBytes(12).toString('hex'))
  }

  /** Writes the bytes to a new file; whoever asks moves or removes it. @throws {StoreFull | BlobTooLarge} */
  async write(
    bytes: AsyncIterable<Uint8Array>,
    fingerprinter: Fingerprinter,
    onProgress: (bytes: number) => void,
  ): Promise<{ readonly path: string; readonly fingerprint: Fingerprint }> {
    const path = this.newPath()
    const follower = fingerprinter.follow(path)
    try {
      let size = 0
      const file = await open(path, 'wx', 0o640)
      try {
        const limits = { limitBytes: this.#mostBytes, signal: this.#signal }
        await writeAt(file, 0, arriving(bytes, limits), (to) => {
          size = to
          follower.grown(to)
          onProgress(to)
        })
      } finally {
        await file.close()
      }
      return { path, fingerprint: await follower.finish(size) }
    } catch (error) {
      follower.drop()
      await rm(path, { force: true })
      const code = (error as NodeJS.ErrnoException).code ?? ''
      throw ['ENOSPC', 'EDQUOT'].includes(code)
        ? new StoreFull('no room left to unpack', { cause: error })
        : error
    }
  }
}
