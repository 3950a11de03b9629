import { Agent } from 'node:https'
import { fingerprintOf } from './authority.ts'
import { exchange } from './client/exchange.ts'
import { PinnedAgent } from './client/pinned-agent.ts'
import { understood } from './client/understand.ts'
import { parseJoinToken } from './join-token.ts'
import { platformServerName, siteServerName } from './names.ts'
import { type CallReply, calls } from './protocol.ts'

export type Joining = {
  /** Of the upstream: `https://boot.example:8443`. */
  readonly url: string
  readonly token: string
  readonly csr: string
  /** Of the site's software. */
  readonly version: string
  readonly timeoutMs?: number
}

/** What a site is from now on; `via` as in `KeptIdentity`. */
export type Joined = CallReply<'join'> & { readonly via?: string }

const mostBytes = 256 * 1024

/**
 * Becomes a site. The authority is asked for without trust, and believed when it is the one whose fingerprint stands in
 * the token; only then, to who has a certificate of it under the right name, the token is told.
 * @throws {TokenUnusable}; {AuthorityMismatch}; {UpstreamAway}; {UpstreamRefused}
 */
export async function join({ url, token, csr, version, timeoutMs = 10_000 }: Joining): Promise<Joined> {
  const parsed = parseJoinToken(token)
  if (parsed === undefined) throw new TokenUnusable()
  const { fingerprint, via } = parsed
  const limits = { mostBytes, totalMs: timeoutMs }
  const authority = await authorityOf(url, fingerprint, limits)
  const serverName = via === undefined ? platformServerName : siteServerName(via)
  const agent = new PinnedAgent(() => ({ authorities: [authority], serverName }), { keepAlive: false })
  const { method, path, reply } = calls.join
  const body = JSON.stringify({ token: token.trim(), csr, version })
  const at = new URL(path, url)
  const received = await exchange({ agent, url: at, method, body, ...limits })
  const joined = understood(received, reply, at.host)
  return { ...joined, ...(via !== undefined && { via }) }
}

type Limits = { readonly mostBytes: number; readonly totalMs: number }

/** Whatever the other end says: a certificate with that fingerprint, or none. */
async function authorityOf(url: string, fingerprint: string, limits: Limits): Promise<string> {
  // Nothing is told on this connection, and nothing believed that the fingerprint does not prove.
  const agent = new Agent({ rejectUnauthorized: false, minVersion: 'TLSv1.3', keepAlive: false })
  const { method, path, reply } = calls.authority
  const at = new URL(path, url)
  const received = await exchange({ agent, url: at, method, ...limits })
  const { authorities } = understood(received, reply, at.host)
  const found = authorities.find((pem) => isOf(pem, fingerprint))
  if (found === undefined) throw new AuthorityMismatch(at.host)
  return found
}

function isOf(pem: string, fingerprint: string): boolean {
  try {
    return fingerprintOf(pem) === fingerprint
  } catch {
    return false
  }
}

/** That text is no token. */
export class TokenUnusable extends Error {
  override readonly name = 'TokenUnusable'
  readonly code = 'token_unusable'

  constructor() {
    super('That is no token of a site; copy the whole of it, as "bootcast site add" printed it')
  }
}

/** Who answers is not the platform that made the token: somebody between, another platform, or a new authority. */
export class AuthorityMismatch extends Error {
  override readonly name = 'AuthorityMismatch'
  readonly code = 'authority_mismatch'

  constructor(where: string) {
    super(
      `${where} is not the platform that this token is of. Check the address; if it is right, make a new token`,
    )
  }
}
