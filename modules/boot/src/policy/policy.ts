import type { Leave } from '../boot-source.ts'
import { type Opening, prefixOf, rankOf, whyClosed } from './opening.ts'

/** Whether and what a reference boots on this machine: looked up by whoever asks the policy. */
export type Fit =
  | { readonly release: string }
  /** In words for the screen: no release, or none for this processor or firmware. */
  | { readonly unfit: string }

/** Everything that counts for one machine at one moment. */
export type PolicyFacts = {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly machine: {
    readonly mac: string
    /** Assigned for its next boot. */
    readonly next: string | undefined
    /** Assigned for all boots. */
    readonly image: string | undefined
    /** The release whose installation is done: `demo@3`. That image does not install itself again unasked. */
    readonly installed: string | undefined
  }
  /** Those that mean this machine; closed ones count for nothing. */
  readonly openings: readonly Opening[]
  /** Openings of which this machine has begun a boot that it has not finished. */
  readonly underWay: ReadonlySet<string>
  readonly defaultImage: string | undefined
  /** Who signed in at its screen. */
  readonly user: { readonly name: string; readonly images: 'all' | ReadonlySet<string> } | undefined
  /** What was picked at its screen: a reference. */
  readonly choice: string | undefined
  readonly fit: (reference: string) => Fit
}

export type Verdict =
  | {
      readonly do: 'boot'
      readonly reference: string
      readonly release: string
      readonly leave: Leave
      readonly because: string
    }
  | { readonly do: 'local-disk'; readonly because: string }
  /** `open`: references that need no sign-in. */
  | { readonly do: 'menu'; readonly open: readonly string[]; readonly because: string }
  | { readonly do: 'sign-in'; readonly because: string }
  | { readonly do: 'wait'; readonly because: string }
  | { readonly do: 'refuse'; readonly because: string }

/** What one rule said: the verdict, or why it does not apply. */
export type Considered =
  | { readonly rule: string; readonly verdict: Verdict }
  | { readonly rule: string; readonly passed: string }

type Rule = {
  readonly name: string
  readonly judge: (facts: PolicyFacts) => Verdict | { readonly passed: string }
}

/** In this order; the first that gives a verdict decides. Drawn in docs/protocols/policy.md. */
export const rules: readonly Rule[] = [
  { name: 'choice', judge: byChoice },
  { name: 'next boot', judge: byOneShot },
  { name: 'assignment', judge: byAssignment },
  { name: 'opening', judge: byOpening },
  { name: 'default image', judge: byDefault },
  { name: 'menu', judge: byMenu },
]

/**
 * What a machine may and shall do now. Pure: the same facts, the same verdict. Cost: linear in the openings that mean
 * this machine.
 */
export function judge(facts: PolicyFacts): Verdict {
  const last = explain(facts).at(-1)
  if (last === undefined || !('verdict' in last)) throw new Error('the last rule always decides')
  return last.verdict
}

/** The same with the rules that were asked on the way. */
export function explain(facts: PolicyFacts): readonly Considered[] {
  const considered: Considered[] = []
  for (const { name, judge: ask } of rules) {
    const said = ask(facts)
    if (!('passed' in said)) return [...considered, { rule: name, verdict: said }]
    considered.push({ rule: name, passed: said.passed })
  }
  return considered
}

/** Somebody at the screen picked an image: it must be open to the machine, or to who signed in. */
function byChoice(facts: PolicyFacts): ReturnType<Rule['judge']> {
  const { choice, user } = facts
  if (choice === undefined) return { passed: 'nothing was picked at the screen' }
  const opening = open(facts).find(({ reference }) => reference === choice)
  if (opening !== undefined)
    return booted(facts, choice, leaveOf(opening), `${choice} is open to this machine`)
  const { next, image: own } = facts.machine
  if (choice === next)
    return booted(facts, choice, { by: 'one-shot' }, `${choice} is assigned to this machine`)
  if (choice === own)
    return booted(facts, choice, { by: 'assignment' }, `${choice} is assigned to this machine`)
  if (choice === facts.defaultImage)
    return booted(facts, choice, { by: 'default' }, `${choice} is the default image`)
  if (user === undefined) return { do: 'sign-in', because: `${choice} needs a sign-in` }
  const image = imageOf(choice)
  if (user.images !== 'all' && !user.images.has(image))
    return { do: 'refuse', because: `${user.name} may not boot ${image}` }
  return booted(facts, choice, { by: 'user', user: user.name }, `${user.name} picked it`)
}

