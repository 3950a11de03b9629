import type { OpeningFacts } from '@bootcast/boot'
import { OpeningIndex } from '@bootcast/catalogue'
import type { KeptOpening, NewOpening, OpeningStore } from './opening-store.ts'

export type OpeningRegisterSettings = {
  readonly store: OpeningStore
  readonly now?: () => number
}

/** A machine that has begun a boot by an opening and asks again within this time has not begun another one. */
const sameBootMs = 15 * 60 * 1000
/** Begun boots that are remembered: of openings that count only. */
const mostUnderWay = 50_000
/** Closed openings that are kept for who looks back. */
const keptClosed = 5_000
const tidyEveryMs = 60 * 60 * 1000

/** The openings that may count now, in memory: asked for every machine that starts. Growth: the openings not closed. */
export class OpeningRegister {
  readonly #store: OpeningStore
  readonly #now: () => number
  readonly #index = new OpeningIndex<KeptOpening>()
  /** `opening mac` → when that boot was begun. */
  readonly #underWay = new Map<string, number>()
  #tidiedAt = 0

  constructor({ store, now = Date.now }: OpeningRegisterSettings) {
    this.#store = store
    this.#now = now
  }

  /** Reads the openings. */
  async start(): Promise<void> {
    await this.#tidy()
    for (const opening of await this.#store.current(this.#now())) this.#index.put(opening)
  }

  /** All that mean this machine. */
  meaning(machine: OpeningFacts): readonly KeptOpening[] {
    return this.#index.meaning(machine)
  }

  /** Openings of which this machine has begun a boot that it has not finished. */
  underWay(mac: string, openings: readonly KeptOpening[]): ReadonlySet<string> {
    const since = this.#now() - sameBootMs
    const begun = openings.filter(({ id }) => (this.#underWay.get(`${id} ${mac}`) ?? 0) > since)
    return new Set(begun.map(({ id }) => id))
  }

  /**
   * A machine begins a boot by an opening: one of its times is used, once for a boot that is tried several times. The
   * last one is given to one machine only; durable when fulfilled. False: there was none left.
   */
  async begin(id: string, mac: string): Promise<boolean> {
    const opening = this.#index.get(id)
    if (opening === undefined) return false
    if (opening.times === undefined) return true
    const key = `${id} ${mac}`
    const now = this.#now()
    const isAgain = (this.#underWay.get(key) ?? 0) > now - sameBootMs
    if (isAgain) return true
    if (opening.used >= opening.times) return false
    // Taken before the store is asked, so that of two machines at once only one gets the last.
    this.#index.put({ ...opening, used: opening.used + 1 })
    this.#underWay.set(key, now)
    const [oldest] = this.#underWay.keys()
    if (this.#underWay.size > mostUnderWay && oldest !== undefined) this.#underWay.delete(oldest)
    await this.#store.addUse(id)
    return true
  }

  /** That boot is finished: the next one is another one. */
  finished(id: string, mac: string): void {
    this.#underWay.delete(`${id} ${mac}`)
  }

  async add(opening: NewOpening): Promise<KeptOpening> {
    const kept = await this.#store.add(opening)
    this.#index.put(kept)
    if (this.#now() - this.#tidiedAt > tidyEveryMs) await this.#tidy()
    return kept
  }

  async close(id: string, by: string): Promise<KeptOpening> {
    const closed = await this.#store.close(id, this.#now(), by)
    this.#index.remove(id)
    return closed
  }

  async #tidy(): Promise<void> {
    const now = this.#now()
    this.#tidiedAt = now
    await this.#store.tidy(now, keptClosed)
    for (const { id, closesAt } of [...this.#index.all()])
      if (closesAt !== undefined && closesAt <= now) this.#index.remove(id)
  }
}
