import { ApiError, Unreachable } from '@bootcast/contract'
import { RegistryRefused, Unreadable } from '@bootcast/image'

/** Documented in docs/operate/cli.md; scripts rely on them. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, refused: 3, unreachable: 4, interrupted: 130 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

type FailureText = { readonly code: string; readonly why?: string; readonly todo?: string }

/** The command stops here: what happened (message), why, and what to do. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: string
  readonly exitCode: ExitCode
  readonly why: string | undefined
  readonly todo: string | undefined

  constructor(what: string, { code, why, todo }: FailureText, exitCode: ExitCode = exitCodes.failed) {
    super(what)
    this.code = code
    this.exitCode = exitCode
    this.why = why
    this.todo = todo
  }

  /** The same with other words for what happened. */
  about(what: string): Failure {
    const { code, why, todo, exitCode } = this
    const text = { code, ...(why !== undefined && { why }), ...(todo !== undefined && { todo }) }
    return new Failure(what, text, exitCode)
  }
}

/** The command line itself is wrong. */
export function usageFailure(what: string, todo?: string): Failure {
  return new Failure(what, { code: 'usage', ...(todo !== undefined && { todo }) }, exitCodes.usage)
}

/** Any error as what a user reads. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (error instanceof ApiError) return refusal(error)
  if (error instanceof Unreachable) return unreachable(error)
  if (error instanceof Error && error.name === 'TimeoutError')
    return new Failure(
      'The platform does not answer in time.',
      { code: 'unreachable', todo: 'Look at its log, then try again.' },
      exitCodes.unreachable,
    )
  if (error instanceof Error && error.name === 'AbortError')
    return new Failure('Interrupted.', { code: 'interrupted' }, exitCodes.interrupted)
  if (error instanceof Unreadable || error instanceof RegistryRefused)
    return new Failure(error.message, { code: error.code })
  return new Failure(error instanceof Error ? error.message : String(error), { code: 'failed' })
}

/** Other refusals are `failed`. */
const exitCodeOfStatus: Readonly<Record<number, ExitCode>> = {
  401: exitCodes.refused,
  403: exitCodes.refused,
  429: exitCodes.refused,
  503: exitCodes.unreachable,
}

function refusal(error: ApiError): Failure {
  const { status, title, detail, errors = [] } = error.problem
  const lines = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  const same = detail.toLowerCase().startsWith(title.toLowerCase())
  const why = (lines.length > 0 ? lines : same ? [] : [detail]).join('\n')
  const text = {
    code: error.code,
    ...(why !== '' && { why }),
    ...(error.code === 'not_signed_in' && {
      todo: 'Sign in: bootcast sign-in URL --user NAME, or with --browser',
    }),
  }
  const what = `${(same ? detail : title).replace(/\.$/, '')}.`
  return new Failure(what, text, exitCodeOfStatus[status] ?? exitCodes.failed)
}

/** Reasons of the network that need no expert, by the code that Node gives them. */
const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there. Is the platform running, and is the port right?',
  ENOTFOUND: 'The name is not known here. Is it spelled right, and does DNS know it?',
  EAI_AGAIN: 'The DNS server does not answer.',
  EHOSTUNREACH: 'There is no way to that machine on the network.',
  ENETUNREACH: 'There is no way to that network.',
  ETIMEDOUT: 'The connection timed out. Does a firewall stand between?',
  UND_ERR_CONNECT_TIMEOUT: 'The connection timed out. Does a firewall stand between?',
  UND_ERR_HEADERS_TIMEOUT: 'It took the request and did not answer.',
  ECONNRESET: 'The connection was cut.',
  EPIPE: 'The connection was cut.',
  UND_ERR_SOCKET: 'The connection was cut.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'It does not speak TLS. Is it http:// rather than https://?',
}

function unreachable(error: Unreachable): Failure {
  const why = networkReason(error.cause)
  const text = {
    code: 'unreachable',
    ...(why !== undefined && { why }),
    todo: 'Check the address and the platform, then run the command again.',
  }
  return new Failure(`${error.message}.`, text, exitCodes.unreachable)
}

function networkReason(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined
  const code = 'code' in cause ? String(cause.code) : ''
  const known = networkReasons[code]
  if (known !== undefined) return known
  if (cause.cause !== undefined) return networkReason(cause.cause)
  return cause.name === 'ZodError' ? 'Its answer has another form. Is it of another version?' : cause.message
}
