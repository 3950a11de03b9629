/** Counts by name, for status and metrics. Names come from our tables; past 256 of them, the rest count as `other`. */
export class Counters {
  readonly #counts = new Map<string, number>()

  add(name: string): void {
    const key = this.#counts.has(name) || this.#counts.size < mostNames ? name : 'other'
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }
}

const mostNames = 256
