import { setTimeout as sleep } from 'node:timers/promises'
import type { Lease, LeaseStore } from './lease-store.ts'

/** Most leases in one call of the store; more wait for the next. */
const batchSize = 1024
/** About half a second of the highest rate measured: clients have asked again by then. */
const mostWaiting = 8192

/**
 * After a call of the store the next waits for four times as long as that took, at most this: a store that blocks this
 * thread (SQLite) then has a fifth of its time, and its fsyncs carry more leases each. A lone client does not wait.
 */
const longestRestMs = 5

type Waiting = {
  readonly lease: Lease
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/**
 * Gathers the leases that arrive while the store is busy into its next call: many ACKs for one fsync. The later lease
 * of an address counts.
 */
export class GroupCommit {
  readonly #store: LeaseStore
  #waiting: Waiting[] = []
  #running: Promise<void> | undefined
  #restUntil = 0

  constructor(store: LeaseStore) {
    this.#store = store
  }

  /** The store is so far behind that no more should wait for it. */
  get isFull(): boolean {
    return this.#waiting.length >= mostWaiting
  }

  /** Fulfilled when the lease is durable, rejected with the store's error when it could not be kept. */
  save(lease: Lease): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ lease, done, failed })
      this.#running ??= this.#run()
    })
  }

  async settled(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#rest()
      const batch = this.#waiting.splice(0, batchSize)
      const began = performance.now()
      try {
        await this.#store.save([...new Map(batch.map(({ lease }) => [lease.address, lease])).values()])
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
      const now = performance.now()
      this.#restUntil = now + Math.min(longestRestMs, 4 * (now - began))
    }
    this.#running = undefined
  }

  async #rest(): Promise<void> {
    const ms = this.#restUntil - performance.now()
    if (ms > 0) await sleep(ms)
    else await new Promise(setImmediate) // let the packets that are already here join
  }
}
