import type { Opening, OpeningFacts } from '@bootcast/boot'
import { OpeningIndex, type Openings } from '@bootcast/catalogue'

/**
 * The openings of a snapshot. Those with a number of boots count nowhere but at the platform, which knows how many are
 * left: while it is away they are closed.
 */
export class SnapshotOpenings implements Openings {
  readonly #index = new OpeningIndex<Opening>()

  constructor(openings: readonly Opening[]) {
    for (const opening of openings) if (opening.times === undefined) this.#index.put(opening)
  }

  meaning(machine: OpeningFacts): readonly Opening[] {
    return this.#index.meaning(machine)
  }

  underWay(): ReadonlySet<string> {
    return new Set()
  }

  async begin(id: string): Promise<boolean> {
    return this.#index.get(id) !== undefined
  }

  finished(): void {}
}
