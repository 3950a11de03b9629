import type { Boot, BootState, Line } from './boot.ts'

/** A boot with those of its lines that are new or changed. */
export type BootRecord = { readonly boot: Boot; readonly lines: readonly Line[] }

export type BootQuery = {
  readonly limit: number
  /** The id of the last of the page before. */
  readonly after?: string | undefined
  readonly machine?: string | undefined
  readonly image?: string | undefined
  readonly state?: BootState | undefined
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

/** One suite for all implementations: `testing/boot-store-contract.ts`. */
export interface BootStore {
  /**
   * Keeps boots as they are now, and their lines: all in one transaction. Survives the end of this process; may be
   * lost in a power cut a moment later.
   */
  save(records: readonly BootRecord[]): Promise<void>
  /** Newest first. */
  list(query: BootQuery): Promise<{ readonly items: readonly Boot[]; readonly next: string | undefined }>
  /** With all lines, in the order of their beginning. @throws {BootNotFound} */
  find(id: string): Promise<BootRecord>
  /** Boots that are not closed, newest first, at most `most`. */
  unfinished(most: number): Promise<readonly Boot[]>
  /** Forgets at most `most` boots beyond the limits. How many were forgotten. */
  prune(limits: KeepLimits, most: number): Promise<number>
}
