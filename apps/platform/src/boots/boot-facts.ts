import type { Architecture, Decision, HeardBy } from '@bootcast/boot'

/** What a boot has come to, as far as its state and the cause of its failure need it. Bounded, whatever happens. */
export type BootFacts = {
  /** The name of the site that answers the machine; absent: the platform itself does. */
  readonly site?: string | undefined
  readonly firmware?: string | undefined
  readonly architecture?: Architecture | undefined
  readonly uuid?: string | undefined
  readonly product?: string | undefined
  readonly address?: string | undefined
  readonly user?: string | undefined
  /** Version of the loader. */
  readonly version?: string | undefined
  /** Sent to the machine, bytes. */
  readonly bytes: number

  /** By what the first DISCOVER was heard. */
  readonly via?: HeardBy | undefined
  /** The firmware itself asked, before any iPXE. */
  readonly hasFirmware?: boolean | undefined
  /** What was offered last. */
  readonly offer?: Offer | undefined
  readonly ignored?: { readonly reason: string; readonly detail?: string | undefined } | undefined
  /** Other servers that offered a boot file, or answered as boot servers; at most 4. */
  readonly others?: readonly OtherOffer[] | undefined
  /** The server whose address was taken last. */
  readonly chosen?: string | undefined
  readonly addressRefused?: string | undefined
  readonly hasAsked4011?: boolean | undefined

  readonly loader?: LoaderFacts | undefined
  /** It asked us for a file that is no loader of ours. */
  readonly stranger?: string | undefined
  /** iPXE asked for an address; or it, or GRUB, has fetched a script. */
  readonly loaderRuns?: boolean | undefined
  /** …and it has an address. */
  readonly loaderIsReady?: boolean | undefined
  readonly hasFirstScript?: 'tftp' | 'http' | 'grub' | undefined

  readonly hasAsked?: boolean | undefined
  readonly decided?: Decided | undefined
  /** What the loader fetches before it starts the system. */
  readonly wanted?: readonly Wanted[] | undefined
  readonly refused?: { readonly name: string; readonly why: string } | undefined
  readonly trouble?: { readonly where: string; readonly reason: string } | undefined

  readonly startedAt?: number | undefined
  /** Seconds after the start in which the loader was there again. */
  readonly cameBack?: number | undefined
  /** A system with this hardware address asked for an address. */
  readonly runs?: boolean | undefined
  readonly disk?: { readonly state: string; readonly done: number; readonly total: number } | undefined
  readonly phone?: { readonly state: 'done' | 'failed'; readonly text?: string | undefined } | undefined
  /** The platform was not there for a while. */
  readonly isInterrupted?: boolean | undefined
}

type Offer = {
  readonly file: string
  readonly server: string
  readonly asksPort4011: boolean
  readonly isScript: boolean
}
type Decided = {
  readonly decision: Decision
  readonly because: string
  readonly release?: string | undefined
  readonly phonesHome?: boolean | undefined
}
type OtherOffer = {
  readonly server: string
  readonly file?: string | undefined
  readonly fileServer?: string | undefined
}

export type LoaderFacts = {
  readonly name: string
  readonly by: 'tftp' | 'http'
  readonly outcome: 'running' | 'done' | 'measured' | 'broken-off' | 'given-up'
  readonly bytes: number
  readonly size: number
  readonly blockSize?: number | undefined
  readonly reason?: string | undefined
}

export type Wanted = {
  readonly name: string
  readonly digest: string
  readonly size: number
  readonly isReadInParts?: boolean | undefined
  readonly state: 'not-asked' | 'running' | 'sent' | 'cut-off' | 'missing'
  /** Sent so far, by all requests. */
  readonly bytes: number
  readonly end?: string | undefined
}

export const noFacts: BootFacts = { bytes: 0 }

/** Longer than the loader waits before it asks again, and shorter than a machine needs to start anew. */
export const comesBackMs = 20_000
/** The same where a firmware would be heard before its loader. */
const comesBackForSureMs = 60_000

/** Whether a loader that asks now is the one that should have started the system: it did not start. */
export function comesBack(facts: BootFacts, at: number): number | undefined {
  const { startedAt, hasFirmware } = facts
  if (startedAt === undefined) return undefined
  if (at - startedAt > (hasFirmware === true ? comesBackForSureMs : comesBackMs)) return undefined
  return Math.round((at - startedAt) / 1000)
}

export function withComingBack(facts: BootFacts, seconds: number): BootFacts {
  return changed(facts, { startedAt: undefined, cameBack: seconds })
}

/** It has come no further than DHCP: nothing was fetched. */
export function isOnlyDhcp({ loader, hasAsked, hasFirstScript, stranger }: BootFacts): boolean {
  return loader === undefined && hasAsked !== true && hasFirstScript === undefined && stranger === undefined
}

/** What was known when that says the same. */
export function kept<Part extends object>(known: Part | undefined, next: Part): Part {
  const isSame =
    known !== undefined && Object.entries(next).every(([name, value]) => known[name as keyof Part] === value)
  return isSame ? known : next
}

/** The same facts when nothing is new: most events of a machine that waits say nothing new. */
export function changed(facts: BootFacts, change: BootFacts | Partial<BootFacts>): BootFacts {
  for (const name in change) {
    if (facts[name as keyof BootFacts] !== change[name as keyof BootFacts]) return { ...facts, ...change }
  }
  return facts
}
