import type { Lease, LeaseStore } from '../src/dhcp/lease-store.ts'

/** Leases in memory; `saves` holds what each call was given. */
export class MemoryLeaseStore implements LeaseStore {
  readonly saves: (readonly Lease[])[] = []
  readonly #leases: Map<string, Lease>

  constructor(leases: Map<string, Lease> = new Map()) {
    this.#leases = leases
  }

  async load(): Promise<readonly Lease[]> {
    return [...this.#leases.values()]
  }

  async save(leases: readonly Lease[]): Promise<void> {
    this.saves.push(leases)
    for (const lease of leases) this.#leases.set(lease.address, lease)
  }

  async remove(addresses: readonly string[]): Promise<void> {
    for (const address of addresses) this.#leases.delete(address)
  }
}

/** For `dhcp-server-process.ts`. */
export async function openLeaseStore(): Promise<LeaseStore> {
  return new MemoryLeaseStore()
}
