import type { BootState } from './boot.ts'

/** Boots that began in these hours, each of them 3,600,000 ms from where it begins. */
export type SumsQuery = {
  /** Milliseconds since 1970, ascending; at most 31 days of them. */
  readonly hours: readonly number[]
  readonly machine?: string | undefined
  readonly image?: string | undefined
  /** Of machines at the site of this name. */
  readonly site?: string | undefined
}

type Sum = { readonly state: BootState; readonly boots: number; readonly bytes: number }

/** Counts by what they have in common; what there is none of is absent. */
export type BootSums = {
  /** `hour`: its place in the query. */
  readonly byHour: readonly (Sum & { readonly hour: number; readonly isAtSite: boolean })[]
  /** `site` absent: the platform itself. */
  readonly bySite: readonly (Sum & { readonly site: string | undefined })[]
  /** When the oldest boot began that is known at all, whatever was asked for; absent: none is. */
  readonly knownSince: number | undefined
}

export const hourMs = 3_600_000
/** More are not summed at once: boots are forgotten after 30 days. */
export const mostHours = 31 * 24

/** The hours from a moment on until another; the last one may end later. */
export function hoursBetween(since: number, until: number): readonly number[] {
  const count = Math.min(mostHours, Math.max(1, Math.ceil((until - since) / hourMs)))
  return Array.from({ length: count }, (_, n) => since + n * hourMs)
}
