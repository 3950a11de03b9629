export type BlobHold = Disposable & { add(digest: string): Promise<void> }

/**
 * Between who publishes and who collects garbage, in one process: a blob that somebody is about to publish is not
 * removed, and nobody begins to publish one that is just being removed.
 */
export class BlobHolds {
  readonly #held = new Map<string, number>()
  readonly #removing = new Map<string, Promise<void>>()

  /** Runs `work` while none of these blobs can be removed. */
  async holding<T>(digests: Iterable<string>, work: () => Promise<T>): Promise<T> {
    using hold = this.open()
    for (const digest of digests) await hold.add(digest)
    return await work()
  }

  /** Holds what is added, until it is disposed of. */
  open(): BlobHold {
    const mine = new Set<string>()
    return {
      add: async (digest) => {
        if (mine.has(digest)) return
        mine.add(digest)
        this.#held.set(digest, (this.#held.get(digest) ?? 0) + 1)
        await this.#removing.get(digest)
      },
      [Symbol.dispose]: () => {
        for (const digest of mine) this.#letGo(digest)
        mine.clear()
      },
    }
  }

  #letGo(digest: string): void {
    const left = (this.#held.get(digest) ?? 1) - 1
    if (left === 0) this.#held.delete(digest)
    else this.#held.set(digest, left)
  }

  /** Runs `remove` unless somebody holds the blob; whether it did. */
  async removing(digest: string, remove: () => Promise<boolean>): Promise<boolean> {
    if (this.#held.has(digest)) return false
    const removal = remove()
    const ended = removal.then(
      () => undefined,
      () => undefined,
    )
    this.#removing.set(digest, ended)
    try {
      return await removal
    } finally {
      this.#removing.delete(digest)
    }
  }
}
