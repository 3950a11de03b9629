import { Worker } from 'node:worker_threads'
import type { Order, Question, Report } from './worker.ts'

type Waiting = { readonly resolve: (result: Buffer) => void; readonly reject: (error: Error) => void }

/** One thread that reads files; started when it is first needed, started again when it died. */
export class Reader {
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
    else waiting?.reject(Object.assign(new Error(report.error), { code: report.code }))
  }

  #died(worker: Worker, error: Error): void {
    if (this.#worker === worker) this.#worker = undefined
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
