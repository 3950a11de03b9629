import { Worker } from 'node:worker_threads'
import type { Blob } from '../blob-store.ts'
import type { Order, Report } from './worker.ts'

export type Fingerprint = {
  readonly blob: Blob
  /** `docs/protocols/chunk-map.md` */
  readonly chunkMap: Buffer
}

/** A file that is read as it grows. */
export interface Follower {
  /** So many bytes from the start are written now. */
  grown(to: number): void
  /** All of them are: the digest and the chunk map. Rejected when the file cannot be read. */
  finish(size: number): Promise<Fingerprint>
  /** Nobody wants to know any more. */
  drop(): void
}

/** How far a reader lets a file grow before it reads on: fewer messages, and still close behind. */
const strideBytes = 4 * 1024 * 1024

/**
 * Digests and chunk maps, made by two threads that read files behind whoever writes them. Memory: two buffers, and
 * 36 bytes for each 64 KiB of the files under way.
 */
export class Fingerprinter {
  readonly #digests = new Reader('digest')
  readonly #chunks = new Reader('chunks')
  #last = 0

  follow(path: string): Follower {
    this.#last += 1
    const id = this.#last
    const readers = [this.#digests, this.#chunks]
    let told = 0
    return {
      grown: (to) => {
        if (to - told < strideBytes) return
        told = to
        for (const reader of readers) reader.order({ id, path, to, next: 'go-on' })
      },
      finish: async (size) => {
        const [digest, chunkMap] = await Promise.all(
          readers.map((reader) => reader.finish({ id, path, to: size })),
        )
        const hex = Buffer.from(digest ?? []).toString('hex')
        return { blob: { digest: `sha256:${hex}`, size }, chunkMap: Buffer.from(chunkMap ?? []) }
      },
      drop: () => {
        for (const reader of readers) reader.order({ id, path, to: 0, next: 'drop' })
      },
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#digests.stop(), this.#chunks.stop()])
  }
}

type Waiting = { readonly resolve: (result: Uint8Array) => void; readonly reject: (error: Error) => void }

/** One thread; started when it is first needed, started again when it died. */
class Reader {
  readonly #kind: 'digest' | 'chunks'
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined

  constructor(kind: 'digest' | 'chunks') {
    this.#kind = kind
  }

  order(order: Order): void {
    this.#thread().postMessage(order)
  }

  finish(order: Omit<Order, 'next'>): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(order.id, { resolve, reject })
      this.order({ ...order, next: 'finish' })
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
    if ('at' in report) return
    this.#waiting.delete(report.id)
    if ('result' in report) waiting?.resolve(report.result)
    else waiting?.reject(new Error(report.error))
  }

  #died(worker: Worker, error: Error): void {
    if (this.#worker === worker) this.#worker = undefined
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
