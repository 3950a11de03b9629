export type User = { readonly id: string; readonly name: string; readonly passwordPhc: string }

/** What is kept of a token; the token itself is with its owner only. */
export type StoredToken = {
  readonly userId: string
  /** Hexadecimal. */
  readonly secretSha256: string
  /** Milliseconds since 1970, as all times here. */
  readonly createdAt: number
  readonly expiresAt: number
}
export type KnownToken = {
  readonly userName: string
  readonly expiresAt: number
  readonly lastUsedAt: number | undefined
}

export interface UserStore {
  findUser(name: string): Promise<User | undefined>
  /** Adds the user when there is none of that name; whether it did. Of two at the same moment one wins. */
  addUser(user: {
    readonly name: string
    readonly passwordPhc: string
    readonly createdAt: number
  }): Promise<boolean>
  /** Sets the password and ends all tokens of the user, in one transaction. */
  replacePassword(userId: string, passwordPhc: string): Promise<void>
}

export interface TokenStore {
  addToken(token: StoredToken): Promise<void>
  /** By the digest of its secret, also when it has expired. */
  findToken(secretSha256: string): Promise<KnownToken | undefined>
  noteUse(secretSha256: string, at: number): Promise<void>
  /** One that is not there is no error. */
  removeToken(secretSha256: string): Promise<void>
  removeExpiredTokens(now: number): Promise<void>
}
