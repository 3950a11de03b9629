import { type Database, isUniqueViolation, newId } from '../database/open.ts'
import type { KnownToken, StoredToken, TokenStore, User, UserStore } from './identity-store.ts'

/** Users and tokens in the database of the platform. Each call is one statement on an index. */
export class SqlIdentityStore implements UserStore, TokenStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async findUser(name: string): Promise<User | undefined> {
    return await this.#database
      .selectFrom('users')
      .select(['id', 'name', 'password_phc as passwordPhc'])
      .where('name', '=', name)
      .executeTakeFirst()
  }

  async addUser(user: { readonly name: string; readonly passwordPhc: string; readonly createdAt: number }) {
    const row = { id: newId(), name: user.name, password_phc: user.passwordPhc, created_at: user.createdAt }
    try {
      await this.#database.insertInto('users').values(row).execute()
      return true
    } catch (error) {
      if (isUniqueViolation(error)) return false
      throw error
    }
  }

  async replacePassword(userId: string, passwordPhc: string): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await transaction
        .updateTable('users')
        .set({ password_phc: passwordPhc })
        .where('id', '=', userId)
        .execute()
      await transaction.deleteFrom('tokens').where('user_id', '=', userId).execute()
    })
  }

  async addToken({ userId, secretSha256, createdAt, expiresAt }: StoredToken): Promise<void> {
    await this.#database
      .insertInto('tokens')
      .values({
        id: newId(),
        user_id: userId,
        secret_sha256: secretSha256,
        created_at: createdAt,
        expires_at: expiresAt,
        last_used_at: null,
      })
      .execute()
  }

  async findToken(secretSha256: string): Promise<KnownToken | undefined> {
    const row = await this.#database
      .selectFrom('tokens')
      .innerJoin('users', 'users.id', 'tokens.user_id')
      .select(['users.name', 'tokens.expires_at', 'tokens.last_used_at'])
      .where('secret_sha256', '=', secretSha256)
      .executeTakeFirst()
    if (row === undefined) return undefined
    return { userName: row.name, expiresAt: row.expires_at, lastUsedAt: row.last_used_at ?? undefined }
  }

  async noteUse(secretSha256: string, at: number): Promise<void> {
    await this.#database
      .updateTable('tokens')
      .set({ last_used_at: at })
      .where('secret_sha256', '=', secretSha256)
      .execute()
  }

  async removeToken(secretSha256: string): Promise<void> {
    await this.#database.deleteFrom('tokens').where('secret_sha256', '=', secretSha256).execute()
  }

  async removeExpiredTokens(now: number): Promise<void> {
    await this.#database.deleteFrom('tokens').where('expires_at', '<=', now).execute()
  }
}
