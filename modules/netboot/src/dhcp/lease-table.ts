import { addressNumber } from './address.ts'
import type { Lease } from './lease-store.ts'

type Entry = {
  readonly address: number
  client: string
  state: 'free' | 'offered' | 'bound' | 'declined'
  /** Unix time in milliseconds; meaningless while free. */
  until: number
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
 * Who has which address of the range. One entry for each address that was ever used, two maps: every call costs
 * the same however large the pool is. Memory is bounded by the size of the range.
 */
export class LeaseTable {
  readonly #settings: LeaseTableSettings
  readonly #byAddress = new Map<number, Entry>()
  readonly #byClient = new Map<string, Entry>()
  /** Entries in the order in which they were last used: the first is the oldest. */
  readonly #ageing = new Set<Entry>()
  #untouched: number

  constructor(settings: LeaseTableSettings) {
    this.#settings = settings
    this.#untouched = settings.first
  }

  restore(lease: Lease): void {
    const address = addressNumber(lease.address)
    if (!this.#inRange(address)) return
    this.#set(this.#entry(address), lease.client, lease.state, lease.expiresAt, lease)
  }

  /**
   * Reserves an address for a client: the one it has or had, else the one it asks for, else one never used,
   * else the one that has been free for longest. `undefined`: all are taken.
   */
  reserve(client: string, wanted: number | undefined, ms: number): number | undefined {
    const entry = this.#own(client) ?? this.#wanted(wanted) ?? this.#fresh() ?? this.#oldestFree()
    if (entry === undefined) return undefined
    const until = this.#settings.now() + ms
    if (entry.client === client && entry.state === 'bound' && entry.until > until) return entry.address
    this.#set(entry, client, 'offered', until, entry.client === client ? entry.lease : undefined)
    return entry.address
  }

  /** The client chose another server: its reservation ends, its lease (if it has one) stays as it was. */
  unreserve(client: string): void {
    const entry = this.#byClient.get(client)
    if (entry?.state !== 'offered') return
    const lease = entry.lease
    if (lease === undefined) this.#set(entry, client, 'free', 0, undefined)
    else this.#set(entry, client, lease.state, lease.expiresAt, lease)
  }

  /** Whether the client may be given this very address now. */
  mayHave(client: string, address: number): boolean {
    if (!this.#inRange(address)) return false
    const entry = this.#byAddress.get(address)
    return entry?.client === client && entry.state !== 'declined'
  }

  holds(client: string, address: number): boolean {
    return this.#byAddress.get(address)?.client === client
  }

  bind(lease: Lease): void {
    this.#set(this.#entry(addressNumber(lease.address)), lease.client, lease.state, lease.expiresAt, lease)
  }

  quarantine(client: string, lease: Lease): void {
    this.#byClient.delete(client)
    this.bind(lease)
  }

  /** The lease as it now is (ended), or `undefined` when the client does not have this address. */
  release(client: string, address: number): Lease | undefined {
    const entry = this.#byAddress.get(address)
    if (entry?.client !== client || entry.lease === undefined) return undefined
    const lease: Lease = { ...entry.lease, expiresAt: this.#settings.now() }
    this.#set(entry, client, 'bound', lease.expiresAt, lease)
    return lease
  }

  #own(client: string): Entry | undefined {
    const entry = this.#byClient.get(client)
    return entry?.state === 'declined' ? undefined : entry
  }

  #wanted(address: number | undefined): Entry | undefined {
    if (address === undefined || !this.#inRange(address)) return undefined
    const entry = this.#byAddress.get(address)
    if (entry === undefined) return this.#entry(address)
    return this.#isFree(entry) ? entry : undefined
  }

  #fresh(): Entry | undefined {
    while (this.#untouched <= this.#settings.last) {
      const address = this.#untouched++
      if (this.#inRange(address) && !this.#byAddress.has(address)) return this.#entry(address)
    }
    return undefined
  }

  /** Looks at a bounded number of the oldest entries: those renewed or reserved since moved to the end. */
  #oldestFree(): Entry | undefined {
    let looked = 0
    for (const entry of this.#ageing) {
      if (this.#isFree(entry)) return entry
      // An entry that is still in use goes to the end, so that the next search does not meet it again first.
      this.#ageing.delete(entry)
      this.#ageing.add(entry)
      if (++looked === 64) return undefined
    }
    return undefined
  }

  #isFree(entry: Entry): boolean {
    return entry.state === 'free' || entry.until <= this.#settings.now()
  }

  #inRange(address: number): boolean {
    return (
      address >= this.#settings.first && address <= this.#settings.last && !this.#settings.never.has(address)
    )
  }

  #entry(address: number): Entry {
    const known = this.#byAddress.get(address)
    if (known !== undefined) return known
    const entry: Entry = { address, client: '', state: 'free', until: 0, lease: undefined }
    this.#byAddress.set(address, entry)
    return entry
  }

  #set(entry: Entry, client: string, state: Entry['state'], until: number, lease: Lease | undefined): void {
    if (entry.client !== client && this.#byClient.get(entry.client) === entry)
      this.#byClient.delete(entry.client)
    Object.assign(entry, { client, state, until, lease })
    this.#byClient.set(client, entry)
    this.#ageing.delete(entry)
    this.#ageing.add(entry)
  }
}
