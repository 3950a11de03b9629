import {
  type AskingSite,
  type Considered,
  explain,
  type Fit,
  type Opening,
  type Verdict,
} from '@bootcast/boot'
import { fittingVariant } from './fitting-variant.ts'
import type { Machine } from './machine.ts'
import type { Catalogue, Openings, Preparation } from './ports.ts'
import type { Readiness } from './readiness.ts'
import type { Release, Variant } from './release.ts'

export type DecisionsSettings = {
  readonly catalogue: Pick<Catalogue, 'defaultImage' | 'releasesFor'>
  readonly openings: Pick<Openings, 'meaning' | 'underWay'>
  readonly installs: Pick<Preparation, 'readiness'>
  /** Images that a user may boot. @throws when there is no such user any more */
  readonly imagesOf: (user: string) => Promise<'all' | ReadonlySet<string>>
  readonly now?: () => number
}

/** A machine, and what is known beside what it says. */
export type Question = {
  readonly machine: Machine
  /** The address it asks from; absent: the last one that is known. */
  readonly from?: string | undefined
  readonly user?: string | undefined
  readonly choice?: string | undefined
  /** The site it asks at; absent: the last one that is known. */
  readonly site?: AskingSite | undefined
}

/** The verdict of the policy with what it was made of. */
export type Decided = {
  readonly verdict: Verdict
  readonly considered: readonly Considered[]
  /** What the verdict boots. */
  readonly what:
    | { readonly release: Release; readonly variant: Variant; readonly readiness: Readiness }
    | undefined
  /** References and what of them fits the machine, for a menu. */
  readonly fitOf: (reference: string) => Fit
}

/** Asks the policy about machines: gathers the facts, changes nothing. Cost: one look-up for the releases of all. */
export class Decisions {
  readonly #settings: DecisionsSettings
  readonly #now: () => number

  constructor(settings: DecisionsSettings) {
    this.#settings = settings
    this.#now = settings.now ?? Date.now
  }

  async decide(question: Question): Promise<Decided> {
    const [decided] = await this.decideAll([question])
    if (decided === undefined) throw new Error('a question went missing')
    return decided
  }

  /** In the same order. */
  async decideAll(questions: readonly Question[]): Promise<readonly Decided[]> {
    const { catalogue, openings } = this.#settings
    const defaultImage = await catalogue.defaultImage()
    const asked = questions.map((question) => {
      const { machine, from, site } = question
      return {
        ...question,
        openings: openings.meaning({
          ...machine,
          site: site?.name ?? machine.site,
          address: from ?? machine.address,
        }),
      }
    })
    const references = new Set<string>()
    for (const { machine, choice, openings: mine } of asked)
      for (const reference of [
        machine.nextImage,
        machine.image,
        defaultImage,
        choice,
        ...mine.map((one) => one.reference),
      ])
        if (reference !== undefined) references.add(reference)
    const releases = await catalogue.releasesFor([...references])
    const judged = await Promise.all(asked.map((question) => this.#judge(question, releases, defaultImage)))
    return await this.#withReadiness(judged)
  }

  /** What is not ready to boot waits until somebody mends it; who picked it is told. */
  async #withReadiness(judged: readonly Judged[]): Promise<readonly Decided[]> {
    const boots = judged.flatMap(({ boots: one }) => (one === undefined ? [] : [one]))
    const ready = [...(await this.#settings.installs.readiness(boots))]
    return judged.map(({ boots: one, ...decided }) => {
      const readiness = one === undefined ? undefined : ready.shift()
      if (one === undefined || readiness === undefined) return { ...decided, what: undefined }
      const [problem] = readiness.problems
      if (problem === undefined) return { ...decided, what: { ...one, readiness } }
      return { ...decided, ...unready(decided, problem), what: undefined }
    })
  }

  async #judge(
    { machine, user, choice, openings, site }: Question & { readonly openings: readonly Opening[] },
    releases: ReadonlyMap<string, Release>,
    defaultImage: string | undefined,
  ): Promise<Judged> {
    const fitOf = (reference: string): Fit =>
      fitAt(site, reference) ?? fitIn(machine, reference, releases.get(reference))
    const considered = explain({
      now: this.#now(),
      machine: {
        mac: machine.mac,
        next: machine.nextImage,
        image: machine.image,
        installed: machine.installed,
      },
      openings,
      underWay: this.#settings.openings.underWay(machine.mac, openings),
      defaultImage,
      user: user === undefined ? undefined : { name: user, images: await this.#settings.imagesOf(user) },
      choice,
      fit: fitOf,
    })
    const last = considered.at(-1)
    if (last === undefined || !('verdict' in last)) throw new Error('the last rule always decides')
    const { verdict } = last
    return {
      verdict,
      considered,
      fitOf,
      boots: verdict.do === 'boot' ? bootOf(machine, releases.get(verdict.reference)) : undefined,
      isPicked: choice !== undefined,
    }
  }
}

type Judged = Omit<Decided, 'what'> & {
  readonly boots:
    | { readonly machine: Machine; readonly release: Release; readonly variant: Variant }
    | undefined
  readonly isPicked: boolean
}

/** The rule that decided would have, if its template could be filled in. */
function unready(
  { verdict, considered, isPicked }: Pick<Judged, 'verdict' | 'considered' | 'isPicked'>,
  problem: string,
): Pick<Decided, 'verdict' | 'considered'> {
  const release = 'release' in verdict ? verdict.release : ''
  const because = `${release} cannot be prepared for this machine: ${problem}`
  const instead: Verdict = { do: isPicked ? 'refuse' : 'wait', because }
  const last = considered.at(-1)
  const passed = { rule: last?.rule ?? '', passed: `${release} would boot: ${verdict.because}` }
  return {
    verdict: instead,
    considered: [...considered.slice(0, -1), passed, { rule: 'template', verdict: instead }],
  }
}

/** Why an image may not be booted at a site; `undefined`: it may. */
export function fitAt(site: AskingSite | undefined, reference: string): Fit | undefined {
  if (site === undefined || site.images === 'all') return undefined
  const [image = ''] = reference.split('@')
  return site.images.has(image) ? undefined : { unfit: `${image} is not permitted at the site ${site.name}.` }
}

/** What a reference boots on a machine. */
export function fitIn(machine: Machine, reference: string, release: Release | undefined): Fit {
  if (release === undefined) return { unfit: `${reference} has no release.` }
  const found = fittingVariant(machine, release)
  if ('unfit' in found) return found
  return { release: `${release.image}@${release.number}` }
}

function bootOf(machine: Machine, release: Release | undefined): Judged['boots'] {
  const found = release && fittingVariant(machine, release)
  return release !== undefined && found !== undefined && 'variant' in found
    ? { machine, release, variant: found.variant }
    : undefined
}

/** One sentence for lists: `demo 3: the default image`. */
export function sentenceOf({ verdict }: Decided): string {
  switch (verdict.do) {
    case 'boot':
      return `${verdict.release.replace('@', ' ')}: ${verdict.because}`
    case 'local-disk':
      return `its disk: ${verdict.because}`
    case 'menu':
      return verdict.open.length === 0
        ? 'the menu: nothing is assigned or open to it'
        : `the menu, with ${verdict.open.join(', ')}`
    case 'sign-in':
    case 'wait':
    case 'refuse':
      return `nothing: ${verdict.because}`
  }
}
