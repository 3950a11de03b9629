import type { IncomingHttpHeaders } from 'node:http'

export type Verdict = 'go-on' | 'not-modified' | 'precondition-failed'

/** One entity-tag of a list (RFC 9110 §8.8.3), from where the last one ended. */
const nextTag = /[ \t,]*(W\/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,|$)/y

/**
 * If-Match and If-None-Match of a GET or HEAD against a strong entity-tag (RFC 9110 §13.1.1, §13.1.2, §13.2.2).
 * There is no Last-Modified, so conditions on dates are ignored (§13.1.3, §13.1.4).
 */
export function judgePreconditions(headers: IncomingHttpHeaders, etag: string): Verdict {
  const match = headers['if-match']
  if (match !== undefined && !names(match, etag, 'strong')) return 'precondition-failed'
  const noneMatch = headers['if-none-match']
  return noneMatch !== undefined && names(noneMatch, etag, 'weak') ? 'not-modified' : 'go-on'
}

/** Whether a Range counts: without If-Range, or with exactly this strong entity-tag (RFC 9110 §13.1.5). */
export function rangeCounts(ifRange: IncomingHttpHeaders['if-range'], etag: string): boolean {
  return ifRange === undefined || String(ifRange).trim() === etag
}

/** `*` or a list with the tag in it. A malformed list ends where it stops making sense. */
function names(header: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (header.trim() === '*') return true
  nextTag.lastIndex = 0
  for (let found = nextTag.exec(header); found !== null; found = nextTag.exec(header)) {
    const [, weak, tag] = found
    if (tag === etag && (comparison === 'weak' || weak === undefined)) return true
  }
  return false
}
