import { open } from 'node:fs/promises'
import type { Blob } from '../blob-store.ts'
import type { Digest } from '../digest.ts'
import type { Reader } from './reader.ts'

export type Part = { readonly offset: number; readonly length: number }

export type Fingerprint = {
  readonly blob: Blob
  /** `docs/protocols/chunk-map.md`. Made while others go on: the file may be moved meanwhile, not changed. */
  readonly chunkMap: Promise<Buffer>
  /** Those that were asked for with `also` and lie in the file; their digests are made while others go on, too. */
  readonly parts: readonly (Part & { readonly digest: Promise<Digest> })[]
}

/** A file that is read as it grows. */
export interface Follower {
  /** So many bytes from the start are written now. */
  grown(to: number): void
  /** The digest of this part is wanted as well. */
  also(part: Part): void
  /** All of them are. Fulfilled when the digest is known. Rejected when the file cannot be read. */
  finish(size: number): Promise<Fingerprint>
  /** Nobody wants to know any more. */
  drop(): void
}

/** How far a reader lets a file grow before it reads on: fewer messages, and still close behind. */
const strideBytes = 4 * 1024 * 1024

/** What a reader learns of one file: of the whole, or of a part. */
type Lesson = Part & { readonly reader: Reader; readonly id: number }

type Settings = {
  readonly path: string
  readonly digests: Reader
  readonly chunks: Reader
  readonly newId: () => number
}

export class GrowingFile implements Follower {
  readonly #settings: Settings
  readonly #digest: Lesson
  readonly #chunkMap: Lesson
  readonly #parts: Lesson[] = []
  #told = 0

  constructor(settings: Settings) {
    this.#settings = settings
    const whole = { offset: 0, length: Number.POSITIVE_INFINITY, id: settings.newId() }
    this.#digest = { ...whole, reader: settings.digests }
    this.#chunkMap = { ...whole, reader: settings.chunks }
  }

  get #lessons(): readonly Lesson[] {
    return [this.#digest, this.#chunkMap, ...this.#parts]
  }

  grown(to: number): void {
    if (to - this.#told < strideBytes) return
    for (const lesson of this.#lessons) this.#goOn(lesson, to)
    this.#told = to
  }

  also({ offset, length }: Part): void {
    this.#parts.push({ offset, length, reader: this.#settings.digests, id: this.#settings.newId() })
  }

  async finish(size: number): Promise<Fingerprint> {
    try {
      const file = await open(this.#settings.path, 'r')
      const ask = ({ reader, id, offset, length }: Lesson) =>
        reader.ask({ next: 'finish', id, file: file.fd, from: offset, to: Math.min(size, offset + length) })
      const digest = ask(this.#digest).then(digestIn)
      const chunkMap = ask(this.#chunkMap)
      const isWithin = ({ offset, length }: Lesson) => offset + length <= size
      for (const { reader, id } of this.#parts.filter((part) => !isWithin(part)))
        reader.order({ next: 'drop', id })
      const parts = this.#parts
        .filter(isWithin)
        .map((part) => ({ offset: part.offset, length: part.length, digest: ask(part).then(digestIn) }))
      // Also when nobody waits for the others because the first failed.
      void Promise.allSettled([digest, chunkMap, ...parts.map((part) => part.digest)]).then(() =>
        file.close(),
      )
      return { blob: { digest: await digest, size }, chunkMap, parts }
    } catch (error) {
      this.drop()
      throw error
    }
  }

  drop(): void {
    for (const { reader, id } of this.#lessons) reader.order({ next: 'drop', id })
  }

  /** To where the file goes now, unless the lesson has come to its end before. */
  #goOn({ reader, id, offset, length }: Lesson, to: number): void {
    const end = offset + length
    if (to > offset && this.#told < end)
      reader.order({ next: 'go-on', id, path: this.#settings.path, from: offset, to: Math.min(to, end) })
  }
}

export const digestIn = (bytes: Buffer): Digest => `sha256:${bytes.toString('hex')}`
