import type { BootNews, Boot as ShownBoot, TimelineEvent } from '@bootcast/contract'
import type { Boot, Line } from '../boots/boot.ts'
import { mostHours } from '../boots/boot-sums.ts'
import type { Boots } from '../boots/boots.ts'
import { type SavedAtSite, shownSummary, sinceOf } from './boots-summary.ts'
import type { Handlers } from './handlers.ts'

export type BootHandlersOptions = {
  readonly boots: Pick<Boots, 'list' | 'find' | 'sums'>
  /** What the caches of sites have saved so far, as they told last. */
  readonly savedAtSites: () => Promise<readonly SavedAtSite[]>
  readonly now?: () => number
}

export function bootHandlers({
  boots,
  savedAtSites,
  now = Date.now,
}: BootHandlersOptions): Pick<Handlers, 'listBoots' | 'showBoot' | 'summarizeBoots'> {
  return {
    async summarizeBoots({ query: { since, ...wanted } }) {
      const sums = await boots.sums({ since: sinceOf(since, now(), mostHours), ...wanted })
      const saved = await savedAtSites()
      // Caches are of sites: what they saved is not known by machine or by image.
      const isOfAll = wanted.image === undefined && wanted.machine === undefined
      const shown = saved.filter(({ site }) => isOfAll && (wanted.site ?? site) === site)
      return shownSummary(sums, shown, now())
    },
    async listBoots({ query }) {
      const { since, ...rest } = query
      const { items, next } = await boots.list({ ...rest, ...(since && { since: Date.parse(since) }) })
      return { items: items.map(shownBoot), ...(next !== undefined && { next }) }
    },
    async showBoot({ params }) {
      const { boot, lines } = await boots.find(params.id)
      // Words of the system take the place of earlier ones.
      const timeline = lines.toSorted((one, other) => one.at - other.at).map(shownLine)
      return { ...shownBoot(boot), timeline }
    },
  }
}

/** A message of the stream. */
export function shownNews(boot: Boot, line: Line | undefined): BootNews {
  return { boot: shownBoot(boot), ...(line !== undefined && { event: shownLine(line) }) }
}

function shownBoot({ facts, ...boot }: Boot): ShownBoot {
  const { firmware, architecture, product, address, version, decided, user, bytes, startedAt } = facts
  return {
    id: boot.id,
    mac: boot.mac,
    site: facts.site,
    state: boot.state,
    cause: boot.cause,
    beganAt: timeText(boot.beganAt),
    lastAt: timeText(boot.lastAt),
    startedAt: startedAt === undefined ? undefined : timeText(startedAt),
    closedAt: boot.closedAt === undefined ? undefined : timeText(boot.closedAt),
    firmware,
    architecture,
    product,
    address,
    loader: version,
    release: decided?.release,
    user,
    bytes,
    events: boot.lines,
    dropped: boot.dropped === 0 ? undefined : boot.dropped,
  }
}

function shownLine({ at, until, ...line }: Line): TimelineEvent {
  return { ...line, at: timeText(at), ...(until !== undefined && { until: timeText(until) }) }
}

const timeText = (at: number): string => new Date(at).toISOString()
