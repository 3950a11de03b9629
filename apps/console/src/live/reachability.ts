/** Whether the platform answers, by what became of the last that was asked. */
export class Reachability {
  readonly #now: () => Date
  readonly #watchers = new Set<() => void>()
  #heardAt: Date | undefined
  #lostSince: Date | undefined

  constructor(now: () => Date = () => new Date()) {
    this.#now = now
  }

  /** When it last answered before it did not; `undefined`: it answers. */
  get lostSince(): Date | undefined {
    return this.#lostSince
  }

  heard(): void {
    this.#heardAt = this.#now()
    this.#become(undefined)
  }

  /** It did not answer, or cannot. */
  missed(): void {
    this.#become(this.#lostSince ?? this.#heardAt ?? this.#now())
  }

  /** `onChange`: `lostSince` is another. @returns what ends it */
  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange)
    return () => this.#watchers.delete(onChange)
  }

  #become(lostSince: Date | undefined): void {
    if (lostSince === this.#lostSince) return
    this.#lostSince = lostSince
    for (const watcher of this.#watchers) watcher()
  }
}

/** Of the platform that the console came from. */
export const reachability = new Reachability()
