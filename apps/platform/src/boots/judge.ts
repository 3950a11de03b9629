import type { BootState, Cause } from './boot.ts'
import { type BootFacts, comesBackMs } from './boot-facts.ts'
import { causeIn, interrupted } from './cause-of.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

type Patience = { readonly when: (facts: BootFacts) => unknown; readonly ms: number; readonly why: string }

/** How long a boot may be silent before it is given up; the first row that holds. Later events take that back. */
const patiences: readonly Patience[] = [
  { when: waitsForPerson, ms: 12 * hour, why: 'a menu may stand there all night, and says nothing' },
  { when: ({ decided }) => decided?.decision === 'wait', ms: 5 * minute, why: 'asks again within a minute' },
  { when: phonesHome, ms: 2 * hour, why: 'an installation; each sign of life counts anew' },
  { when: ({ startedAt }) => startedAt, ms: 30 * minute, why: 'nothing more has to come' },
  { when: ({ trouble }) => trouble, ms: 40 * second, why: 'asks again after 10 s' },
  { when: ({ hasAsked }) => hasAsked, ms: minute, why: 'the loader asks for one file after the other' },
  {
    when: ({ loader }) => loader,
    ms: 90 * second,
    why: 'network cards start anew; spanning tree takes 30 s',
  },
  { when: () => true, ms: 70 * second, why: 'EDK2 repeats its DISCOVER after 4, 8, 16 and 32 s' },
]

function waitsForPerson({ decided }: BootFacts): boolean {
  return decided?.decision === 'menu' || decided?.decision === 'sign-in'
}

function phonesHome({ decided, startedAt, phone }: BootFacts): boolean {
  return startedAt !== undefined && decided?.phonesHome === true && phone === undefined
}

export function patienceWith(facts: BootFacts): number {
  return patiences.find(({ when }) => Boolean(when(facts)))?.ms ?? 0
}

export type Verdict = { readonly state: BootState; readonly cause?: Cause }
type Row = { readonly state: BootState; readonly when: (facts: BootFacts, silentMs: number) => unknown }

const isOver = (facts: BootFacts, silentMs: number): boolean => silentMs >= patienceWith(facts)

/** The state of a boot after so long a silence; the first row that holds. */
const states: readonly Row[] = [
  { state: 'failed', when: ({ phone, disk }) => phone?.state === 'failed' || disk?.state === 'failed' },
  { state: 'done', when: ({ phone, disk }) => phone?.state === 'done' || disk?.state === 'done' },
  { state: 'failed', when: ({ decided }) => decided?.decision === 'refuse' },
  { state: 'done', when: ({ decided }) => decided?.decision === 'local-disk' },
  // A kernel that does not start is loaded again and again; each time all files are sent.
  {
    state: 'failed',
    when: ({ cameBack, startedAt }, silentMs) => cameBack !== undefined && !holds(startedAt, silentMs),
  },
  { state: 'failed', when: (facts, silentMs) => phonesHome(facts) && isOver(facts, silentMs) },
  { state: 'started', when: ({ startedAt }) => startedAt },
  {
    state: 'abandoned',
    when: (facts, silentMs) => (waits(facts) || facts.isInterrupted) && isOver(facts, silentMs),
  },
  { state: 'waiting', when: waits },
  { state: 'failed', when: isOver },
]

function holds(startedAt: number | undefined, silentMs: number): boolean {
  return startedAt !== undefined && silentMs > comesBackMs
}

function waits(facts: BootFacts): boolean {
  return facts.decided?.decision === 'wait' || waitsForPerson(facts)
}

/** What there is to say of a boot that has been silent for so long. */
export function judge(facts: BootFacts, silentMs: number): Verdict {
  const state = states.find(({ when }) => Boolean(when(facts, silentMs)))?.state ?? 'booting'
  if (state === 'abandoned' && facts.isInterrupted === true) return { state, cause: interrupted }
  return state === 'failed' || state === 'abandoned' ? { state, cause: causeIn(facts) } : { state }
}
