import type { ChunkTable } from './chunk-table.ts'

/** What is known of a chunk. Only bytes of chunks that are `here` are verified, and may leave. */
export const chunkState = { missing: 0, coming: 1, nearby: 2, copying: 3, here: 4 } as const

/** Whoever waits is woken for so much, not for each chunk. */
const stepBytes = 1024 * 1024

/** Somebody who waits: for the chunks from `next`, which is the first that is not here, to `until`. */
export type Waiter = { readonly next: number; readonly until: number }
type Waiting = {
  next: number
  readonly until: number
  readonly last: number
  readonly resolve: (last: number) => void
  readonly reject: (error: unknown) => void
}

/** Which chunks of a blob are here, and who waits for which. Memory: a byte for each chunk. */
export class Presence {
  readonly table: ChunkTable
  readonly states: Uint8Array
  readonly #waiting = new Set<Waiting>()
  #have = 0
  #prefix = 0

  constructor(table: ChunkTable) {
    this.table = table
    this.states = new Uint8Array(table.count)
  }

  /** In the order in which they came. */
  get waiters(): Iterable<Waiter> {
    return this.#waiting
  }

  get haveBytes(): number {
    return this.#have
  }

  /** From the start on without a hole. */
  get prefixBytes(): number {
    return this.table.start(this.#prefix)
  }

  get isWhole(): boolean {
    return this.#prefix === this.table.count
  }

  /** Its bytes are verified and written. */
  arrived(index: number): void {
    if (this.states[index] === chunkState.here) return
    this.states[index] = chunkState.here
    this.#have += this.table.length(index)
    this.#prefix = this.#firstNotHere(this.#prefix, this.table.count)
    for (const waiting of this.#waiting) if (waiting.next === index) this.#goOn(waiting)
  }

  /** The last byte that may be read; see `CachedBlob.ready`. */
  wait(first: number, last: number, signal?: AbortSignal): Promise<number> {
    const until = this.table.at(Math.min(last, first + stepBytes - 1))
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const waiting = { next: this.table.at(first), until, last, resolve, reject }
    const leave = () => reject(signal?.reason)
    if (signal?.aborted === true) leave()
    signal?.addEventListener('abort', leave, { once: true })
    this.#waiting.add(waiting)
    this.#goOn(waiting)
    return promise.finally(() => {
      this.#waiting.delete(waiting)
      signal?.removeEventListener('abort', leave)
    })
  }

  /** Nothing more will come. */
  fail(error: unknown): void {
    for (const { reject } of this.#waiting) reject(error)
  }

  #goOn(waiting: Waiting): void {
    waiting.next = this.#firstNotHere(waiting.next, this.table.at(waiting.last) + 1)
    if (waiting.next <= waiting.until) return
    this.#waiting.delete(waiting)
    waiting.resolve(Math.min(waiting.last, this.table.start(waiting.next) - 1))
  }

  #firstNotHere(from: number, end: number): number {
    let index = from
    while (index < end && this.states[index] === chunkState.here) index++
    return index
  }
}
