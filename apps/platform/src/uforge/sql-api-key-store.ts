import type { Database } from '../database/open.ts'
import type { SecretBox } from '../installs/secret-box.ts'
import type { ApiKeyPair, ApiKeyStore, NewApiKeyPair } from './api-keys.ts'
import type { KnownApiKey } from './uforge-people.ts'

/** Pairs of API keys in the database; the secret keys sealed with the key of the values for templates. */
export class SqlApiKeyStore implements ApiKeyStore {
  readonly #database: Database
  readonly #box: SecretBox
  readonly #onUnreadable: (publicKey: string) => void

  /** @param onUnreadable hears of a secret key that was sealed with another key */
  constructor(database: Database, box: SecretBox, onUnreadable: (publicKey: string) => void = () => {}) {
    this.#database = database
    this.#box = box
    this.#onUnreadable = onUnreadable
  }

  async addKey(pair: NewApiKeyPair, most: number): Promise<number | undefined> {
    const { userId, name, description, publicKey, secretKey, createdAt } = pair
    return await this.#database.transaction().execute(async (transaction) => {
      // The row of the user stays locked: of two at once both are counted.
      await transaction
        .updateTable('users')
        .set({ role: (eb) => eb.ref('role') })
        .where('id', '=', userId)
        .execute()
      const { count } = await transaction
        .selectFrom('uforge_api_keys')
        .where('user_id', '=', userId)
        .select(({ fn }) => fn.countAll<number | string>().as('count'))
        .executeTakeFirstOrThrow()
      if (Number(count) >= most) return undefined
      const row = await transaction
        .insertInto('uforge_api_keys')
        .values({
          ...{ user_id: userId, name, description, public_key: publicKey, created_at: createdAt },
          sealed: this.#box.seal(secretKey, aboutOf(userId, publicKey)),
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      return row.id
    })
  }

  async listKeys(userId: string): Promise<readonly ApiKeyPair[]> {
    const rows = await this.#database
      .selectFrom('uforge_api_keys')
      .where('user_id', '=', userId)
      .select(['id', 'name', 'description', 'public_key as publicKey', 'created_at as createdAt'])
      .orderBy('id')
      .execute()
    return rows.map((row) => ({ ...row }))
  }

  async removeKey(userId: string, id: number): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('uforge_api_keys')
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  async findKey(publicKey: string): Promise<KnownApiKey | undefined> {
    const row = await this.#database
      .selectFrom('uforge_api_keys as keys')
      .innerJoin('users', 'users.id', 'keys.user_id')
      .where('public_key', '=', publicKey)
      .select(['keys.user_id', 'keys.sealed', 'users.name as user'])
      .executeTakeFirst()
    if (row === undefined) return undefined
    const secretKey = this.#box.open(row.sealed, aboutOf(row.user_id, publicKey))
    if (secretKey === undefined) this.#onUnreadable(publicKey)
    return secretKey === undefined ? undefined : { secretKey, user: row.user }
  }
}

/** A secret key cannot be given to another user by who may write the database only. */
const aboutOf = (userId: string, publicKey: string) => JSON.stringify(['uforge-api-key', userId, publicKey])
