import { identityStoreContract } from '../../testing/identity-store-contract.ts'
import { MemoryIdentityStore } from '../../testing/memory-identity-store.ts'

// SqlIdentityStore has its run beside the other stores: database/stores.test.ts.
identityStoreContract('MemoryIdentityStore', async () => ({
  store: new MemoryIdentityStore(),
  [Symbol.asyncDispose]: async () => undefined,
}))
