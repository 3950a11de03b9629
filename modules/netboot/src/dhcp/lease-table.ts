import { addressNumber } from './address.ts'
import { AgeQueue, type Queued } from './age-queue.ts'
import type { Lease } from './lease-store.ts'

/**
 * `free`: was used before, its client gets it back as long as nobody else needs it. `restored`: bound or declined,
 * known from before a restart.
 */
type State = 'free' | 'offered' | 'bound' | 'declined' | 'restored'

interface Entry extends Queued<Entry> {
  readonly address: number
  client: string
  state: State
  /** Unix time in milliseconds at which it can be somebody else's. */
  until: number
  /** As it was last kept by the store. */
  lease: Lease | undefined
}

export type LeaseTableSettings = {
  readonly first: number
  readonly last: number
  /** Addresses in the range that are never given out. */
  readonly never: ReadonlySet<number>
  readonly now: () => number
}

/**
 * Who has which address of the range: an entry for each address that was ever used, found by address and by client.
 * Every call costs the same however large the range is, and memory is bounded by it.
 */
export class LeaseTable {
  readonly #settings: LeaseTableSettings
  readonly #byAddress = new Map<number, Entry>()
  readonly #byClient = new Map<string, Entry>()
  /** Each in the order in which its entries end, since what enters one lasts equally long: only heads are looked at. */
  readonly #queues: Readonly<Record<State, AgeQueue<Entry>>> = {
    free: new AgeQueue(),
    offered: new AgeQueue(),
    bound: new AgeQueue(),
    declined: new AgeQueue(),
    restored: new AgeQueue(),
  }
  /** Addresses from here on were never used. */
  #untouched: number

  constructor(settings: LeaseTableSettings) {
    this.#settings = settings
    this.#untouched = settings.first
  }

  /** Takes over leases of before; those of addresses outside of the range are left alone. */
  restore(leases: readonly Lease[]): void {
    for (const lease of [...leases].sort((a, b) => a.expiresAt - b.expiresAt)) {
      const address = addressNumber(lease.address)
      if (!this.inRange(address)) continue
      this.#set(this.#entry(address), lease.client, 'restored', lease.expiresAt, lease)
    }
  }

  inRange(address: number): boolean {
    const { first, last, never } = this.#settings
    return address >= first && address <= last && !never.has(address)
  }

  /**
   * Reserves an address for a client: the one it has or had, else the one it asks for, else one never used, else the
   * one that ended first. `undefined`: all are taken.
   */
  reserve(client: string, wanted: number | undefined, ms: number): number | undefined {
    const entry =
      this.#byClient.get(client) ?? this.#wanted(wanted) ?? this.#untouchedEntry() ?? this.#endedFirst()
    if (entry === undefined) return undefined
    const own = entry.client === client
    const until = this.#settings.now() + ms
    if (own && entry.lease !== undefined && entry.until > until) return entry.address
    this.#set(entry, client, 'offered', until, own ? entry.lease : undefined)
    return entry.address
  }

  /** The client chose another server: its reservation ends, its lease (if it has one) stays as it was. */
  unreserve(client: string): void {
    const entry = this.#byClient.get(client)
    if (entry?.state !== 'offered') return
    this.#set(entry, client, 'free', entry.lease?.expiresAt ?? 0, entry.lease)
  }

  /**
   * Whether the client may be given this very address now: it is its own, or it is nobody's and the client has no
   * other. The latter keeps machines on their addresses when leases or reservations were lost.
   */
  mayHave(client: string, address: number): boolean {
    if (!this.inRange(address)) return false
    const entry = this.#byAddress.get(address)
    if (entry !== undefined && !this.#isFree(entry)) return entry.client === client
    const own = this.#byClient.get(client)
    return own === undefined || own === entry || this.#isFree(own)
  }

  /** Whether the address is the client's, by reservation or lease, ended ones included. */
  holds(client: string, address: number): boolean {
    const entry = this.#byClient.get(client)
    return entry?.address === address
  }

  bind(lease: Lease): void {
    const entry = this.#entry(addressNumber(lease.address))
    this.#set(entry, lease.client, lease.state, lease.expiresAt, lease)
  }

  /** Takes a lease back that could not be kept: a reservation for `ms` is left of it. */
  unbind(lease: Lease, ms: number): void {
    const entry = this.#entry(addressNumber(lease.address))
    if (entry.lease !== lease) return
    this.#set(entry, lease.client, 'offered', this.#settings.now() + ms, undefined)
  }

  /** Ends the client's lease or reservation. The lease as it now is, or `undefined` when it had none there. */
  release(client: string, address: number): Lease | undefined {
    const entry = this.#byAddress.get(address)
    if (entry?.lease?.state !== 'bound' || !this.holds(client, address)) return undefined
    const lease: Lease = { ...entry.lease, expiresAt: Math.min(this.#settings.now(), entry.lease.expiresAt) }
    this.#set(entry, client, 'free', lease.expiresAt, lease)
    return lease
  }

  #wanted(address: number | undefined): Entry | undefined {
    if (address === undefined || !this.inRange(address)) return undefined
    const entry = this.#entry(address)
    return this.#isFree(entry) ? entry : undefined
  }

  /** Walks over the range once in the life of the table. */
  #untouchedEntry(): Entry | undefined {
    while (this.#untouched <= this.#settings.last) {
      const address = this.#untouched++
      if (this.inRange(address) && !this.#byAddress.has(address)) return this.#entry(address)
    }
    return undefined
  }

  /** Of the five that ended first of their kind, the one that ended first of all. */
  #endedFirst(): Entry | undefined {
    let found: Entry | undefined
    for (const { oldest: head } of Object.values(this.#queues)) {
      if (head !== undefined && this.#isFree(head) && (found === undefined || head.until < found.until))
        found = head
    }
    return found
  }

  #isFree(entry: Entry): boolean {
    return entry.until <= this.#settings.now()
  }

  #entry(address: number): Entry {
    const known = this.#byAddress.get(address)
    if (known !== undefined) return known
    const entry: Entry = {
      address,
      client: '',
      state: 'free',
      until: 0,
      lease: undefined,
      older: undefined,
      younger: undefined,
    }
    this.#byAddress.set(address, entry)
    this.#queues.free.add(entry)
    return entry
  }

  #set(entry: Entry, client: string, state: State, until: number, lease: Lease | undefined): void {
    if (entry.client !== client && this.#byClient.get(entry.client) === entry)
      this.#byClient.delete(entry.client)
    this.#queues[entry.state].delete(entry)
    Object.assign(entry, { client, state, until, lease })
    this.#queues[state].add(entry)
    if (client !== '') this.#byClient.set(client, entry)
  }
}
