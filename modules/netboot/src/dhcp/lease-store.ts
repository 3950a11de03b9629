/** An address given to a client (RFC 2131 §2.2). */
export type Lease = {
  /** IPv4, dotted. */
  readonly address: string
  /**
   * Option 61 when the client sent one (`id:` and hex), else its hardware address (`hw:` type and hex): RFC 2131 §4.2.
   * An option 61 that is only the hardware address again counts as that.
   */
  readonly client: string
  /** Lower case, colons. */
  readonly mac: string
  readonly hostname?: string
  readonly state: 'bound' | 'declined'
  /** Unix time in milliseconds at which the lease ends. */
  readonly expiresAt: number
}

/** Where the DHCP server keeps its leases. One suite for all: `testing/lease-store-contract.ts`. */
export interface LeaseStore {
  /** All leases, those that ended included: a client gets its old address again where possible. */
  load(): Promise<readonly Lease[]>
  /**
   * Keeps each lease in place of the one with the same address. Durable when fulfilled: the server
   * sends its ACKs only then, and gathers many in one call.
   */
  save(leases: readonly Lease[]): Promise<void>
  /** Forgets the leases of these addresses. */
  remove(addresses: readonly string[]): Promise<void>
}