function byOneShot(facts: PolicyFacts): ReturnType<Rule['judge']> {
  const { next } = facts.machine
  if (next === undefined) return { passed: 'nothing is assigned to this machine for its next boot' }
  return booted(facts, next, { by: 'one-shot' }, 'assigned to this machine for its next boot')
}

function byAssignment(facts: PolicyFacts): ReturnType<Rule['judge']> {
  const { image } = facts.machine
  if (image === undefined) return { passed: 'no image is assigned to this machine' }
  return unasked(facts, image, { by: 'assignment' }, 'assigned to this machine')
}

/** Of those that boot by themselves: the narrowest, of equals the smaller subnet, then the newest. */
function byOpening(facts: PolicyFacts): ReturnType<Rule['judge']> {
  const booting = open(facts).filter(({ boots }) => boots)
  const [first] = [...booting].sort(
    (a, b) =>
      rankOf(a) - rankOf(b) || prefixOf(b) - prefixOf(a) || b.opensAt - a.opensAt || (a.id < b.id ? 1 : -1),
  )
  if (first === undefined) return { passed: whyNoOpening(facts) }
  const fit = facts.fit(first.reference)
  if ('unfit' in fit) return { passed: `${first.reference} is open to it, but ${fit.unfit}` }
  return unasked(facts, first.reference, leaveOf(first), `${first.reference} is open to this machine`)
}

function whyNoOpening({ openings, now, underWay }: PolicyFacts): string {
  if (openings.length === 0) return 'nothing is open to this machine'
  const [latest] = [...openings].sort((a, b) => b.opensAt - a.opensAt)
  const why = latest && whyClosed(latest, now, underWay.has(latest.id))
  return why === undefined
    ? 'nothing that is open to this machine boots by itself'
    : `${latest?.reference} was open to it, but ${why}`
}

/** Decided for every machine: as if it were open to all. */
function byDefault(facts: PolicyFacts): ReturnType<Rule['judge']> {
  const { defaultImage } = facts
  if (defaultImage === undefined) return { passed: 'there is no default image' }
  return unasked(facts, defaultImage, { by: 'default' }, 'the default image')
}

function byMenu(facts: PolicyFacts): Verdict {
  const references = [...new Set(open(facts).map(({ reference }) => reference))]
  const because = facts.user === undefined ? 'somebody has to pick' : `${facts.user.name} has to pick`
  return { do: 'menu', open: references, because }
}

function open({ openings, now, underWay }: PolicyFacts): readonly Opening[] {
  return openings.filter((opening) => whyClosed(opening, now, underWay.has(opening.id)) === undefined)
}

/** What boots without being asked for; an image that installed itself has done so. */
function unasked(facts: PolicyFacts, reference: string, leave: Leave, because: string): Verdict {
  const { installed } = facts.machine
  if (installed !== undefined && imageOf(installed) === imageOf(reference))
    return { do: 'local-disk', because: `${installed} is installed on its disk` }
  return booted(facts, reference, leave, because)
}

const imageOf = (reference: string): string => reference.split('@')[0] ?? reference

/** What was picked and cannot boot is refused to whoever picked it; what was decided elsewhere waits to be mended. */
function booted(facts: PolicyFacts, reference: string, leave: Leave, because: string): Verdict {
  const fit = facts.fit(reference)
  if ('release' in fit) return { do: 'boot', reference, release: fit.release, leave, because }
  return { do: facts.choice === undefined ? 'wait' : 'refuse', because: fit.unfit }
}

const leaveOf = ({ id }: Opening): Leave => ({ by: 'opening', opening: id })
