/** One thing that was let happen, or that was not. */
export type AuditNote = {
  /** A user; empty: nobody that is known. */
  readonly who: string
  /** A call of the API, or what a machine wanted: `changeMachine`, `boot`. */
  readonly action: string
  /** What it was done to; never a secret. */
  readonly about: string
  /** The address of the other end. */
  readonly from?: string
  readonly because?: string
  /** It was not let happen. */
  readonly refused?: true
}

/** Where every decision that lets something happen is written down. */
export interface Audit {
  /** Returns at once and never throws: written within a second, also where the database is slow. */
  note(note: AuditNote): void
}

/** For what may not be answered before it is written down. */
export interface DurableAudit extends Audit {
  /** Fulfilled when it is durable; rejects when it cannot be written. */
  noteDurably(note: AuditNote): Promise<void>
}
