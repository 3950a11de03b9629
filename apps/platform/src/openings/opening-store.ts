import type { Opening } from '@bootcast/boot'

/** An opening as it is kept: what it is, who made it and who ended it. */
export type KeptOpening = Opening & {
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly createdBy: string
  readonly closedBy: string | undefined
}

export type NewOpening = Omit<KeptOpening, 'id' | 'used' | 'closedAt' | 'closedBy'>

export type OpeningQuery = {
  readonly limit: number
  readonly before?: string | undefined
  readonly image?: string | undefined
  /** Those that count at `at`, or will; or those that do not any more. */
  readonly state?: { readonly is: 'current' | 'ended'; readonly at: number } | undefined
}

/** One suite for all implementations: `testing/opening-store-contract.ts`. */
export interface OpeningStore {
  /** @throws {ImageNotFound | ChannelNotFound | ReleaseNotFound} of what it refers to */
  add(opening: NewOpening): Promise<KeptOpening>
  /** The newest first; `before` is the id of the last one of the page before. */
  list(query: OpeningQuery): Promise<{
    readonly items: readonly KeptOpening[]
    readonly next: string | undefined
  }>
  /** @throws {OpeningNotFound} */
  find(id: string): Promise<KeptOpening>
  /** Those that were not closed and whose time is not over. */
  current(now: number): Promise<readonly KeptOpening[]>
  /** Ends it; one that was ended before stays as it was. @throws {OpeningNotFound} */
  close(id: string, at: number, by: string): Promise<KeptOpening>
  /** One more boot was begun by it. Durable when fulfilled. */
  addUse(id: string): Promise<void>
  /** Closes those whose time is over, so that they hold nothing any more; forgets all but the newest `keep` closed ones. */
  tidy(now: number, keep: number): Promise<void>
}

export class OpeningNotFound extends Error {
  override readonly name = 'OpeningNotFound'
  readonly code = 'opening_not_found'

  constructor(id: string) {
    super(`There is no opening ${id}.`)
  }
}
