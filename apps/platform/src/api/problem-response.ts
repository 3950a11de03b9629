import { BlobCorrupt, BlobMissing, BlobTooLarge, StoreFull } from '@bootcast/content'
import { type Problem, type ProblemCode, problems } from '@bootcast/contract'

export type ProblemResponse = {
  readonly problem: Problem
  readonly headers: Readonly<Record<string, string>>
}

/** A request that cannot be served as it is; thrown by handlers that have no error of their own to throw. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: ProblemCode

  constructor(code: ProblemCode, detail: string) {
    super(detail)
    this.code = code
  }
}

/** Errors of Fastify before any handler, in words for the caller. Their codes are documented by Fastify. */
const ofFastify: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty, and this call needs a JSON object',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than this call takes (most take 256 KiB)',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body has another length than its Content-Length',
  FST_ERR_CTP_INVALID_MEDIA_TYPE:
    'The Content-Type must be application/json, for bytes application/octet-stream',
  FST_ERR_BAD_URL: 'The path is not valid percent-encoding',
}

type Failing = Error & {
  readonly code?: unknown
  readonly errcode?: unknown
  readonly statusCode?: number
  readonly retrySeconds?: number
  readonly validation?: readonly { readonly instancePath: string; readonly message?: string }[]
  readonly validationContext?: string
}

/**
 * The one place where an error becomes an answer. Errors with a code of the contract say themselves what happened;
 * anything else is a failure of ours: the caller gets `incident`, and the log has the rest.
 */
export function problemResponse(error: unknown, incident: string): ProblemResponse {
  const failing: Failing = error instanceof Error ? error : new Error(String(error))
  if (failing.validation !== undefined) return invalid(failing)
  const code = codeOf(failing)
  if (code === 'internal') {
    const detail = `This is a failure of Bootcast. Its log tells more; look for ${incident}`
    return { problem: problemOf('internal', detail), headers: {} }
  }
  const detail = ofFastify[String(failing.code)] ?? wordsFor(failing)
  return { problem: problemOf(code, detail), headers: headersOf(code, failing) }
}

export function problemOf(code: ProblemCode, detail: string, errors?: Problem['errors']): Problem {
  const { status, title } = problems[code]
  return { type: `urn:bootcast:problem:${code}`, title, status, code, detail, ...(errors && { errors }) }
}

/** PostgreSQL's disk_full, and SQLITE_FULL. */
const isDatabaseFull = ({ code, errcode }: Failing): boolean => code === '53100' || errcode === 13

function codeOf(failing: Failing): ProblemCode {
  const { code, statusCode } = failing
  if (isDatabaseFull(failing)) return 'store_full'
  if (typeof code !== 'string') return statusCode === 400 ? 'invalid_request' : 'internal'
  // Fastify puts its 400 on the error of a body that was cut off; the database's ECONNRESET has none.
  if (code === 'ECONNRESET' && statusCode === 400) return 'invalid_request'
  if (Object.hasOwn(problems, code)) return code as ProblemCode
  return Object.hasOwn(ofFastify, code) ? 'invalid_request' : 'internal'
}

function headersOf(code: ProblemCode, { retrySeconds }: Failing): Record<string, string> {
  if (retrySeconds !== undefined) return { 'retry-after': String(retrySeconds) }
  return code === 'not_signed_in' ? { 'www-authenticate': 'Bearer' } : {}
}

const mostErrors = 20

function invalid({ validation = [], validationContext = 'request' }: Failing): ProblemResponse {
  const errors = validation.slice(0, mostErrors).map(({ instancePath, message = 'is not allowed' }) => ({
    path: [validationContext, ...instancePath.split('/').filter((part) => part !== '')]
      .join('.')
      .slice(0, 200),
    message: message.slice(0, 300),
  }))
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ')
  return { problem: problemOf('invalid_request', detail, errors), headers: {} }
}

/** The store speaks of blobs and limits; callers know files and options. */
function wordsFor(failing: Failing): string {
  if (failing instanceof BlobTooLarge)
    return `The file is larger than ${failing.limitBytes} bytes, the most that this platform takes (--max-upload)`
  if (failing instanceof BlobCorrupt)
    return `The bytes that arrived are ${failing.actual}, announced were ${failing.expected}; nothing was kept`
  if (failing instanceof BlobMissing) return `There is no file ${failing.digest} here`
  if (failing instanceof StoreFull)
    return 'The disk of the platform is full; nothing was kept. Make room and upload again'
  return failing.message
}
