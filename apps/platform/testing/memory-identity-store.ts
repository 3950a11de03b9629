import type { StoredToken, TokenStore, User, UserStore } from '../src/identity/identity-store.ts'

/** Users and tokens in memory. */
export class MemoryIdentityStore implements UserStore, TokenStore {
  readonly #users = new Map<string, User>()
  readonly #tokens = new Map<string, StoredToken & { lastUsedAt?: number }>()

  async findUser(name: string) {
    return this.#users.get(name)
  }

  async addUser({ name, passwordPhc }: { name: string; passwordPhc: string }) {
    if (this.#users.has(name)) return false
    this.#users.set(name, { id: `id of ${name}`, name, passwordPhc })
    return true
  }

  async replacePassword(userId: string, passwordPhc: string) {
    for (const user of this.#users.values())
      if (user.id === userId) this.#users.set(user.name, { ...user, passwordPhc })
    for (const token of this.#tokens.values())
      if (token.userId === userId) this.#tokens.delete(token.secretSha256)
  }

  async addToken(token: StoredToken) {
    this.#tokens.set(token.secretSha256, token)
  }

  async findToken(secretSha256: string) {
    const token = this.#tokens.get(secretSha256)
    const user = [...this.#users.values()].find(({ id }) => id === token?.userId)
    if (token === undefined || user === undefined) return undefined
    return { userName: user.name, expiresAt: token.expiresAt, lastUsedAt: token.lastUsedAt }
  }

  async noteUse(secretSha256: string, at: number) {
    const token = this.#tokens.get(secretSha256)
    if (token !== undefined) token.lastUsedAt = at
  }

  async removeToken(secretSha256: string) {
    this.#tokens.delete(secretSha256)
  }

  async removeExpiredTokens(now: number) {
    for (const token of this.#tokens.values())
      if (token.expiresAt <= now) this.#tokens.delete(token.secretSha256)
  }
}
