import type { Role } from '@bootcast/contract'
import { type Database, isUniqueViolation, newId } from '../database/open.ts'
import type {
  ApiToken,
  ApiTokenStore,
  KnownToken,
  SignIn,
  SignInStore,
  StoredToken,
  TokenKind,
  TokenStore,
} from './identity-store.ts'

/** Tokens in the database of the platform. Each call is one statement on an index. */
export class SqlTokenStore implements TokenStore, ApiTokenStore, SignInStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async addToken(token: StoredToken): Promise<string | undefined> {
    const { userId, secretSha256, kind, name = null, role = null, createdAt, expiresAt } = token
    const row = { id: newId(), user_id: userId, secret_sha256: secretSha256, kind, name, role }
    try {
      await this.#database
        .insertInto('tokens')
        .values({ ...row, created_at: createdAt, expires_at: expiresAt, last_used_at: null })
        .execute()
      return row.id
    } catch (error) {
      if (name !== null && isUniqueViolation(error)) return undefined
      throw error
    }
  }

  async findToken(secretSha256: string): Promise<KnownToken | undefined> {
    const row = await this.#database
      .selectFrom('tokens')
      .innerJoin('users', 'users.id', 'tokens.user_id')
      .select(['tokens.id', 'tokens.kind', 'tokens.name', 'tokens.role'])
      .select([
        'tokens.expires_at',
        'tokens.last_used_at',
        'users.name as user',
        'users.role as user_role',
        'users.disabled_at',
      ])
      .where('secret_sha256', '=', secretSha256)
      .executeTakeFirst()
    if (row === undefined) return undefined
    return {
      id: row.id,
      kind: row.kind as TokenKind,
      name: row.name ?? undefined,
      role: (row.role ?? undefined) as Role | undefined,
      user: { name: row.user, role: row.user_role as Role, disabled: row.disabled_at !== null },
      expiresAt: row.expires_at,
      lastUsedAt: row.last_used_at ?? undefined,
    }
  }

  async noteUse(id: string, at: number): Promise<void> {
    await this.#database.updateTable('tokens').set({ last_used_at: at }).where('id', '=', id).execute()
  }

  async removeToken(id: string): Promise<void> {
    await this.#database.deleteFrom('tokens').where('id', '=', id).execute()
  }

  async removeExpiredTokens(now: number): Promise<void> {
    await this.#database.deleteFrom('tokens').where('expires_at', '<=', now).execute()
  }

  async listApiTokens({ user }: { readonly user?: string }): Promise<readonly ApiToken[]> {
    const rows = await this.#database
      .selectFrom('tokens')
      .innerJoin('users', 'users.id', 'tokens.user_id')
      .select(['tokens.id', 'tokens.name', 'tokens.role', 'tokens.created_at', 'tokens.expires_at'])
      .select(['tokens.last_used_at', 'users.name as user'])
      .where('kind', '=', 'api')
      .$if(user !== undefined, (query) => query.where('users.name', '=', user ?? ''))
      .orderBy('users.name')
      .orderBy('tokens.name')
      .execute()
    return rows.map((row) => ({
      id: row.id,
      name: row.name ?? '',
      user: row.user,
      role: row.role as Role,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      lastUsedAt: row.last_used_at ?? undefined,
    }))
  }

  async listSignIns({ user, now, limit }: { user: string; now: number; limit: number }) {
    const rows = await this.#database
      .selectFrom('tokens')
      .innerJoin('users', 'users.id', 'tokens.user_id')
      .select(['tokens.id', 'kind', 'tokens.created_at', 'expires_at', 'last_used_at'])
      .where('users.name', '=', user)
      .where('kind', '!=', 'api')
      .where('expires_at', '>', now)
      .orderBy('tokens.created_at', 'desc')
      .orderBy('tokens.id', 'desc')
      .limit(limit)
      .execute()
    return rows.map(
      (row): SignIn => ({
        id: row.id,
        kind: row.kind as SignIn['kind'],
        createdAt: row.created_at,
        expiresAt: row.expires_at,
        lastUsedAt: row.last_used_at ?? undefined,
      }),
    )
  }

  async endSignIn(user: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('tokens')
      .where('id', '=', id)
      .where('kind', '!=', 'api')
      .where(({ eb, selectFrom }) =>
        eb('user_id', 'in', selectFrom('users').select('id').where('name', '=', user)),
      )
      .executeTakeFirst()
    return numDeletedRows > 0n
  }
}
