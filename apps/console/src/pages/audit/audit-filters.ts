import { type CallInput, routes } from '@bootcast/contract'
import { z } from 'zod'

export const spanNames = ['hour', 'day', 'week', 'month', 'all', 'own'] as const
export type SpanName = (typeof spanNames)[number]
export const outcomeNames = ['all', 'done', 'refused'] as const
export type Outcome = (typeof outcomeNames)[number]

const text = (most: number) => z.string().min(1).max(most).optional().catch(undefined)
const moment = z.iso.datetime().optional().catch(undefined)

/** What is asked for, as it stands in the address. `since` and `until` count with the span `own`. */
export const auditSearchSchema = z.object({
  who: text(256),
  action: text(64),
  about: text(256),
  span: z.enum(spanNames).optional().catch(undefined),
  since: moment,
  until: moment,
  outcome: z.enum(outcomeNames).optional().catch(undefined),
})
export type AuditSearch = z.infer<typeof auditSearchSchema>

const hourMs = 3_600_000
const spans: Readonly<Partial<Record<SpanName, number>>> = {
  hour: hourMs,
  day: 24 * hourMs,
  week: 7 * 24 * hourMs,
  month: 30 * 24 * hourMs,
}

export type AuditQuery = CallInput<'listAudit'>['query']

/** What the platform is asked; spans end at `now`. */
export function auditQueryOf(
  { span = 'all', outcome = 'all', ...search }: AuditSearch,
  now: Date,
): AuditQuery {
  const { who, action, about, since, until } = search
  const length = spans[span]
  return {
    ...(who !== undefined && { who }),
    ...(action !== undefined && { action }),
    ...(about !== undefined && { about }),
    ...(length !== undefined && { since: new Date(now.getTime() - length).toISOString() }),
    ...(span === 'own' && since !== undefined && { since }),
    ...(span === 'own' && until !== undefined && { until }),
    ...(outcome !== 'all' && { refused: outcome === 'refused' ? ('true' as const) : ('false' as const) }),
  }
}

/** What machines want, and people at their screens; the rest are the calls that change something. */
const besideCalls = ['boot', 'bootSignIn', 'bootSignInDenied', 'commandSignIn', 'signIn'] as const

export const knownActions: readonly string[] = [
  ...new Set([
    ...besideCalls,
    ...Object.entries(routes).flatMap(([name, { method }]) =>
      method === 'GET' || method === 'HEAD' ? [] : [name],
    ),
  ]),
].sort()

/** Between the field of a browser (local time, no zone) and the address (UTC). */
export const localText = (iso: string | undefined): string => {
  if (iso === undefined) return ''
  const at = new Date(iso)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`
}

export const utcOf = (local: string): string | undefined => {
  const at = new Date(local)
  return local === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}
