import { identityStoreContract } from '../../testing/identity-store-contract.ts'
import { MemoryIdentityStore } from '../../testing/memory-identity-store.ts'

// The stores in SQL have their run beside the others: database/stores.test.ts.
identityStoreContract('MemoryIdentityStore', async () => {
  const store = new MemoryIdentityStore()
  return { users: store, tokens: store, [Symbol.asyncDispose]: async () => undefined }
})
