/**
 * Between who publishes and who collects garbage, in one process: a blob that somebody is about to publish is not
 * removed, and nobody begins to publish one that is just being removed.
 */
export class BlobHolds {
  readonly #held = new Map<string, number>()
  readonly #removing = new Map<string, Promise<void>>()

  /** Runs `work` while none of these blobs can be removed. */
  async holding<T>(digests: Iterable<string>, work: () => Promise<T>): Promise<T> {
    const mine = [...new Set(digests)]
    for (const digest of mine) this.#held.set(digest, (this.#held.get(digest) ?? 0) + 1)
    try {
      await Promise.all(mine.map((digest) => this.#removing.get(digest)))
      return await work()
    } finally {
      for (const digest of mine) {
        const left = (this.#held.get(digest) ?? 1) - 1
        if (left === 0) this.#held.delete(digest)
        else this.#held.set(digest, left)
      }
    }
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
