import { open } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import type { Blob } from '../blob-store.ts'
import type { Digest } from '../digest.ts'
import type { Order, Question, Report } from './worker.ts'

export type Fingerprint = {
  readonly blob: Blob
  /** `docs/protocols/chunk-map.md`. Made while others go on: the file may be moved meanwhile, not changed. */
  readonly chunkMap: Promise<Buffer>
}

/** A file that is read as it grows. */
export interface Follower {
  /** So many bytes from the start are written now. */
  grown(to: number): void
  /** All of them are. Fulfilled when the digest is known. Rejected when the file cannot be read. */
  finish(size: number): Promise<Fingerprint>
  /** Nobody wants to know any more. */
  drop(): void
}

/** How far a reader lets a file grow before it reads on: fewer messages, and still close behind. */
const strideBytes = 4 * 1024 * 1024
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
    const id = this.#newId()
    const readers = [this.#digests, this.#chunks]
    let told = 0
    return {
      grown: (to) => {
        if (to - told < strideBytes) return
        told = to
        for (const reader of readers) reader.order({ next: 'go-on', id, path, to })
      },
      finish: (size) => this.#finish(id, path, size),
      drop: () => {
        for (const reader of readers) reader.order({ next: 'drop', id })
      },
    }
  }

  /**
   * The digest of a part of a file, by the thread that makes digests. `file`: a descriptor, to be left open until
   * then. `onBytes` hears now and then how many are read; throwing, it ends the work.
   */
  async digestOf(
    file: number,
    { offset, length }: { readonly offset: number; readonly length: number },
    onBytes: (done: number) => void,
  ): Promise<Digest> {
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

  async #finish(id: number, path: string, size: number): Promise<Fingerprint> {
    try {
      const file = await open(path, 'r')
      const question = { next: 'finish', id, file: file.fd, from: 0, to: size } as const
      const results = [this.#digests.ask(question), this.#chunks.ask(question)] as const
      // Also when nobody waits for the second because the first failed.
      void Promise.allSettled(results).then(() => file.close())
      const [digest, chunkMap] = results
      return { blob: { digest: digestIn(await digest), size }, chunkMap }
    } catch (error) {
      for (const reader of [this.#digests, this.#chunks]) reader.order({ next: 'drop', id })
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

const digestIn = (bytes: Buffer): Digest => `sha256:${bytes.toString('hex')}`

type Waiting = { readonly resolve: (result: Buffer) => void; readonly reject: (error: Error) => void }

/** One thread; started when it is first needed, started again when it died. */
class Reader {
  readonly #kind: 'digest' | 'chunks'
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined

  constructor(kind: 'digest' | 'chunks') {
    this.#kind = kind
  }

  start(): void {
    this.#thread()
  }

  order(order: Order): void {
    this.#thread().postMessage(order)
  }

  ask(question: Question): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(question.id, { resolve, reject })
      this.order(question)
    })
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate()
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: this.#kind })
    worker.unref()
    worker.on('message', (report: Report) => this.#told(report))
    worker.once('error', (error) => this.#died(worker, error))
    worker.once('exit', () => this.#died(worker, new Error('the reader of files was stopped')))
    this.#worker = worker
    return worker
  }

  #told(report: Report): void {
    const waiting = this.#waiting.get(report.id)
    this.#waiting.delete(report.id)
    if ('result' in report) waiting?.resolve(Buffer.from(report.result))
    else waiting?.reject(new Error(report.error))
  }

  #died(worker: Worker, error: Error): void {
    if (this.#worker === worker) this.#worker = undefined
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
