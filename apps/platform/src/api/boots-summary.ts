import type { BootState, BootsSummary } from '@bootcast/contract'
import type { BootSums } from '../boots/boot-sums.ts'
import { hourMs } from '../boots/boot-sums.ts'

/** What a site told of its cache last: bytes of all time. */
export type SavedAtSite = {
  readonly site: string
  readonly servedBytes: number
  readonly savedBytes: number
}

type Summed = BootSums & { readonly hours: readonly number[] }
type Sum = Pick<BootSums['bySite'][number], 'state' | 'boots' | 'bytes'>

const succeeded: ReadonlySet<BootState> = new Set(['started', 'done'])

/** Sums of boots as the API gives them. */
export function shownSummary(sums: Summed, saved: readonly SavedAtSite[], until: number): BootsSummary {
  const { hours, byHour, bySite, knownSince } = sums
  const [since = until] = hours
  const all = totalOf(bySite)
  const ended = all.succeeded + all.failed
  return {
    since: timeText(since),
    until: timeText(until),
    ...(knownSince !== undefined && { knownSince: timeText(knownSince) }),
    ...all,
    states: statesOf(bySite),
    ...(ended > 0 && { successRate: all.succeeded / ended }),
    hours: hoursOf(hours, byHour),
    sites: sitesOf(bySite, saved),
  }
}

/** From a moment that is asked for, or a day ago, and not from earlier than what is summed at once. */
export function sinceOf(asked: string | undefined, now: number, mostHours: number): number {
  const since = asked === undefined ? now - 24 * hourMs : Date.parse(asked)
  return Math.max(now - mostHours * hourMs, Math.min(now, since))
}

function totalOf(sums: readonly Sum[]) {
  const total = { boots: 0, succeeded: 0, failed: 0, bytes: 0 }
  for (const { state, boots, bytes } of sums) {
    total.boots += boots
    total.bytes += bytes
    if (succeeded.has(state)) total.succeeded += boots
    if (state === 'failed') total.failed += boots
  }
  return total
}

function statesOf(sums: readonly Sum[]): BootsSummary['states'] {
  const states = { booting: 0, waiting: 0, started: 0, done: 0, failed: 0, abandoned: 0 }
  for (const { state, boots } of sums) states[state] += boots
  return states
}

function hoursOf(hours: readonly number[], byHour: BootSums['byHour']): BootsSummary['hours'] {
  const ofHour = Map.groupBy(byHour, ({ hour }) => hour)
  return hours.map((at, n) => {
    const sums = ofHour.get(n) ?? []
    const siteBytes = sums.reduce((sum, { isAtSite, bytes }) => sum + (isAtSite ? bytes : 0), 0)
    return { at: timeText(at), ...totalOf(sums), siteBytes }
  })
}

function sitesOf(bySite: BootSums['bySite'], saved: readonly SavedAtSite[]): BootsSummary['sites'] {
  const ofSite = Map.groupBy(bySite, ({ site }) => site)
  const savedAt = new Map(saved.map(({ site, ...bytes }) => [site, bytes]))
  const names = new Set([...ofSite.keys(), ...savedAt.keys()].filter((name) => name !== undefined))
  const platform = ofSite.get(undefined)
  return [
    ...(platform === undefined ? [] : [totalOf(platform)]),
    ...[...names].sort().map((site) => ({
      site,
      ...totalOf(ofSite.get(site) ?? []),
      ...(savedAt.has(site) && { saved: savedAt.get(site) }),
    })),
  ]
}

const timeText = (at: number): string => new Date(at).toISOString()
