import type { OpeningCriteria } from '@bootcast/boot'
import type { Machine } from '@bootcast/catalogue'
import type { Opening as ShownOpening } from '@bootcast/contract'
import type { MachineRegister } from '../machines/machine-register.ts'
import type { MachineStore } from '../machines/machine-store.ts'
import type { OpeningRegister } from '../openings/opening-register.ts'
import type { KeptOpening, OpeningStore } from '../openings/opening-store.ts'
import { previewOpening } from '../openings/preview-opening.ts'
import { SiteNotFound, SiteRevoked } from '../sites/site.ts'
import type { SiteStore } from '../sites/site-store.ts'
import type { Handlers } from './handlers.ts'
import { Refused } from './problem-response.ts'

type OpeningCalls = 'listOpenings' | 'previewOpening' | 'addOpening' | 'closeOpening'
export type OpeningHandlersOptions = {
  readonly openings: OpeningRegister
  readonly store: OpeningStore
  readonly sites: Pick<SiteStore, 'byName'>
  readonly machines: Pick<MachineStore, 'list'>
  readonly register: Pick<MachineRegister, 'written'>
  readonly now?: () => number
}

export function openingHandlers({
  openings,
  store,
  sites,
  machines,
  register,
  now = Date.now,
}: OpeningHandlersOptions): Pick<Handlers, OpeningCalls> {
  return {
    async listOpenings({ query }) {
      const at = now()
      const { state, ...rest } = query
      const { items, next } = await store.list({ ...rest, state: state && { is: state, at } })
      return { items: items.map((opening) => shown(opening, at)), ...(next !== undefined && { next }) }
    },
    async previewOpening({ query }) {
      await register.written()
      const preview = await previewOpening(machines, withoutAbsent(query))
      return { ...preview, machines: preview.machines.map(previewed) }
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

const previewed = ({ mac, manufacturer, product, serial, address, site, lastSeenAt }: Machine) => ({
  ...{ mac, manufacturer, product, serial, address, site },
  ...(lastSeenAt !== undefined && { lastSeenAt: timeText(lastSeenAt) }),
})

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
