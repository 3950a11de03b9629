import type { ApiKeys } from './uforge-people.ts'

/** What is shown of a pair; its secret key is shown once, when it is made. */
export type ApiKeyPair = {
  readonly id: number
  readonly name: string
  readonly description: string
  readonly publicKey: string
  readonly createdAt: number
}

export type NewApiKeyPair = Omit<ApiKeyPair, 'id'> & {
  /** The id of the user. */
  readonly userId: string
  readonly secretKey: string
}

/** Pairs go with their user. One suite for all implementations: `testing/uforge-store-contract.ts`. */
export interface ApiKeyStore extends ApiKeys {
  /** Its id; `undefined` when the user has `most` already. */
  addKey(pair: NewApiKeyPair, most: number): Promise<number | undefined>
  /** Of one user, the oldest first. */
  listKeys(userId: string): Promise<readonly ApiKeyPair[]>
  /** Whether there was one of this user. */
  removeKey(userId: string, id: number): Promise<boolean>
}
