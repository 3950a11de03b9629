import { SignInRefused } from '@bootcast/boot'
import { z } from 'zod'

/** Every error that the uplink itself answers, and those that handlers share with it: code → HTTP status. */
export const uplinkProblems = {
  invalid_request: 400,
  csr_refused: 422,
  /** No certificate, or one that is over, or of nobody we believe. */
  not_a_site: 401,
  sign_in_failed: 401,
  /** The token was used, is too old, or was never given out. */
  token_refused: 403,
  site_revoked: 403,
  forbidden: 403,
  not_found: 404,
  site_not_found: 404,
  blob_missing: 404,
  release_not_found: 404,
  machine_not_found: 404,
  method_not_allowed: 405,
  too_large: 413,
  range_not_in_blob: 416,
  too_many_attempts: 429,
  too_many_requests: 429,
  internal: 500,
  directory_unreachable: 503,
  /** Who answers is a site, and its own upstream is away. */
  upstream_away: 503,
  stopping: 503,
} as const satisfies Record<string, number>
export type UplinkProblemCode = keyof typeof uplinkProblems

/** The body of an error answer: RFC 9457, media type `application/problem+json`, as the API of the platform has it. */
export const uplinkProblemSchema = z.object({
  status: z.int().min(400).max(599),
  code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
  detail: z.string().transform((text) => text.slice(0, 2000)),
})
export type UplinkProblem = z.output<typeof uplinkProblemSchema>

/** A request that is not answered, and why. */
export class UplinkRefused extends Error {
  override readonly name = 'UplinkRefused'
  readonly code: UplinkProblemCode
  readonly retrySeconds: number | undefined

  constructor(code: UplinkProblemCode, detail: string, retrySeconds?: number) {
    super(detail)
    this.code = code
    this.retrySeconds = retrySeconds
  }
}

export type ProblemAnswer = { readonly problem: UplinkProblem; readonly retrySeconds: number | undefined }

type Failing = { code?: unknown; status?: unknown; retrySeconds?: unknown; message?: unknown }

const signInCodes = {
  wrong: 'sign_in_failed',
  locked: 'too_many_attempts',
  away: 'directory_unreachable',
  'cut-off': 'upstream_away',
} as const satisfies Record<SignInRefused['why'], UplinkProblemCode>

/**
 * What a caller is told of an error. One with a code of the table, or with a code and an HTTP status of its own, says
 * itself what happened. `undefined`: a failure of ours.
 */
export function problemOf(error: unknown): ProblemAnswer | undefined {
  if (error instanceof z.ZodError) return answer('invalid_request', 400, { message: wordsFor(error) })
  if (!(error instanceof Error)) return undefined
  const failing: Failing = error
  if (error instanceof SignInRefused) {
    const code = signInCodes[error.why]
    return answer(code, uplinkProblems[code], failing)
  }
  const code = String(failing.code)
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(code) || code === 'internal') return undefined
  const status = Object.hasOwn(uplinkProblems, code)
    ? uplinkProblems[code as UplinkProblemCode]
    : Number(failing.status)
  return status >= 400 && status <= 599 ? answer(code, status, failing) : undefined
}

function answer(code: string, status: number, { message, retrySeconds }: Failing): ProblemAnswer {
  return {
    problem: { code, status, detail: String(message).slice(0, 2000) },
    retrySeconds: typeof retrySeconds === 'number' ? retrySeconds : undefined,
  }
}

const mostIssues = 10

const wordsFor = ({ issues }: z.ZodError): string =>
  issues
    .slice(0, mostIssues)
    .map(({ path, message }) => `${path.join('.').slice(0, 200) || 'body'}: ${message.slice(0, 200)}`)
    .join('; ')
