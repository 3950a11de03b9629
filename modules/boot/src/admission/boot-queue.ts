/** A place is kept for who asks again within this time. */
const keptMs = 60_000
const mostWaiting = 10_000
const tidyEveryMs = 1_000

export type Waiting = {
  /** What was asked: who signed in, and what was picked. */
  readonly question: string
  /** What it waits for: `demo 3`. */
  readonly title: string
  /** When somebody last looked whether it would still boot that. */
  readonly lookedAt: number
}

type Place = Waiting & { readonly askedAt: number }

/** Machines that wait for their turn, first come first served. Growth: bounded; beyond, a machine gets no place. */
export class BootQueue {
  readonly #now: () => number
  /** By MAC, in the order in which they came. */
  readonly #places = new Map<string, Place>()
  #tidiedAt = Number.NEGATIVE_INFINITY

  constructor(now: () => number) {
    this.#now = now
  }

  get size(): number {
    this.#forget()
    return this.#places.size
  }

  get(mac: string): Waiting | undefined {
    this.#forget()
    return this.#places.get(mac)
  }

  /** From 1; `undefined`: it has none. O(its place). */
  placeOf(mac: string): number | undefined {
    this.#forget()
    if (!this.#places.has(mac)) return undefined
    let place = 0
    for (const one of this.#places.keys()) {
      place += 1
      if (one === mac) break
    }
    return place
  }

  /** It asks, for the first time or again; who has a place keeps it. False: it has none, and there is no room. */
  ask(mac: string, waiting: Waiting): boolean {
    if (!this.#places.has(mac) && this.size >= mostWaiting) return false
    this.#places.set(mac, { ...waiting, askedAt: this.#now() })
    return true
  }

  leave(mac: string): void {
    this.#places.delete(mac)
  }

  /** Those that have not asked again. O(machines), once a second at most. */
  #forget(): void {
    const now = this.#now()
    if (now - this.#tidiedAt < tidyEveryMs) return
    this.#tidiedAt = now
    for (const [mac, { askedAt }] of this.#places) if (now - askedAt > keptMs) this.#places.delete(mac)
  }
}
