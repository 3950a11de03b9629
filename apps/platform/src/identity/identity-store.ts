import type { Role } from '@bootcast/contract'
import type { User, UserSource } from './user.ts'

/** A user with what a password is compared with; `undefined`: it is known elsewhere. */
export type KnownUser = User & { readonly passwordPhc: string | undefined }

export type NewUser = {
  readonly name: string
  readonly passwordPhc: string
  readonly role: Role
  readonly groups: readonly string[]
  readonly createdAt: number
}

/** An absent key stays as it is. */
export type UserChange = {
  readonly role?: Role | undefined
  readonly groups?: readonly string[] | undefined
  readonly disabled?: boolean | undefined
  readonly passwordPhc?: string | undefined
}

export interface UserStore {
  findUser(name: string): Promise<KnownUser | undefined>
  /** Where those come from who have this name in any case of its letters (`inAnyCase`), each once. Looks at every name. */
  sourcesOf(name: string): Promise<readonly UserSource[]>
  /** Adds a local user when there is none of that name; whether it did. Of two at the same moment one wins. */
  addUser(user: NewUser): Promise<boolean>
  /**
   * In one transaction. A new password and `disabled` end all tokens of the user, and their API keys of UForge.
   * @throws {UserNotFound | LastAdministrator}; {KeptElsewhere} for anything but `disabled` of an external user
   */
  changeUser(name: string, change: UserChange, now: number): Promise<User>
  /** Tokens, API keys and grants go with the user. @throws {UserNotFound | LastAdministrator} */
  removeUser(name: string): Promise<void>
}

export type NamePage = { readonly limit: number; readonly after?: string | undefined }

export type UserQuery = NamePage & {
  /** A part of the name; ASCII letters in any case. */
  readonly find?: string | undefined
  readonly group?: string | undefined
}

export interface UserList {
  /** By name, `limit` at most, those after the name `after`. With `find` every name is looked at. */
  listUsers(query: UserQuery): Promise<{
    readonly items: readonly User[]
    readonly next: string | undefined
  }>
  /** Whether a local user who may sign in administers. */
  hasAdministrator(): Promise<boolean>
}

export type Group = {
  readonly name: string
  readonly members: number
  /** What its members may boot because of it, by name. */
  readonly images: readonly string[]
}

export interface GroupList {
  /** Those that somebody is in and those that may boot something; by name, as users. */
  listGroups(page: NamePage): Promise<{ readonly items: readonly Group[]; readonly next: string | undefined }>
}

/** Somebody whom another service knows, as it says today. */
export type ExternalUser = {
  readonly name: string
  readonly role: Role
  readonly groups: readonly string[]
  readonly source: Exclude<UserSource, 'local'>
  /** What the source calls them, for ever. */
  readonly subject: string
}

export interface ExternalUserStore {
  /**
   * The user of this source and subject, with role and groups of today; made when new. The name stays that of the
   * first time. @throws {UserExists} when somebody else has the name
   */
  putExternal(user: ExternalUser, now: number): Promise<User>
}

/** How a token came about: by the command, in a browser, or made for a program. */
export type TokenKind = 'sign-in' | 'browser' | 'api'

/** What is kept of a token; the token itself is with its owner only. */
export type StoredToken = {
  readonly userId: string
  /** Hexadecimal. */
  readonly secretSha256: string
  readonly kind: TokenKind
  /** Of `api` alone: its name, and the role beyond which it may do nothing. */
  readonly name?: string
  readonly role?: Role
  readonly createdAt: number
  readonly expiresAt: number
}
export type KnownToken = {
  readonly id: string
  readonly kind: TokenKind
  readonly name: string | undefined
  readonly role: Role | undefined
  readonly user: Pick<User, 'name' | 'role' | 'disabled'>
  readonly expiresAt: number
  readonly lastUsedAt: number | undefined
}

export interface TokenStore {
  /** Its id; `undefined` when the user has one of that name. */
  addToken(token: StoredToken): Promise<string | undefined>
  /** By the digest of its secret, also when it has expired. */
  findToken(secretSha256: string): Promise<KnownToken | undefined>
  noteUse(id: string, at: number): Promise<void>
  /** One that is not there is no error. */
  removeToken(id: string): Promise<void>
  removeExpiredTokens(now: number): Promise<void>
}

export type ApiToken = {
  readonly id: string
  readonly name: string
  readonly user: string
  readonly role: Role
  readonly createdAt: number
  readonly expiresAt: number
  readonly lastUsedAt: number | undefined
}

export interface ApiTokenStore {
  /** Tokens for programs by user and name; of one user, or of all. */
  listApiTokens(of: { readonly user?: string }): Promise<readonly ApiToken[]>
}

/** Where somebody is signed in. */
export type SignIn = {
  readonly id: string
  readonly kind: Exclude<TokenKind, 'api'>
  readonly createdAt: number
  readonly expiresAt: number
  readonly lastUsedAt: number | undefined
}

export interface SignInStore {
  /** Those of one user that are good at `now`, the newest first, `limit` at most. */
  listSignIns(of: {
    readonly user: string
    readonly now: number
    readonly limit: number
  }): Promise<readonly SignIn[]>
  /** Whether there was one of this user. Never ends a token for a program. */
  endSignIn(user: string, id: string): Promise<boolean>
}
