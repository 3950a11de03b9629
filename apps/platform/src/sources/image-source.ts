import type { Release } from '@bootcast/catalogue'
import type { WantedInput } from '../publishing/fetch/fetch-input.ts'
import type { Fetcher } from '../publishing/fetch/fetcher.ts'
import type { PublicationRequest } from '../publishing/publications.ts'

/** Where releases come from. One suite for all implementations: `testing/image-source-contract.ts`. */
export interface ImageSource {
  /**
   * What there is now with a name that is wanted, the oldest first, 1,000 at most. Nothing of it is fetched yet.
   * @throws {SourceFailed} when it does not answer, or not as it should
   */
  list(isWanted: (name: string) => boolean, signal: AbortSignal): Promise<readonly Offer[]>
}

/** Something that can become a release, or the reason why it cannot. */
export type Offer = {
  /** What it is there, with its version: with another content it is another. At most 500 characters. */
  readonly key: string
  /** What it is called there, for people. */
  readonly title: string
  /** The name of its image there; here it is made one that may be. */
  readonly name: string
} & (Fetchable | { readonly problem: string })

type Fetchable = {
  readonly input: WantedInput & { readonly fetcher: Fetcher }
  readonly byHand?: PublicationRequest['byHand']
  /** Whether a release that came from here is this: it is not fetched again when its mark was lost. */
  readonly isRelease?: (release: Release) => boolean
  /** Why what was made of it is not what was offered. */
  readonly unlike?: (variants: Release['variants']) => string | undefined
}

/** The other side does not answer, refuses, or says what cannot be: told to who looks after the source. */
export class SourceFailed extends Error {
  override readonly name = 'SourceFailed'
  readonly code = 'source_failed'
}

export const mostOffers = 1000

/** What is offered cannot become a release, now and later: it is not asked for again until it is another. */
export class OfferRefused extends Error {
  override readonly name = 'OfferRefused'
  readonly code = 'offer_refused'
}
