import type { IncomingMessage } from 'node:http'

const mostBytes = 8 * 1024
const longestMs = 10_000

/** The body of a form: its first 8 KiB. Who takes longer than ten seconds is hung up on, and it is empty. */
export async function formBody(request: IncomingMessage): Promise<string> {
  if (request.method !== 'POST') return ''
  const cut = setTimeout(() => request.destroy(), longestMs)
  const parts: Buffer[] = []
  let left = mostBytes
  try {
    for await (const part of request) {
      parts.push((part as Buffer).subarray(0, left))
      left -= (part as Buffer).length
      if (left <= 0) break
    }
  } catch {
    return '' // The other end has hung up, or we have.
  } finally {
    clearTimeout(cut)
  }
  return Buffer.concat(parts).toString('utf8')
}
