/** What stands in at most one queue at a time; the links are the queue's. */
export type Queued<T> = { older: T | undefined; younger: T | undefined }

/** The oldest first. All it does costs the same at any length, which a `Set` cannot say of its first element. */
export class AgeQueue<T extends Queued<T>> {
  #oldest: T | undefined
  #youngest: T | undefined

  get oldest(): T | undefined {
    return this.#oldest
  }

  add(one: T): void {
    one.older = this.#youngest
    one.younger = undefined
    if (this.#youngest === undefined) this.#oldest = one
    else this.#youngest.younger = one
    this.#youngest = one
  }

  /** `one` must be in this queue. */
  delete(one: T): void {
    if (one.older === undefined) this.#oldest = one.younger
    else one.older.younger = one.younger
    if (one.younger === undefined) this.#youngest = one.older
    else one.younger.older = one.older
    one.older = undefined
    one.younger = undefined
  }
}
