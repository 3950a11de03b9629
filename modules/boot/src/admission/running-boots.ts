/** A boot that nothing was heard of for so long is over. */
const silentMs = 3 * 60 * 1000
/** Machines can be made up. Past this many, the one that was quiet longest goes. */
const mostRunning = 50_000
/** How much the last boot counts in the average. */
const weight = 0.2

type Running = {
  readonly beganAt: number
  address: string
  heardAt: number
  /** Files that it is fetching: such a machine is not silent, however long they take. */
  readonly transfers: Set<string>
}

/** Machines that were told to boot something and have not all of it yet. Growth: bounded, about 300 bytes for each. */
export class RunningBoots {
  readonly #now: () => number
  /** By MAC, in the order in which they were last heard. */
  readonly #boots = new Map<string, Running>()
  readonly #macs = new Map<string, string>()
  #averageMs: number | undefined

  constructor(now: () => number) {
    this.#now = now
  }

  /** Those that are not over by now. */
  get size(): number {
    this.#endSilent()
    return this.#boots.size
  }

  /** How long a boot takes, of those that have started; `undefined`: none has. */
  get averageMs(): number | undefined {
    return this.#averageMs
  }

  has(mac: string): boolean {
    this.#endSilent()
    return this.#boots.has(mac)
  }

  /** `address`: where it asks from; by TFTP nothing else says which machine it is. False: it ran already. */
  begin(mac: string, address: string): boolean {
    const known = this.#boots.get(mac)
    const at = this.#now()
    if (known?.address !== address) this.#macs.delete(known?.address ?? '')
    const boot = known ?? { beganAt: at, address, heardAt: at, transfers: new Set<string>() }
    boot.address = address
    this.#macs.set(address, mac)
    this.#put(mac, boot)
    const [oldest] = this.#boots.keys()
    if (this.#boots.size > mostRunning && oldest !== undefined) this.end(oldest)
    return known === undefined
  }

  /** It has all that it starts from. */
  started(mac: string): void {
    const boot = this.#boots.get(mac)
    if (boot === undefined) return
    const took = this.#now() - boot.beganAt
    this.#averageMs =
      this.#averageMs === undefined ? took : this.#averageMs + weight * (took - this.#averageMs)
    this.end(mac)
  }

  end(mac: string): void {
    const boot = this.#boots.get(mac)
    this.#boots.delete(mac)
    if (boot !== undefined && this.#macs.get(boot.address) === mac) this.#macs.delete(boot.address)
  }

  /** Something was heard of a machine that may be one of these. */
  heard(
    { mac, address = '' }: { readonly mac?: string; readonly address?: string },
    of: Transfer = {},
  ): void {
    const found = mac ?? this.#macs.get(address)
    const boot = found === undefined ? undefined : this.#boots.get(found)
    if (found === undefined || boot === undefined) return
    if (of.begins !== undefined) boot.transfers.add(of.begins)
    if (of.ends !== undefined) boot.transfers.delete(of.ends)
    this.#put(found, boot)
  }

  #put(mac: string, boot: Running): void {
    boot.heardAt = this.#now()
    this.#boots.delete(mac)
    this.#boots.set(mac, boot)
  }

  #endSilent(): void {
    const before = this.#now() - silentMs
    for (const [mac, boot] of this.#boots) {
      if (boot.heardAt > before) return
      if (boot.transfers.size > 0) this.#put(mac, boot)
      else this.end(mac)
    }
  }
}

/** A file that begins to be sent, or has ended. */
export type Transfer = { readonly begins?: string; readonly ends?: string }
