import type { BootEvent } from '@bootcast/boot'
import type { BootFacts } from './boot-facts.ts'

/** As in the contract: what each means stands in `modules/contract/src/boots.ts`. */
export type BootState = 'booting' | 'waiting' | 'started' | 'done' | 'failed' | 'abandoned'

/** Why a boot failed: `causes.ts`. */
export type Cause = { readonly code: string; readonly text: string; readonly todo: string }

/** One boot of one machine. */
export type Boot = {
  /** UUIDv7: sorts by the beginning. Public. */
  readonly id: string
  readonly mac: string
  /** Milliseconds since 1970, as the others. */
  readonly beganAt: number
  readonly lastAt: number
  /** When something happened that had not happened before. */
  readonly movedAt: number
  /** Nothing is added any more. */
  readonly closedAt?: number | undefined
  readonly state: BootState
  readonly cause?: Cause | undefined
  readonly facts: BootFacts
  /** Lines of its timeline. */
  readonly lines: number
  /** Events that found no room in it. */
  readonly dropped: number
}

/** A line of a timeline: an event, or several of the same kind that say the same. */
export type Line = Told & {
  /** 1, 2, 3… in the order of their beginning. */
  readonly n: number
  readonly at: number
  /** When it happened last, or ended. */
  readonly until?: number
  /** Absent: once. */
  readonly times?: number
}

type Without<Event, Key extends string> = Event extends unknown ? Omit<Event, Key> : never
type Changed = 'tftp-begins' | 'tftp' | 'file-begins' | 'file' | 'decided'
type Kind<K extends BootEvent['kind']> = Extract<BootEvent, { readonly kind: K }>

/** What a line says: an event without whom it is about. */
export type Told =
  | Without<Exclude<BootEvent, { readonly kind: Changed }>, 'mac' | 'boot'>
  | TftpTold
  | FileTold
  | (Omit<Kind<'decided'>, 'mac' | 'boot' | 'files'> & { readonly files?: number | undefined })
  /** The system has all that the loader fetches: it was started. */
  | { readonly kind: 'started' }
  /** …and the loader was there again. */
  | { readonly kind: 'came-back'; readonly seconds: number }
  /** The platform was not there for a while. */
  | { readonly kind: 'restarted' }

export type TftpTold = Omit<Kind<'tftp'>, 'mac' | 'boot' | 'transfer' | 'outcome'> & {
  readonly outcome: Kind<'tftp'>['outcome'] | 'running'
}
/** Bytes and time of all requests together. */
export type FileTold = Omit<Kind<'file'>, 'mac' | 'boot' | 'transfer' | 'end'> & {
  readonly end?: string | undefined
  readonly isRunning?: boolean
}

export class BootNotFound extends Error {
  override readonly name = 'BootNotFound'
  readonly code = 'boot_not_found'

  constructor(id: string) {
    super(`There is no boot ${id}; "bootcast boot list" shows those that are kept`)
  }
}
