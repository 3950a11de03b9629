import type { Boot, BootState, Line } from './boot.ts'
import type { BootSums, SumsQuery } from './boot-sums.ts'

/** A boot with those of its lines that are new or changed. */
export type BootRecord = { readonly boot: Boot; readonly lines: readonly Line[] }

export type BootQuery = {
  readonly limit: number
  /** The id of the last of the page before. */
  readonly after?: string | undefined
  readonly machine?: string | undefined
  readonly image?: string | undefined
  readonly state?: BootState | undefined
  /** Of machines at the site of this name. */
  readonly site?: string | undefined
  /** Begun then or later, milliseconds since 1970. */
  readonly since?: number | undefined
}

export type KeepLimits = {
  /** The newest that are kept. */
  readonly boots: number
  /** The newest of those that came no further than DHCP: an address costs an attacker nothing. */
  readonly onlyDhcp: number
  /** Begun before: forgotten. Milliseconds since 1970. */
  readonly before: number
}

/** How far the events of a site, which it numbers from 1 on, are in the records. */
export type SiteMark = {
  /** Its id. */
  readonly site: string
  /** Where the mark is; elsewhere: nothing is kept. */
  readonly from: number
  readonly upTo: number
}

/** One suite for all implementations: `testing/boot-store-contract.ts`. */
export interface BootStore {
  /**
   * Keeps boots as they are now, and their lines: all in one transaction. Survives the end of this process; may be
   * lost in a power cut a moment later.
   *
   * With a mark: that is moved in the same transaction, and all of it is durable when fulfilled.
   * @throws {MarkMoved} the mark is not where it should be: somebody else has taken the same events
   */
  save(records: readonly BootRecord[], mark?: SiteMark): Promise<void>
  /** The number of the last event of a site that was taken; 0: none was. */
  markOf(site: string): Promise<number>
  /** Newest first. */
  list(query: BootQuery): Promise<{ readonly items: readonly Boot[]; readonly next: string | undefined }>
  /** How many boots, how they ended and what was sent, by hour and by site. */
  sums(query: SumsQuery): Promise<BootSums>
  /** With all lines, in the order of their beginning. @throws {BootNotFound} */
  find(id: string): Promise<BootRecord>
  /** Boots that are not closed, newest first, at most `most`: of the site of this name; without one, those of no site. */
  unfinished(most: number, site?: string): Promise<readonly Boot[]>
  /** Forgets at most `most` boots beyond the limits. How many were forgotten. */
  prune(limits: KeepLimits, most: number): Promise<number>
}

export class MarkMoved extends Error {
  override readonly name = 'MarkMoved'
  readonly code = 'mark_moved'

  constructor({ site, from }: SiteMark) {
    super(`the events of site ${site} behind ${from} were taken by somebody else meanwhile`)
  }
}
