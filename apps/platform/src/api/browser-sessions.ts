import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { SignedIn } from '../identity/password-gate.ts'
import { NotSignedIn, type Session, type Sessions } from '../identity/sessions.ts'

/** A change asked for by a page of somebody else, in the browser of somebody who is signed in. */
export class CrossSite extends Error {
  override readonly name = 'CrossSite'
  readonly code = 'cross_site'

  constructor() {
    super(
      'This request does not come from a page of this platform, so the sign-in of your browser does not count',
    )
  }
}

type Request = { readonly method?: string | undefined; readonly headers: IncomingHttpHeaders }

export type BrowserSessionsOptions = {
  readonly sessions: Sessions
  /** How people reach the platform, when that is not its own address. */
  readonly publicUrl: string | undefined
}

const cookie = 'bootcast'
const reading: readonly (string | undefined)[] = ['GET', 'HEAD']

/** Who is signed in by a cookie. It counts for changes only when a page of ours asks for them. */
export class BrowserSessions {
  readonly #options: BrowserSessionsOptions

  constructor(options: BrowserSessionsOptions) {
    this.#options = options
  }

  /** Who sent a request, by token or by cookie. @throws {NotSignedIn | CrossSite} */
  async sessionOf(request: Request): Promise<Session> {
    const { authorization } = request.headers
    const isByCookie = authorization === undefined && tokenIn(request) !== undefined
    const session = isByCookie ? await this.find(request) : undefined
    return session ?? (await this.#options.sessions.sessionOf(authorization))
  }

  /** Who is signed in by the cookie; `undefined`: nobody. @throws {CrossSite} */
  async find(request: Request): Promise<Session | undefined> {
    const token = tokenIn(request)
    if (token === undefined) return undefined
    if (!reading.includes(request.method)) this.demandOwnPage(request)
    return await this.#options.sessions.sessionOfToken(token).catch((error: unknown) => {
      if (error instanceof NotSignedIn) return undefined
      throw error
    })
  }

  /** @throws {CrossSite} unless a page of ours sent the request, as its browser says */
  demandOwnPage({ headers }: Request): void {
    const site = headers['sec-fetch-site']
    // Browsers tell it to https and localhost only; the origin they tell with every change.
    const isOwn = site === undefined ? this.#isOwnOrigin(headers) : site === 'same-origin'
    if (!isOwn) throw new CrossSite()
  }

  #isOwnOrigin({ origin, host }: IncomingHttpHeaders): boolean {
    if (origin === undefined) return false
    return origin === this.#options.publicUrl || (host !== undefined && URL.parse(origin)?.host === host)
  }

  /** A new cookie at each sign-in; the token of the one before ends. */
  async begin(request: Request, reply: FastifyReply, user: SignedIn): Promise<void> {
    await this.#endToken(request)
    const { token, expiresAt } = await this.#options.sessions.issue(user, 'browser')
    const seconds = Math.round((expiresAt.getTime() - Date.now()) / 1000)
    reply.header('set-cookie', this.cookie({ name: cookie, value: token, path: '/', seconds }))
  }

  async end(request: Request, reply: FastifyReply): Promise<void> {
    await this.#endToken(request)
    reply.header('set-cookie', this.cookie({ name: cookie, value: '', path: '/', seconds: 0 }))
  }

  async #endToken(request: Request): Promise<void> {
    const token = tokenIn(request)
    if (token === undefined) return
    const { sessions } = this.#options
    const session = await sessions.sessionOfToken(token).catch(() => undefined)
    if (session !== undefined) await sessions.signOut(session.tokenId)
  }

  /** A `Set-Cookie` that no script can read and no other site sends along with a change. */
  cookie({ name, value, path, seconds }: NewCookie): string {
    const secure = this.#options.publicUrl?.startsWith('https:') === true ? '; Secure' : ''
    return `${name}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`
  }
}

type NewCookie = {
  readonly name: string
  /** Of letters, digits, `_ . -` alone. */
  readonly value: string
  readonly path: string
  readonly seconds: number
}

const tokenIn = (request: Request): string | undefined => cookieIn(request, cookie)

/** The value of a cookie, when it is one that we made. */
export function cookieIn({ headers }: Request, name: string): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [key = '', value = ''] = part.trim().split('=', 2)
    if (key === name && /^[A-Za-z0-9_.-]{1,3000}$/.test(value)) return value
  }
  return undefined
}
