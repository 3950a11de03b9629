import { Worker } from 'node:worker_threads'
import type { SendfileCalls } from './sendfile-calls.ts'
import type { Progress, SendEnd } from './sending.ts'

export type SendfileJob = {
  readonly id: number
  /** File descriptors; they stay open until the job has ended. */
  readonly socket: number
  readonly file: number
  readonly first: number
  readonly last: number
  readonly stallMs: number
}

export type ToThread =
  | { readonly kind: 'send'; readonly job: SendfileJob }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'stop' }

export type FromThread = { readonly id: number; readonly sent: number; readonly end: SendEnd }

/** The main thread's end of one sendfile thread. */
export class SendfileThread {
  readonly #calls: SendfileCalls
  readonly #worker: Worker
  readonly #waker: number
  readonly #waiting = new Map<number, (progress: Progress) => void>()
  readonly #exited: Promise<void>
  readonly #endWithProcess = () => this.#tell({ kind: 'stop' })
  #lastId = 0
  #failure: Error | undefined
  #stopping = false

  /** `onFailure` is told when the thread ends unasked. */
  constructor(calls: SendfileCalls, onFailure: (error: Error) => void) {
    this.#calls = calls
    this.#waker = calls.newWaker()
    this.#worker = new Worker(new URL('./sendfile-worker.ts', import.meta.url), {
      name: 'bootcast-sendfile',
      workerData: { waker: this.#waker },
      execArgv: [],
    })
    this.#worker.unref()
    this.#worker.on('message', ({ id, sent, end }: FromThread) => this.#ended(id, { sent, end }))
    this.#worker.on('error', (error: Error) => this.#failed(error, onFailure))
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#exited = promise
    this.#worker.on('exit', () => {
      if (!this.#stopping) this.#failed(new Error('the sendfile thread ended unasked'), onFailure)
      for (const id of this.#waiting.keys())
        this.#ended(id, { sent: 0, end: this.#stopping ? 'stopped' : 'failed' })
      resolve()
    })
    // A process that exits waits for its threads, and this one may sleep in epoll.
    process.on('exit', this.#endWithProcess)
  }

  /** Bodies under way. */
  get load(): number {
    return this.#waiting.size
  }

  /** Why no more can be sent through this thread. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Fulfilled, never rejected, when the thread has let go of both file descriptors. */
  send(job: Omit<SendfileJob, 'id'>, closed: Promise<void>): Promise<Progress> {
    if (this.#failure !== undefined) return Promise.resolve({ sent: 0, end: 'failed' })
    this.#lastId = (this.#lastId % 0xffff_fffe) + 1
    const id = this.#lastId
    const { promise, resolve } = Promise.withResolvers<Progress>()
    this.#waiting.set(id, resolve)
    this.#tell({ kind: 'send', job: { ...job, id } })
    void closed.then(() => this.#waiting.has(id) && this.#tell({ kind: 'cancel', id }))
    return promise
  }

  /** Ends what is under way and the thread. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#worker.ref()
    this.#tell({ kind: 'stop' })
    await this.#exited
    process.off('exit', this.#endWithProcess)
    this.#calls.close(this.#waker)
  }

  #failed(error: Error, onFailure: (error: Error) => void): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    onFailure(error)
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message)
    this.#calls.wake(this.#waker)
  }

  #ended(id: number, progress: Progress): void {
    const resolve = this.#waiting.get(id)
    this.#waiting.delete(id)
    resolve?.(progress)
  }
}
