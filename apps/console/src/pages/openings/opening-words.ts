import type { Opening, OpeningCriteria } from '@bootcast/contract'
import { criterionTexts, openingTexts } from '../../texts/openings.ts'

const kinds = Object.keys(criterionTexts) as (keyof OpeningCriteria)[]

/** What an opening demands of machines, a piece each; none: every machine. */
export const demandsOf = (criteria: Opening['machines']): readonly string[] =>
  kinds.flatMap((kind) => {
    const value = criteria[kind]
    return value === undefined ? [] : [criterionTexts[kind](value)]
  })

export const machinesText = (criteria: Opening['machines']): string =>
  demandsOf(criteria).join(', ') || openingTexts.everybody

/** Whether every machine that comes fits: none of what is demanded keeps anybody away. */
export const isWide = (criteria: OpeningCriteria): boolean =>
  Object.entries(criteria).every(
    ([kind, value]) =>
      value === undefined ||
      (kind === 'subnet' && value.endsWith('/0')) ||
      (kind === 'product' && value === '*'),
  )

/** The state at a moment after it was told: what ends by the clock has ended without being told again. */
export function stateAt({ state, from, until }: Opening, now: Date): Opening['state'] {
  if (state !== 'open' && state !== 'planned') return state
  if (until !== undefined && new Date(until) <= now) return 'over'
  return new Date(from) <= now ? 'open' : 'planned'
}

export const isCurrent = (state: Opening['state']): boolean => state === 'open' || state === 'planned'
