import { identityStoreContract } from '../../testing/identity-store-contract.ts'
import { MemoryIdentityStore } from '../../testing/memory-identity-store.ts'
import { openDatabase } from '../database/open.ts'
import { SqlIdentityStore } from './sql-identity-store.ts'

identityStoreContract('SqlIdentityStore on SQLite', async () => {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
  return { store: new SqlIdentityStore(database), [Symbol.asyncDispose]: () => database.destroy() }
})

identityStoreContract('MemoryIdentityStore', async () => ({
  store: new MemoryIdentityStore(),
  [Symbol.asyncDispose]: async () => undefined,
}))
