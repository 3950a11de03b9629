import { Worker } from 'node:worker_threads'
import type { Boot } from './boot.ts'
import type { BootQuery, BootRecord, BootStore, KeepLimits, SiteMark } from './boot-store.ts'
import type { BootSums, SumsQuery } from './boot-sums.ts'

export type BootStoreCall = {
  readonly id: number
  readonly name: keyof BootStore
  readonly args: readonly unknown[]
}
export type BootStoreReply = { readonly id: number } & (
  | { readonly value: unknown }
  | { readonly error: { readonly message: string; readonly code: string | undefined } }
)

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void }

/**
 * Boots on SQLite, in a file and a thread of their own: SQLite is synchronous, and neither its work nor its waiting
 * for the disk may stand before an answer to a machine. The thread starts with the first call, and again when it died.
 */
export class SqliteBootStore implements BootStore {
  readonly #path: string
  readonly #waiting = new Map<number, Waiting>()
  #thread: Worker | undefined
  #last = 0

  constructor({ path }: { readonly path: string }) {
    this.#path = path
  }

  save(records: readonly BootRecord[], mark?: SiteMark): Promise<void> {
    return this.#call('save', records, mark)
  }

  markOf(site: string): Promise<number> {
    return this.#call('markOf', site)
  }

  list(query: BootQuery): Promise<{ readonly items: readonly Boot[]; readonly next: string | undefined }> {
    return this.#call('list', query)
  }

  sums(query: SumsQuery): Promise<BootSums> {
    return this.#call('sums', query)
  }

  find(id: string): Promise<BootRecord> {
    return this.#call('find', id)
  }

  unfinished(most: number, site?: string): Promise<readonly Boot[]> {
    return this.#call('unfinished', most, site)
  }

  prune(limits: KeepLimits, most: number): Promise<number> {
    return this.#call('prune', limits, most)
  }

  /** What is under way is rejected. */
  async stop(): Promise<void> {
    await this.#thread?.terminate()
  }

  async #call<Value>(name: keyof BootStore, ...args: readonly unknown[]): Promise<Value> {
    this.#last += 1
    const call: BootStoreCall = { id: this.#last, name, args }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#waiting.set(call.id, { resolve, reject })
    this.#running().postMessage(call)
    return (await promise) as Value
  }

  #running(): Worker {
    if (this.#thread !== undefined) return this.#thread
    const thread = new Worker(new URL('./sql-boot-thread.ts', import.meta.url), {
      name: 'bootcast-boots',
      workerData: this.#path,
    })
    thread.unref()
    thread.on('message', (reply: BootStoreReply) => this.#replied(reply))
    thread.once('error', (error) => this.#died(thread, error))
    thread.once('exit', () => this.#died(thread, new Error('the thread of timelines was stopped')))
    this.#thread = thread
    return thread
  }

  #replied(reply: BootStoreReply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('value' in reply) waiting?.resolve(reply.value)
    else waiting?.reject(Object.assign(new Error(reply.error.message), { code: reply.error.code }))
  }

  #died(thread: Worker, error: Error): void {
    if (this.#thread === thread) this.#thread = undefined
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
