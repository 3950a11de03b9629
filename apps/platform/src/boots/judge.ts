import type { BootState, Cause } from './boot.ts'
import { type BootFacts, comesBackMs, isOnlyDhcp } from './boot-facts.ts'
import { causeIn, interrupted } from './cause-of.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** How long nothing was heard, and how long nothing that had not been heard before. */
export type Silence = { readonly silentMs: number; readonly stuckMs: number }

export const noSilence: Silence = { silentMs: 0, stuckMs: 0 }
export const forEver: Silence = { silentMs: Number.POSITIVE_INFINITY, stuckMs: Number.POSITIVE_INFINITY }

type Patience = {
  readonly when: (facts: BootFacts) => unknown
  readonly ms: number
  /** `stuckMs`: a machine that says the same again and again comes no further. `silentMs`: it may. */
  readonly of: keyof Silence
}

/** When a boot is given up; the first row that holds. Later events take that back. */
const patiences: readonly Patience[] = [
  // A menu may stand there all night, and says nothing.
  { when: waitsForPerson, ms: 12 * hour, of: 'silentMs' },
  { when: ({ decided }) => decided?.decision === 'wait', ms: 5 * minute, of: 'silentMs' },
  // An installation: each sign of life counts anew.
  { when: phonesHome, ms: 2 * hour, of: 'silentMs' },
  { when: ({ startedAt }) => startedAt, ms: 30 * minute, of: 'silentMs' },
  { when: ({ hasAsked }) => hasAsked, ms: minute, of: 'stuckMs' },
  // Loaders start network cards anew; spanning tree takes 30 s.
  { when: ({ loader, hasFirstScript }) => loader ?? hasFirstScript, ms: 90 * second, of: 'stuckMs' },
  // EDK2 repeats its DISCOVER after 4, 8, 16 and 32 s.
  { when: () => true, ms: 70 * second, of: 'stuckMs' },
]

function waitsForPerson({ decided }: BootFacts): boolean {
  return decided?.decision === 'menu' || decided?.decision === 'sign-in'
}

function waits(facts: BootFacts): boolean {
  return facts.decided?.decision === 'wait' || waitsForPerson(facts)
}

function phonesHome({ decided, startedAt, phone }: BootFacts): boolean {
  return startedAt !== undefined && decided?.phonesHome === true && phone === undefined
}

/** For how long a boot has been beyond its patience; negative before. */
export function impatienceMs(facts: BootFacts, silence: Silence): number {
  const row = patiences.find(({ when }) => Boolean(when(facts)))
  return row === undefined ? 0 : silence[row.of] - row.ms
}

/** Something went wrong by itself, without any silence. What the machine tries next takes that back. */
function isBroken(facts: BootFacts): boolean {
  const { startedAt, trouble, refused, wanted = [], loader, loaderRuns, ignored } = facts
  if (startedAt !== undefined) return false
  if (trouble !== undefined || refused !== undefined) return true
  if (wanted.some(({ state }) => state === 'cut-off' || state === 'missing')) return true
  if (isOnlyDhcp(facts)) return ignored !== undefined
  return loaderRuns !== true && (loader?.outcome === 'given-up' || loader?.outcome === 'broken-off')
}

export type Verdict = { readonly state: BootState; readonly cause?: Cause }
type Row = { readonly state: BootState; readonly when: (facts: BootFacts, silence: Silence) => unknown }

const isOver = (facts: BootFacts, silence: Silence): boolean => impatienceMs(facts, silence) >= 0

/** The state of a boot; the first row that holds. */
const states: readonly Row[] = [
  { state: 'failed', when: ({ phone, disk }) => phone?.state === 'failed' || disk?.state === 'failed' },
  { state: 'done', when: ({ phone, disk }) => phone?.state === 'done' || disk?.state === 'done' },
  { state: 'failed', when: ({ decided }) => decided?.decision === 'refuse' },
  { state: 'done', when: ({ decided }) => decided?.decision === 'local-disk' },
  // A kernel that does not start is loaded again and again; each time all files are sent.
  { state: 'failed', when: (facts, silence) => facts.cameBack !== undefined && !holds(facts, silence) },
  { state: 'failed', when: (facts, silence) => phonesHome(facts) && isOver(facts, silence) },
  { state: 'started', when: ({ startedAt }) => startedAt },
  { state: 'failed', when: isBroken },
  {
    state: 'abandoned',
    when: (facts, silence) => (waits(facts) || facts.isInterrupted) && isOver(facts, silence),
  },
  { state: 'waiting', when: waits },
  { state: 'failed', when: isOver },
]

function holds({ startedAt }: BootFacts, { silentMs }: Silence): boolean {
  return startedAt !== undefined && silentMs > comesBackMs
}

/** What there is to say of a boot that has been silent for so long. */
export function judge(facts: BootFacts, silence: Silence): Verdict {
  const state = states.find(({ when }) => Boolean(when(facts, silence)))?.state ?? 'booting'
  if (state === 'abandoned' && facts.isInterrupted === true) return { state, cause: interrupted }
  return state === 'failed' || state === 'abandoned' ? { state, cause: causeIn(facts) } : { state }
}
