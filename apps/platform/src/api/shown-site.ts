import type { WarmOrder as ShownOrder, Site as ShownSite } from '@bootcast/contract'
import type { SiteReport } from '@bootcast/uplink'
import type { Site, WarmOrder } from '../sites/site.ts'

/** A connected site asks for news at least every half minute. */
const awayAfterMs = 90_000

/** A site as the API gives it; `via` is the name of the one that it asks. */
export function shownSite(site: Site, via: string | undefined, at: number): ShownSite {
  const { id, name, images, settings, report, revokedAt, joinedAt, lastContactAt, token } = site
  return {
    ...{ id, name, images: images === 'all' ? images : [...images] },
    ...(via !== undefined && { via }),
    state: stateOf(site, at),
    createdAt: timeText(site.createdAt),
    createdBy: site.createdBy,
    ...(token !== undefined && token.expiresAt > at && { tokenExpiresAt: timeText(token.expiresAt) }),
    ...(joinedAt !== undefined && { joinedAt: timeText(joinedAt) }),
    ...(revokedAt !== undefined && { revokedAt: timeText(revokedAt) }),
    ...(lastContactAt !== undefined && { lastContactAt: timeText(lastContactAt) }),
    settings: { ...settings, pins: [...settings.pins] },
    warm: site.warm.map((order) => shownOrder(order, report)),
    ...(report === undefined ? { health: { problems: [] } } : told(report)),
  }
}

/** What the site says of itself. */
function told({ version, cache, served, boots, problems }: SiteReport) {
  const { bytes, cachedBytes, wanBytes } = served
  return {
    version,
    cache: {
      bytes: cache.bytes,
      quotaBytes: cache.quotaBytes,
      releases: cache.releases.map(({ lastUsedAt, ...release }) => ({
        ...release,
        ...(lastUsedAt !== undefined && { lastUsedAt: timeText(lastUsedAt) }),
      })),
    },
    served: {
      ...{ bytes, wanBytes },
      hitRate: bytes === 0 ? 0 : Math.min(1, cachedBytes / bytes),
      savedBytes: Math.max(0, bytes - wanBytes),
    },
    boots,
    health: { problems },
  }
}

function stateOf({ revokedAt, joinedAt, lastContactAt }: Site, at: number): ShownSite['state'] {
  if (revokedAt !== undefined) return 'revoked'
  if (joinedAt === undefined) return 'waiting to join'
  return at - (lastContactAt ?? joinedAt) < awayAfterMs ? 'connected' : 'away'
}

/** An order, and how far it is by what the site told last. */
export function shownOrder(order: WarmOrder, report: SiteReport | undefined): ShownOrder {
  const { id, reference, release, orderedAt, orderedBy, isCancelled } = order
  const { state, doneBytes, totalBytes, error } = report?.warm.find((one) => one.id === id) ?? notTold
  return {
    ...{ id, reference, release, doneBytes, totalBytes, orderedBy },
    orderedAt: timeText(orderedAt),
    state: isCancelled ? 'cancelled' : state,
    ...(error !== undefined && !isCancelled && { error }),
  }
}

const notTold = { state: 'ordered', doneBytes: 0, totalBytes: 0, error: undefined } as const

/** Of hearsay: a clock beyond what a date can hold (ECMA-262, 8.64e15 ms) must not keep anybody from seeing the rest. */
const timeText = (at: number): string => new Date(Math.min(at, latest)).toISOString()
const latest = Date.UTC(9999, 11, 31)
