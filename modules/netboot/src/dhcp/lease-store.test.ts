import { leaseStoreContract } from '../../testing/lease-store-contract.ts'
import { MemoryLeaseStore } from '../../testing/memory-lease-store.ts'
import type { Lease } from './lease-store.ts'

leaseStoreContract('MemoryLeaseStore', async () => {
  const leases = new Map<string, Lease>()
  return {
    store: new MemoryLeaseStore(leases),
    reopen: async () => new MemoryLeaseStore(leases),
    close: async () => undefined,
  }
})
