const most = 5
const windowMs = 60_000
const mostNames = 10_000

/** Counts attempts by name: five a minute. Memory: 10,000 names, the one that tried longest ago goes first. */
export class UserAttempts {
  readonly #byName = new Map<string, number[]>()

  /** Counts one. Milliseconds until there may be another; then this one is not counted. */
  begin(name: string, now: number): number {
    const recent = (this.#byName.get(name) ?? []).filter((at) => at > now - windowMs && at <= now)
    const [oldest] = recent
    if (recent.length >= most && oldest !== undefined) return oldest + windowMs - now
    this.#byName.delete(name)
    this.#byName.set(name, [...recent, now])
    const [first] = this.#byName.keys()
    if (this.#byName.size > mostNames && first !== undefined) this.#byName.delete(first)
    return 0
  }

  succeeded(name: string): void {
    this.#byName.delete(name)
  }
}
