import { may, type Permission, type Role, type Route, rolesWith } from '@bootcast/contract'
import type { FastifyRequest } from 'fastify'
import type { Audit } from '../audit/audit.ts'
import { Forbidden, NotSignedIn, type Session } from '../identity/sessions.ts'
import type { RequestRate } from './request-rate.ts'

export type AdmissionOptions = {
  /** Who sent a request. @throws {NotSignedIn} */
  readonly sessionOf: (request: FastifyRequest) => Promise<Session>
  readonly audit: Audit
  readonly rate: RequestRate
}

/** The one place where it is decided who may call what. */
export class Admission {
  readonly #options: AdmissionOptions

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /** Who calls, when they may. @throws {NotSignedIn | Forbidden | TooManyRequests} */
  async admit(request: FastifyRequest, who: Route['who'], action: string): Promise<Session> {
    const { rate, audit } = this.#options
    if (who === 'anybody') {
      rate.count(request.ip)
      return nobody
    }
    const session = await this.#session(request)
    if (who === 'user' || may(session.role, who)) return session
    const because = refusalOf(session, who)
    audit.note({ who: session.user, action, about: '', from: request.ip, because, refused: true })
    throw new Forbidden(because)
  }

  async #session(request: FastifyRequest): Promise<Session> {
    try {
      return await this.#options.sessionOf(request)
    } catch (error) {
      // Who tries tokens is as unwelcome as who tries passwords.
      if (error instanceof NotSignedIn) this.#options.rate.count(request.ip)
      throw error
    }
  }
}

/** Of a request for which nobody needs to be signed in. */
export const nobody: Session = { user: '', role: 'user', kind: 'sign-in', tokenId: '', tokenName: undefined }

const articles: Readonly<Record<Role, string>> = {
  administrator: 'an administrator',
  publisher: 'a publisher',
  operator: 'an operator',
  viewer: 'a viewer',
  user: 'a user',
}

/** Why somebody may not, in a sentence. */
export function refusalOf(
  { user, role, kind }: Pick<Session, 'user' | 'role' | 'kind'>,
  permission: Permission,
): string {
  const wanted = rolesWith(permission).map((each) => articles[each])
  const what =
    kind === 'api' ? `the token of ${user} is for ${articles[role]}` : `${user} is ${articles[role]}`
  return `This needs ${wanted.join(' or ')} (${permission}); ${what}`
}
