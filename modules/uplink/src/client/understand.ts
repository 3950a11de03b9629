import type { z } from 'zod'
import { uplinkProblemSchema } from '../problems.ts'
import type { Received } from './exchange.ts'
import { SiteRevoked, UpstreamAway, UpstreamRefused } from './upstream-errors.ts'

/** What an answer says. @throws {UpstreamRefused | SiteRevoked | UpstreamAway} */
export function understood<S extends z.ZodType>(received: Received, schema: S, where: string): z.output<S> {
  if (received.status !== 200) throw failureOf(received, where)
  const found = schema.safeParse(jsonOrUndefined(received.body))
  if (found.success) return found.data
  throw new UpstreamAway(`${where} does not answer as an upstream does`, { cause: found.error })
}

/** These say that the upstream cannot answer, not that it will not. */
const awayCodes: ReadonlySet<string> = new Set(['internal', 'stopping', 'upstream_away'])

/** What an answer that is no success says. */
export function failureOf({ status, headers, body }: Received, where: string): Error {
  const found = uplinkProblemSchema.safeParse(jsonOrUndefined(body))
  if (!found.success) return new UpstreamAway(`${where} answered ${status}, but not as an upstream does`)
  const { code, detail } = found.data
  if (awayCodes.has(code)) return new UpstreamAway(`${where} answered: ${detail}`, { cause: { code } })
  const seconds = Number(headers['retry-after'])
  const retrySeconds = seconds > 0 ? seconds : undefined
  const problem = { code, status: found.data.status, detail, retrySeconds }
  return code === 'site_revoked' ? new SiteRevoked(problem) : new UpstreamRefused(problem)
}

/** One call of the upstream went wrong there; others may well be answered. */
export const isOnlyThisCall = (error: UpstreamAway): boolean =>
  error.cause instanceof Object && 'code' in error.cause && error.cause.code === 'internal'

function jsonOrUndefined(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}
