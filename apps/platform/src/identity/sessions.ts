import { createHash, randomBytes } from 'node:crypto'
import type { Attempts } from './attempts.ts'
import type { TokenStore, User, UserStore } from './identity-store.ts'
import type { PasswordHasher } from './password.ts'

const dayMs = 24 * 60 * 60 * 1000
const tokenDays = 90
/** The last use is written at most this often: reading stays reading. */
const noteUseEveryMs = 60 * 60 * 1000

export class SignInFailed extends Error {
  override readonly name = 'SignInFailed'
  readonly code = 'sign_in_failed'

  constructor() {
    super('The user or the password is wrong')
  }
}

export class NotSignedIn extends Error {
  override readonly name = 'NotSignedIn'
  readonly code = 'not_signed_in'
}

export type Session = { readonly user: string }
export type IssuedToken = { readonly token: string; readonly user: string; readonly expiresAt: Date }

export type SessionsOptions = {
  readonly store: UserStore & TokenStore
  readonly passwords: PasswordHasher
  readonly attempts: Attempts
  readonly now?: () => number
}

/** Who may use the API: passwords against tokens, tokens against sessions. */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #now: () => number

  constructor(options: SessionsOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  /**
   * A token for a user and a password. An unknown user costs as much time as a wrong password.
   * @throws {SignInFailed}, {TooManyAttempts}, {TooBusy}
   */
  async signIn(name: string, password: string, address: string): Promise<IssuedToken> {
    const { store, attempts } = this.#options
    attempts.begin(name, address)
    const user = await this.#judge(name, password).catch((error: unknown) => {
      attempts.withdraw(name, address)
      throw error
    })
    if (user === undefined) throw new SignInFailed()
    attempts.succeeded(name, address)
    const createdAt = this.#now()
    const expiresAt = createdAt + tokenDays * dayMs
    const token = `bct_${randomBytes(32).toString('base64url')}`
    await store.removeExpiredTokens(createdAt)
    await store.addToken({ userId: user.id, secretSha256: secretOf(token), createdAt, expiresAt })
    return { token, user: user.name, expiresAt: new Date(expiresAt) }
  }

  async #judge(name: string, password: string): Promise<User | undefined> {
    const user = await this.#options.store.findUser(name)
    return (await this.#options.passwords.verify(password, user?.passwordPhc)) ? user : undefined
  }

  /** Who sent this `Authorization` header. @throws {NotSignedIn} */
  async sessionOf(authorization: string | undefined): Promise<Session> {
    const secretSha256 = secretOf(tokenIn(authorization))
    const token = await this.#options.store.findToken(secretSha256)
    const now = this.#now()
    if (token === undefined) throw new NotSignedIn('This token is unknown or was ended; sign in again')
    if (token.expiresAt <= now) throw new NotSignedIn('This token has expired; sign in again')
    if (now - (token.lastUsedAt ?? 0) > noteUseEveryMs) await this.#options.store.noteUse(secretSha256, now)
    return { user: token.userName }
  }

  /** Ends the token of this header. */
  async signOut(authorization: string | undefined): Promise<void> {
    await this.#options.store.removeToken(secretOf(tokenIn(authorization)))
  }
}

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
const secretOf = (token: string): string => createHash('sha256').update(token).digest('hex')
