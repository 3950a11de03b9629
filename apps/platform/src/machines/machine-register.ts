import type { MachineFacts, MachineQuirks } from '@bootcast/boot'
import { type Machine, type MachineChange, MachineNotFound, strangerMachine } from '@bootcast/catalogue'
import type { MachineStore, Sighting } from './machine-store.ts'

export type MachineRegisterSettings = {
  readonly store: MachineStore
  /** What could not be kept, now and then. */
  readonly onError: (error: unknown) => void
  readonly now?: () => number
}

/** Machines that were heard wait for this long, so that a storm is one transaction. */
const flushMs = 500
/** A machine that says the same as a moment ago is not written again. */
const quietMs = 30_000
/** Machines waiting to be written; more are dropped (they ask again). */
const mostWaiting = 4096
/** Machines kept that nobody decided about: an address costs an attacker nothing. */
const mostStrangers = 10_000

/**
 * Who was heard, on its way to the store. Memory is bounded by `mostWaiting` (twice: waiting, and written a moment
 * ago) and by the number of machines with quirks, which operators make.
 */
export class MachineRegister {
  readonly #store: MachineStore
  readonly #onError: (error: unknown) => void
  readonly #now: () => number
  readonly #waiting = new Map<string, Sighting>()
  readonly #written = new Map<string, { readonly facts: string; readonly at: number }>()
  readonly #quirks = new Map<string, MachineQuirks>()
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()
  #sincePrune = 0

  constructor({ store, onError, now = Date.now }: MachineRegisterSettings) {
    this.#store = store
    this.#onError = onError
    this.#now = now
  }

  /** Reads the quirks. */
  async start(): Promise<void> {
    for (const machine of await this.#store.withQuirks()) this.#remember(machine)
  }

  async stop(): Promise<void> {
    await this.written()
  }

  /** Fulfilled when all that was heard until now is in the store, or was told to `onError`. */
  async written(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#flushInTurn()
  }

  quirksOf(mac: string): MachineQuirks {
    return this.#quirks.get(mac) ?? {}
  }

  /** Takes note of a machine heard by DHCP, here or at a site; written a little later. */
  heard(facts: MachineFacts, site?: string): void {
    const at = this.#now()
    const text = JSON.stringify([facts, site])
    const last = this.#written.get(facts.mac)
    if (last !== undefined && last.facts === text && at - last.at < quietMs) return
    if (this.#note({ facts, at, boots: false, site })) this.#noteWritten(facts.mac, text, at)
  }

  /**
   * A machine asks what to boot, here or at a site: what is known of it, with what it says now. Written a little later, so that a
   * thousand machines at once are a few transactions, and a full disk keeps nobody from booting.
   */
  async boots(facts: MachineFacts, site?: string): Promise<Machine> {
    const known = await this.knownWith(facts)
    const at = this.#now()
    this.#note({ facts, at, boots: true, site })
    return { ...known, firstSeenAt: known.firstSeenAt ?? at, lastSeenAt: at, lastBootAt: at, site }
  }

  /** What is known of a machine, with what it says now, also before it is written down. */
  async knownWith(facts: MachineFacts): Promise<Machine> {
    const known = await this.#known(facts.mac)
    const waiting = this.#waiting.get(facts.mac)
    const { architecture = 'unknown', ...told } = { ...waiting?.facts, ...facts }
    return {
      ...known,
      ...told,
      site: waiting === undefined ? known.site : waiting.site,
      architecture: architecture === 'unknown' ? known.architecture : architecture,
    }
  }

  /** A machine with all that was heard of it until now; nothing but its address when that is nothing. */
  async known(mac: string): Promise<Machine> {
    await this.written()
    return await this.#known(mac)
  }

  async #known(mac: string): Promise<Machine> {
    try {
      return await this.#store.find(mac)
    } catch (error) {
      if (!(error instanceof MachineNotFound)) throw error
      return strangerMachine(mac)
    }
  }

  /** Whether there was room for it. */
  #note(sighting: Sighting): boolean {
    const { mac } = sighting.facts
    const before = this.#waiting.get(mac)
    if (before === undefined && this.#waiting.size >= mostWaiting) return false
    this.#waiting.set(mac, {
      facts: { ...before?.facts, ...sighting.facts },
      at: sighting.at,
      boots: sighting.boots || before?.boots === true,
      site: sighting.site,
    })
    this.#timer ??= setTimeout(() => this.#flushInTurn(), flushMs)
    return true
  }

  async change(mac: string, change: MachineChange): Promise<Machine> {
    const machine = await this.#store.change(mac, change)
    this.#remember(machine)
    return machine
  }

  async remove(mac: string): Promise<void> {
    await this.written()
    this.#written.delete(mac)
    await this.#store.remove(mac)
    this.#quirks.delete(mac)
  }

  #remember({ mac, proxyDialect, loader }: Machine): void {
    if (proxyDialect === undefined && loader === undefined) this.#quirks.delete(mac)
    else this.#quirks.set(mac, { ...(proxyDialect && { proxyDialect }), ...(loader && { loader }) })
  }

  #noteWritten(mac: string, facts: string, at: number): void {
    if (this.#written.size >= mostWaiting) this.#written.clear()
    this.#written.set(mac, { facts, at })
  }

  /** One at a time: a store that hangs must not be given more and more to do. */
  #flushInTurn(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flush())
    return this.#flushing
  }

  async #flush(): Promise<void> {
    this.#timer = undefined
    const sightings = [...this.#waiting.values()]
    this.#waiting.clear()
    if (sightings.length === 0) return
    try {
      await this.#store.record(sightings)
      this.#sincePrune += sightings.length
      if (this.#sincePrune < 1000) return
      this.#sincePrune = 0
      await this.#store.prune(mostStrangers)
    } catch (error) {
      for (const { facts } of sightings) this.#written.delete(facts.mac)
      this.#onError(error)
    }
  }
}
