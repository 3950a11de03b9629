import type { Lease, LeaseStore } from './lease-store.ts'

/** Most leases in one call of the store; more wait for the next. */
const batchSize = 1024

/**
 * Gathers the leases that arrive while the store is busy into its next call: many ACKs for one fsync.
 * The queue is at most as long as there are messages unanswered, which the socket bounds.
 */
export class GroupCommit {
  readonly #store: LeaseStore
  #waiting: { lease: Lease; done: () => void; failed: (error: unknown) => void }[] = []
  #running: Promise<void> | undefined

  constructor(store: LeaseStore) {
    this.#store = store
  }

  /** Fulfilled when the lease is durable. */
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
    await new Promise(setImmediate) // let the packets that are already here join
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchSize)
      try {
        await this.#store.save([...new Map(batch.map(({ lease }) => [lease.address, lease])).values()])
        for (const { done } of batch) done()
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
    }
    this.#running = undefined
  }
}
