import type { Boot, BootNews, BootState } from '@bootcast/contract'

/** What boots are shown by; what is absent does not matter. */
export type BootFilter = {
  readonly state?: BootState | undefined
  readonly machine?: string | undefined
  readonly image?: string | undefined
  readonly site?: string | undefined
}

/** The last news of each boot, the one that was heard of last at the end. */
export type HeardBoots = ReadonlyMap<string, BootNews>

/** As the platform filters: a boot that is heard of stands where it would be listed. */
export function fits(boot: Boot, { state, machine, image, site }: BootFilter): boolean {
  return (
    (state === undefined || boot.state === state) &&
    (machine === undefined || boot.mac === machine) &&
    (image === undefined || boot.release?.split('@')[0] === image) &&
    (site === undefined || boot.site === site)
  )
}

export function withNews(heard: HeardBoots, news: readonly BootNews[]): HeardBoots {
  const next = new Map(heard)
  for (const one of news) {
    const { id } = one.boot
    // A change of the state alone says no event: what happened last is still that.
    const event = one.event ?? next.get(id)?.event
    next.delete(id)
    next.set(id, { boot: one.boot, ...(event !== undefined && { event }) })
  }
  return next
}

/** Without what was heard until then: a list that was made later has it. */
export const without = (heard: HeardBoots, old: HeardBoots): HeardBoots =>
  new Map([...heard].filter(([id, news]) => old.get(id) !== news))

type Listed = {
  /** The newest first, as the platform lists them. */
  readonly listed: readonly Boot[]
  /** Older ones are not listed yet. */
  readonly hasMore: boolean
}

/**
 * A list with what was heard since it was made: boots that are new stand where they belong, those that have changed
 * are as they are now, those that do not fit any more are gone. Grows with both.
 */
export function merged({ listed, hasMore }: Listed, heard: HeardBoots, filter: BootFilter): readonly Boot[] {
  const oldest = listed.at(-1)?.id
  const isHere = (id: string) => !hasMore || oldest === undefined || id >= oldest
  const boots = new Map(listed.map((boot) => [boot.id, boot]))
  for (const [id, { boot }] of heard) {
    const known = boots.get(id)
    if (known !== undefined && isNewer(known, boot)) continue
    if (known !== undefined || isHere(id)) boots.set(id, boot)
  }
  return [...boots.values()].filter((boot) => fits(boot, filter)).sort((a, b) => (a.id < b.id ? 1 : -1))
}

/** What only repeats itself is not told: then a list knows more than what was heard. */
const isNewer = (listed: Boot, heard: Boot): boolean =>
  listed.events > heard.events || (listed.events === heard.events && listed.lastAt > heard.lastAt)
