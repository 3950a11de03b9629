import { createHash, randomBytes } from 'node:crypto'
import { commonRole, covers, type Role } from '@bootcast/contract'
import type { KnownToken, TokenKind, TokenStore } from './identity-store.ts'
import type { PasswordGate, SignedIn } from './password-gate.ts'

const hourMs = 60 * 60 * 1000
/** How long who signs in with the command stays so, when the platform knows them itself. */
const longMs = 90 * 24 * hourMs
/** In a browser, and where only the next sign-in shows whether a directory still lets them in. */
const shortMs = 12 * hourMs
/** The last use is written at most this often: reading stays reading. */
const noteUseEveryMs = hourMs

export class NotSignedIn extends Error {
  override readonly name = 'NotSignedIn'
  readonly code = 'not_signed_in'
}

/** The caller is known and may not do this. */
export class Forbidden extends Error {
  override readonly name = 'Forbidden'
  readonly code = 'forbidden'
}

export class TokenExists extends Error {
  override readonly name = 'TokenExists'
  readonly code = 'token_exists'

  constructor(token: string) {
    super(`You have a token ${token} already. Remove it first, or take another name.`)
  }
}

/** Who sent a request, and by which token. */
export type Session = {
  readonly user: string
  /** What the request may do: the role of the user, or of the token where that may do less. */
  readonly role: Role
  readonly kind: TokenKind
  readonly tokenId: string
  /** Of a token for programs. */
  readonly tokenName: string | undefined
}
export type IssuedToken = { readonly token: string; readonly user: string; readonly expiresAt: Date }

export type NewApiToken = { readonly name: string; readonly role: Role; readonly seconds: number }

export type SessionsOptions = {
  readonly tokens: TokenStore
  readonly gate: PasswordGate
  readonly now?: () => number
}

/** Who may use the API: tokens for who is signed in, sessions for tokens. */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #now: () => number

  constructor(options: SessionsOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  /** A token for a user and a password. @throws what `PasswordGate.check` throws */
  async signIn(name: string, password: string, address: string): Promise<IssuedToken> {
    return await this.issue(await this.#options.gate.check(name, password, address), 'sign-in')
  }

  /** A token for somebody who has proved who they are. */
  async issue({ id, name, source }: SignedIn, kind: Exclude<TokenKind, 'api'>): Promise<IssuedToken> {
    const createdAt = this.#now()
    const expiresAt = createdAt + (kind === 'sign-in' && source === 'local' ? longMs : shortMs)
    const token = newToken()
    await this.#options.tokens.removeExpiredTokens(createdAt)
    await this.#options.tokens.addToken({
      userId: id,
      secretSha256: secretOf(token),
      kind,
      createdAt,
      expiresAt,
    })
    return { token, user: name, expiresAt: new Date(expiresAt) }
  }

  /**
   * A token for a program of `userId`: by somebody who signed in, so that a token cannot prolong itself, and for no
   * more than they may do. @throws {Forbidden | TokenExists}
   */
  async makeApiToken(by: Session, userId: string, { name, role, seconds }: NewApiToken) {
    if (by.kind === 'api')
      throw new Forbidden(
        'A token for programs makes no others. Sign in with your password, and make it then.',
      )
    if (!covers(by.role, role))
      throw new Forbidden(
        `Your role ${by.role} may not do all that a ${role} may, so its tokens may not either.`,
      )
    const createdAt = this.#now()
    const expiresAt = createdAt + seconds * 1000
    const token = newToken()
    const kept = { userId, secretSha256: secretOf(token), kind: 'api' as const, name, role }
    const id = await this.#options.tokens.addToken({ ...kept, createdAt, expiresAt })
    if (id === undefined) throw new TokenExists(name)
    return { id, token, createdAt, expiresAt }
  }

  /** Who sent this `Authorization` header. @throws {NotSignedIn} */
  async sessionOf(authorization: string | undefined): Promise<Session> {
    return await this.sessionOfToken(tokenIn(authorization))
  }

  /** @throws {NotSignedIn} */
  async sessionOfToken(token: string): Promise<Session> {
    const found = await this.#options.tokens.findToken(secretOf(token))
    const now = this.#now()
    if (found === undefined) throw new NotSignedIn('This token is unknown or was ended; sign in again')
    if (found.expiresAt <= now) throw new NotSignedIn('This token has expired; sign in again')
    if (found.user.disabled) throw new NotSignedIn('This user is disabled')
    if (now - (found.lastUsedAt ?? 0) > noteUseEveryMs) await this.#options.tokens.noteUse(found.id, now)
    const { id: tokenId, name: tokenName, kind, user } = found
    return { user: user.name, role: roleOf(found), kind, tokenId, tokenName }
  }

  async signOut(tokenId: string): Promise<void> {
    await this.#options.tokens.removeToken(tokenId)
  }
}

const roleOf = ({ role, user }: KnownToken): Role =>
  role === undefined ? user.role : commonRole(user.role, role)

function tokenIn(authorization: string | undefined): string {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]{1,256})$/i.exec(authorization ?? '')?.[1]
  if (token !== undefined) return token
  throw new NotSignedIn(
    authorization === undefined
      ? 'This needs a token: POST /api/v1/sign-in, then send `Authorization: Bearer …`'
      : 'The Authorization header is not `Bearer` and a token',
  )
}

/** 256 random bits need no slow hash. */
const newToken = (): string => `bct_${randomBytes(32).toString('base64url')}`
const secretOf = (token: string): string => createHash('sha256').update(token).digest('hex')
