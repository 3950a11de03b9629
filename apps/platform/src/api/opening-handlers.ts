import type { OpeningCriteria } from '@bootcast/boot'
import type { Opening as ShownOpening } from '@bootcast/contract'
import type { OpeningRegister } from '../openings/opening-register.ts'
import type { KeptOpening, OpeningStore } from '../openings/opening-store.ts'
import { SiteNotFound, SiteRevoked } from '../sites/site.ts'
import type { SiteStore } from '../sites/site-store.ts'
import type { Handlers } from './handlers.ts'
import { Refused } from './problem-response.ts'

type OpeningCalls = 'listOpenings' | 'addOpening' | 'closeOpening'
export type OpeningHandlersOptions = {
  readonly openings: OpeningRegister
  readonly store: OpeningStore
  readonly sites: Pick<SiteStore, 'byName'>
  readonly now?: () => number
}

export function openingHandlers({
  openings,
  store,
  sites,
  now = Date.now,
}: OpeningHandlersOptions): Pick<Handlers, OpeningCalls> {
  return {
    async listOpenings({ query }) {
      const { items, next } = await store.list(query)
      return { items: items.map((opening) => shown(opening, now())), ...(next !== undefined && { next }) }
    },
    async addOpening({ body, user }) {
      const at = now()
      const opensAt = body.from === undefined ? at : Date.parse(body.from)
      const closesAt = body.until === undefined ? undefined : Date.parse(body.until)
      if (closesAt !== undefined && closesAt <= Math.max(at, opensAt))
        throw new Refused('invalid_request', 'The opening would end before it begins')
      if (body.machines.site !== undefined) await checkSite(sites, body.machines.site)
      const added = await openings.add({
        reference: body.image,
        criteria: withoutAbsent(body.machines),
        boots: body.boot,
        opensAt,
        closesAt,
        times: body.times,
        createdAt: at,
        createdBy: user,
      })
      return shown(added, at)
    },
    async closeOpening({ params, user }) {
      return shown(await openings.close(params.id, user), now())
    },
  }
}

function shown(opening: KeptOpening, at: number): ShownOpening {
  const { id, reference, criteria, boots, opensAt, closesAt, times, used, closedAt } = opening
  return {
    id,
    image: reference,
    machines: criteria,
    boot: boots,
    from: timeText(opensAt),
    ...(closesAt !== undefined && { until: timeText(closesAt) }),
    ...(times !== undefined && { times }),
    used,
    state: stateOf(opening, at),
    createdAt: timeText(opening.createdAt),
    createdBy: opening.createdBy,
    ...(closedAt !== undefined && { closedAt: timeText(closedAt) }),
    ...(opening.closedBy !== undefined && { closedBy: opening.closedBy }),
  }
}

function stateOf(
  { opensAt, closesAt, closedBy, times, used }: KeptOpening,
  at: number,
): ShownOpening['state'] {
  if (closedBy !== undefined) return 'closed'
  if (closesAt !== undefined && closesAt <= at) return 'over'
  if (times !== undefined && used >= times) return 'used up'
  return opensAt > at ? 'planned' : 'open'
}

/** @throws {SiteNotFound | SiteRevoked} */
async function checkSite(sites: Pick<SiteStore, 'byName'>, name: string): Promise<void> {
  const site = await sites.byName(name)
  // Machines have the name of their site, not its id.
  if (site.name !== name) throw new SiteNotFound(name)
  if (site.revokedAt !== undefined) throw new SiteRevoked(name)
}

/** Criteria that were not named are absent. */
const withoutAbsent = (machines: Readonly<Record<string, string | undefined>>): OpeningCriteria =>
  Object.fromEntries(Object.entries(machines).filter(([, value]) => value !== undefined))

const timeText = (at: number): string => new Date(at).toISOString()
