import type { Session } from './session.ts'
import type { Peer } from './transfer-socket.ts'

/** A place for one transfer, taken before its file is open. */
export type Slot = {
  readonly peer: Peer
  /** What was asked, to know a repeated request from another one. */
  readonly asked: string
  readonly since: number
  session: Session | undefined
  released: boolean
}

export type SlotLimits = { readonly maxTransfers: number; readonly maxTransfersPerAddress: number }

/** A client that was not heard for so long may lose its place, ms. */
const patience = 1000
/** The same once it has answered: its window may have been lost and be on its way again. */
const silence = 10_000

/**
 * The transfers that go on, bounded overall and for each address. When all places are taken, the transfer that
 * waits longest for its client's first answer makes room, else the one whose client has been silent for longest:
 * neither requests with invented addresses nor a rack that lost its power keep others out.
 */
export class Transfers {
  readonly #limits: SlotLimits
  readonly #slots = new Map<string, Slot>()
  readonly #perAddress = new Map<string, number>()
  /** In the order of their coming. */
  readonly #unanswered = new Set<Slot>()
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(limits: SlotLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#slots.size
  }

  all(): Iterable<Slot> {
    return this.#slots.values()
  }

  of(peer: Peer): Slot | undefined {
    return this.#slots.get(keyOf(peer))
  }

  /** A new place, or why there is none. */
  take(peer: Peer, asked: string, now: number): Slot | { readonly full: string } {
    const ofAddress = this.#perAddress.get(peer.address) ?? 0
    if (ofAddress >= this.#limits.maxTransfersPerAddress) {
      return { full: `${ofAddress} transfers of this address go on` }
    }
    if (this.#slots.size >= this.#limits.maxTransfers && !this.#makeRoom(now)) {
      return { full: `${this.#slots.size} transfers go on` }
    }
    const slot: Slot = { peer, asked, since: now, session: undefined, released: false }
    this.#slots.set(keyOf(peer), slot)
    this.#unanswered.add(slot)
    this.#perAddress.set(peer.address, (this.#perAddress.get(peer.address) ?? 0) + 1)
    return slot
  }

  release(slot: Slot): void {
    if (slot.released) return
    slot.released = true
    this.#slots.delete(keyOf(slot.peer))
    this.#unanswered.delete(slot)
    const left = (this.#perAddress.get(slot.peer.address) ?? 1) - 1
    if (left > 0) this.#perAddress.set(slot.peer.address, left)
    else this.#perAddress.delete(slot.peer.address)
  }

  /** Amortised O(1): each slot leaves the set of the unanswered once. */
  #makeRoom(now: number): boolean {
    for (const slot of this.#unanswered) {
      if (slot.session?.transfer.answered === true) {
        this.#unanswered.delete(slot)
        continue
      }
      if (now - slot.since < patience) return false
      if (slot.session === undefined) this.release(slot)
      else slot.session.drop('made room: its client never answered')
      return true
    }
    return this.#dropSilent(now)
  }

  /** The transfer whose client has been silent for longest, if that is long. A look at all, four times a second. */
  #dropSilent(now: number): boolean {
    if (now - this.#lookedAt < 250) return false
    this.#lookedAt = now
    let silent: Session | undefined
    for (const { session } of this.#slots.values()) {
      if (session !== undefined && session.transfer.heardAt < (silent?.transfer.heardAt ?? now - silence))
        silent = session
    }
    silent?.drop('made room: its client was silent')
    return silent !== undefined
  }
}

function keyOf(peer: Peer): string {
  return `${peer.address}:${peer.port}`
}
