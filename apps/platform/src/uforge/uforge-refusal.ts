import { problemResponse } from '../api/problem-response.ts'
import * as types from './documents/schema.ts'
import { writeDocument } from './documents/write-document.ts'

/** An answer for clients of UForge, by whatever serves it. */
export type UforgeAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Clients compare it as it stands: a charset behind it, and they do not read the document. */
export const uforgeContentType = 'application/xml'

export type Asked = {
  readonly method: string
  readonly url: string
  /** How the log names the request. */
  readonly incident: string
}

/** Longer paths are of nobody who reads the answer. */
const longestUri = 500

/**
 * The one place where an error becomes an answer for clients of UForge: a uforgeError, whatever happened, since their
 * reader knows nothing else. A 401 carries the challenge without which iPXE and browsers send no password.
 */
export function uforgeRefusal(error: unknown, { method, url, incident }: Asked): UforgeAnswer {
  const { problem, headers } = problemResponse(error, incident)
  const { 'www-authenticate': _, ...others } = headers
  const body = writeDocument('uforgeError', types.uforgeError, {
    localizedErrorMsg: { message: problem.detail, messageId: problem.code, parameters: [] },
    requestMethod: method,
    // Without the query: it may hold a signature or a one-time key.
    requestUri: (url.split('?', 1)[0] ?? '').slice(0, longestUri),
    statusCode: problem.status,
    timestamp: Date.now(),
  })
  const challenge = problem.status === 401 ? { 'www-authenticate': 'Basic realm="Bootcast"' } : {}
  return {
    status: problem.status,
    headers: {
      'content-type': uforgeContentType,
      'content-length': String(Buffer.byteLength(body)),
      ...others,
      ...challenge,
    },
    body,
  }
}
