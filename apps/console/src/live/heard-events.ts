import type { BootDetail, BootNews, TimelineEvent } from '@bootcast/contract'

/** What was heard of one boot since it was shown. */
export type HeardOfBoot = {
  readonly boot: BootNews['boot'] | undefined
  /** By their place in the timeline: bounded as that is, 120. */
  readonly events: ReadonlyMap<number, TimelineEvent>
}

export const nothingHeard: HeardOfBoot = { boot: undefined, events: new Map() }

export function withHeard(heard: HeardOfBoot, { boot, event }: BootNews): HeardOfBoot {
  return { boot, events: event === undefined ? heard.events : new Map(heard.events).set(event.n, event) }
}

/** A boot as it is now: what was heard takes the place of what was answered, and what is new comes behind. */
export function asOfNow(detail: BootDetail, { boot, events }: HeardOfBoot): BootDetail {
  const timeline = new Map(detail.timeline.map((event) => [event.n, event]))
  for (const [n, event] of events) {
    const known = timeline.get(n)
    if (known === undefined || lastOf(event) >= lastOf(known)) timeline.set(n, event)
  }
  const isHeard = boot !== undefined && boot.events >= detail.events && boot.lastAt >= detail.lastAt
  return {
    // Absent keys of news take away what the answer had: a cause that is taken back, for instance.
    ...(isHeard ? boot : detail),
    timeline: [...timeline.values()].sort((a, b) => (a.at === b.at ? a.n - b.n : a.at < b.at ? -1 : 1)),
  }
}

const lastOf = ({ at, until }: TimelineEvent): string => until ?? at
