import { type ReleaseName, type UpdateCost, updateCost, type WholeRelease } from '@bootcast/catalogue'
import { BlobCorrupt, type BlobReader } from '@bootcast/content'
import { turns } from '../identity/turns.ts'
import type { CatalogueStore } from './catalogue-store.ts'

/** What a release costs a site that has another one of the image; without one all of it. */
export type ReleaseDifference = ReleaseName & UpdateCost & { readonly from: number | undefined }

export type ReleaseDifferencesSettings = {
  readonly catalogue: Pick<CatalogueStore, 'findRelease' | 'numberBefore' | 'blobsOf'>
  readonly blobs: BlobReader
}

export class TooManyDifferences extends Error {
  override readonly name = 'TooManyDifferences'
  readonly code = 'too_many_requests'
  readonly retrySeconds = 2

  constructor() {
    super(`${mostWaiting} releases are being compared already; try again in a moment.`)
  }
}

/** Each reads chunk maps, and takes the time of this process. */
const atOnce = 2
const mostWaiting = 200
/** Results that are remembered, those that were asked for last: about 300 bytes each, and 300 for each file. */
const mostRemembered = 1000

/**
 * What updates cost, worked out when somebody asks. Two published releases never change, so an answer is right for ever,
 * and everybody who asks meanwhile waits for the same one.
 */
export class ReleaseDifferences {
  readonly #settings: ReleaseDifferencesSettings
  readonly #known = new Map<string, Promise<UpdateCost>>()
  readonly #turn = turns(atOnce, mostWaiting, () => new TooManyDifferences())

  constructor(settings: ReleaseDifferencesSettings) {
    this.#settings = settings
  }

  /** `from`: the release that a site has; `undefined`: the one before. @throws {ImageNotFound | ReleaseNotFound} */
  async of({ image, number }: ReleaseName, from?: number): Promise<ReleaseDifference> {
    const { catalogue } = this.#settings
    const next = await catalogue.findRelease(image, number)
    const before = from ?? (await catalogue.numberBefore({ image, number }))
    const base = before === undefined ? undefined : await catalogue.findRelease(image, before)
    // An image that was removed and published anew has the same names again, but other times.
    const key = [next, base].map((one) => one && `${nameOf(one)} ${one.createdAt}`).join()
    const cost = this.#known.get(key) ?? this.#turn(() => this.#compare(next, base))
    this.#remember(key, cost)
    return { image, number, from: before, ...(await cost) }
  }

  #remember(key: string, cost: Promise<UpdateCost>): void {
    this.#known.delete(key)
    this.#known.set(key, cost)
    cost.catch(() => {
      if (this.#known.get(key) === cost) this.#known.delete(key)
    })
    const [oldest] = this.#known.keys()
    if (this.#known.size > mostRemembered && oldest !== undefined) this.#known.delete(oldest)
  }

  async #compare(next: Parts, base: Parts | undefined): Promise<UpdateCost> {
    try {
      const { catalogue, blobs } = this.#settings
      const found = await catalogue.blobsOf(base === undefined ? [next] : [next, base])
      const whole = (release: Parts): WholeRelease => ({
        ...release,
        blobs: found.get(nameOf(release)) ?? [],
      })
      return await updateCost(whole(next), base && whole(base), blobs)
    } catch (error) {
      // Nobody sent it now: it is the store that is damaged.
      throw error instanceof BlobCorrupt ? new Error('a chunk map is damaged', { cause: error }) : error
    }
  }
}

type Parts = Omit<WholeRelease, 'blobs'>

const nameOf = ({ image, number }: ReleaseName): string => `${image}@${number}`
