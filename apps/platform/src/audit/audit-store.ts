import type { AuditNote } from './audit.ts'

export type DatedNote = AuditNote & {
  /** Milliseconds since 1970. */
  readonly at: number
}
export type AuditEntry = DatedNote & { readonly id: string }

export type AuditQuery = {
  readonly limit: number
  /** The id of the entry before which to go on. */
  readonly after?: string | undefined
  /** Milliseconds since 1970. */
  readonly since?: number | undefined
  /** Before this, milliseconds since 1970. */
  readonly until?: number | undefined
  readonly who?: string | undefined
  readonly action?: string | undefined
  /** A part of what it was done to; ASCII letters in any case. */
  readonly about?: string | undefined
  readonly refused?: boolean | undefined
}

/** How many entries stay: of what happened, and of what was refused, so that no flood of the one takes the other. */
export type AuditLimits = { readonly happened: number; readonly refused: number }

/** One suite for all implementations: `testing/audit-store-contract.ts`. */
export interface AuditStore {
  /** In one transaction, in this order. */
  add(notes: readonly DatedNote[]): Promise<void>
  /** The newest first. What `about` asks for is looked for in all entries that the limits leave. */
  list(query: AuditQuery): Promise<{
    readonly items: readonly AuditEntry[]
    readonly next: string | undefined
  }>
  /** Keeps the newest. */
  prune(keep: AuditLimits): Promise<void>
}
