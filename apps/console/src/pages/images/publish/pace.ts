/** The rate is that of the last seconds. */
const windowMs = 8_000
const leastMs = 500

/** How fast something goes on, and how long the rest takes. Memory: the samples of eight seconds. */
export class Pace {
  #samples: { readonly at: number; readonly bytes: number }[] = []

  /** So many bytes were done at that moment, milliseconds. Fewer than before: it began anew. */
  at(bytes: number, now: number): void {
    if (bytes < (this.#samples.at(-1)?.bytes ?? 0)) this.#samples = []
    this.#samples.push({ at: now, bytes })
    while (this.#samples.length > 2 && (this.#samples[0]?.at ?? now) < now - windowMs) this.#samples.shift()
  }

  /** Bytes in a second; `undefined`: not known yet. */
  get rate(): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)]
    if (first === undefined || last === undefined || last.at - first.at < leastMs) return undefined
    return ((last.bytes - first.bytes) * 1000) / (last.at - first.at)
  }

  /** Milliseconds until `total`; `undefined`: not known, or nothing moves. */
  left(total: number): number | undefined {
    const { rate } = this
    const done = this.#samples.at(-1)?.bytes ?? 0
    return rate === undefined || rate <= 0 ? undefined : ((total - done) * 1000) / rate
  }
}
