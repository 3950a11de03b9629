import type {
  ApiTokenStore,
  ExternalUser,
  ExternalUserStore,
  KnownUser,
  NewUser,
  SignInStore,
  StoredToken,
  TokenStore,
  UserChange,
  UserList,
  UserQuery,
  UserStore,
} from '../src/identity/identity-store.ts'
import { inAnyCase } from '../src/identity/in-any-case.ts'
import { KeptElsewhere, LastAdministrator, UserExists, UserNotFound } from '../src/identity/user.ts'

type Kept = KnownUser & { readonly subject?: string }
type KeptToken = StoredToken & { readonly id: string; lastUsedAt?: number }

/** Users and tokens in memory. */
export class MemoryIdentityStore
  implements UserStore, UserList, ExternalUserStore, TokenStore, ApiTokenStore, SignInStore
{
  readonly #users = new Map<string, Kept>()
  readonly #tokens = new Map<string, KeptToken>()
  #count = 0

  async findUser(name: string): Promise<KnownUser | undefined> {
    const user = this.#users.get(name)
    if (user === undefined) return undefined
    const { subject: _, ...known } = user
    return known
  }

  async sourcesOf(name: string) {
    const like = [...this.#users.values()].filter((user) => inAnyCase(user.name) === inAnyCase(name))
    return [...new Set(like.map(({ source }) => source))]
  }

  async addUser({ groups, ...user }: NewUser) {
    if (this.#users.has(user.name)) return false
    this.#put({ ...user, groups, id: this.#id(), source: 'local', disabled: false })
    return true
  }

  async changeUser(name: string, change: UserChange) {
    const before = this.#known(name)
    const { disabled, ...rest } = change
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
    if (before.source !== 'local' && Object.keys(given).length > 0)
      throw new KeptElsewhere(name, before.source)
    const after = { ...before, ...given, disabled: disabled ?? before.disabled }
    this.#put(after)
    this.#checkAdministrator(before)
    if (disabled === true || change.passwordPhc !== undefined) this.#endTokens(before.id)
    const { passwordPhc: _, subject: __, ...user } = this.#known(name)
    return user
  }

  async removeUser(name: string) {
    const before = this.#known(name)
    this.#users.delete(name)
    this.#checkAdministrator(before)
    this.#endTokens(before.id)
  }

  async listUsers({ limit, after = '', find = '', group }: UserQuery) {
    const names = [...this.#users.values()]
      .filter(({ groups }) => group === undefined || groups.includes(group))
      .map(({ name }) => name)
      .filter((name) => name > after && name.toLowerCase().includes(find.toLowerCase()))
      .sort()
    const items = names.slice(0, limit).map((name) => {
      const { passwordPhc: _, subject: __, ...user } = this.#known(name)
      return user
    })
    return { items, next: names.length > limit ? items.at(-1)?.name : undefined }
  }

  async hasAdministrator() {
    return [...this.#users.values()].some(
      ({ role, source, disabled }) => role === 'administrator' && source === 'local' && !disabled,
    )
  }

  async putExternal({ groups, ...external }: ExternalUser, createdAt: number) {
    const known = [...this.#users.values()].find(
      ({ source, subject }) => source === external.source && subject === external.subject,
    )
    if (known === undefined && this.#users.has(external.name)) throw new UserExists(external.name)
    const made = { ...external, id: this.#id(), disabled: false, createdAt, passwordPhc: undefined }
    this.#put({ ...(known ?? made), role: external.role, groups })
    const { passwordPhc: _, subject: __, ...user } = this.#known(known?.name ?? external.name)
    return user
  }

  async addToken(token: StoredToken) {
    const isTaken = [...this.#tokens.values()].some(
      ({ userId, name }) => name !== undefined && userId === token.userId && name === token.name,
    )
    if (isTaken) return undefined
    const id = this.#id()
    this.#tokens.set(id, { ...token, id })
    return id
  }

  async findToken(secret: string) {
    const token = [...this.#tokens.values()].find(({ secretSha256 }) => secretSha256 === secret)
    const user = [...this.#users.values()].find(({ id }) => id === token?.userId)
    if (token === undefined || user === undefined) return undefined
    const { id, kind, name, role, expiresAt, lastUsedAt } = token
    const { name: userName, role: userRole, disabled } = user
    return { id, kind, name, role, user: { name: userName, role: userRole, disabled }, expiresAt, lastUsedAt }
  }

  async noteUse(id: string, at: number) {
    const token = this.#tokens.get(id)
    if (token !== undefined) token.lastUsedAt = at
  }

  async removeToken(id: string) {
    this.#tokens.delete(id)
  }

  async removeExpiredTokens(now: number) {
    for (const { id, expiresAt } of this.#tokens.values()) if (expiresAt <= now) this.#tokens.delete(id)
  }

  async listApiTokens({ user: wanted }: { readonly user?: string }) {
    const users = [...this.#users.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    return users
      .filter(({ name }) => wanted === undefined || name === wanted)
      .flatMap((user) =>
        [...this.#tokens.values()]
          .filter(({ userId, kind }) => userId === user.id && kind === 'api')
          .map(({ id, name = '', role = 'user' as const, createdAt, expiresAt, lastUsedAt }) => ({
            ...{ id, name, user: user.name, role, createdAt, expiresAt, lastUsedAt },
          }))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      )
  }

  async listSignIns({ user: wanted, now, limit }: { user: string; now: number; limit: number }) {
    const user = this.#users.get(wanted)
    return [...this.#tokens.values()]
      .filter(({ userId, kind, expiresAt }) => userId === user?.id && kind !== 'api' && expiresAt > now)
      .sort((a, b) => b.createdAt - a.createdAt)
      .slice(0, limit)
      .map(({ id, kind, createdAt, expiresAt, lastUsedAt }) => ({
        ...{ id, createdAt, expiresAt, lastUsedAt },
        kind: kind === 'browser' ? kind : ('sign-in' as const),
      }))
  }

  async endSignIn(user: string, id: string) {
    const token = this.#tokens.get(id)
    if (token === undefined || token.kind === 'api' || token.userId !== this.#users.get(user)?.id)
      return false
    return this.#tokens.delete(id)
  }

  #id(): string {
    this.#count += 1
    return `id ${this.#count}`
  }

  #put(user: Kept): void {
    this.#users.set(user.name, { ...user, groups: [...new Set(user.groups)].sort() })
  }

  #known(name: string): Kept {
    const user = this.#users.get(name)
    if (user === undefined) throw new UserNotFound(name)
    return user
  }

  #endTokens(id: string): void {
    for (const token of this.#tokens.values()) if (token.userId === id) this.#tokens.delete(token.id)
  }

  /** As a transaction that is rolled back. */
  #checkAdministrator(before: Kept): void {
    const { role, source, disabled, name } = before
    if (role !== 'administrator' || source !== 'local' || disabled) return
    const isLeft = [...this.#users.values()].some(
      (user) => user.role === 'administrator' && user.source === 'local' && !user.disabled,
    )
    if (isLeft) return
    this.#put(before)
    throw new LastAdministrator(name)
  }
}
