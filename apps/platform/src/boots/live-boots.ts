import type { BootEvent } from '@bootcast/boot'
import { AddressBook } from './address-book.ts'
import type { Boot } from './boot.ts'
import { isOnlyDhcp } from './boot-facts.ts'
import type { Change } from './lines.ts'
import { LiveBoot } from './live-boot.ts'

export type LiveBootsSettings = {
  /** A new id that begins with this time: UUIDv7. */
  readonly newId: (at: number) => string
  /** A boot has changed: a line of it, or only its state or counts. `isNews`: more than that something was repeated. */
  readonly onChange: (boot: Boot, change: Change | undefined, isNews: boolean) => void
}

/** Boots that go on. When more come, those that were silent for longest are closed. */
const mostBoots = 10_000
/** The same for those that have not come further than DHCP: an address costs an attacker nothing. */
const mostOnlyDhcp = 5_000
/** Names of boot sessions that one boot is known by. */
const mostSessions = 4

/** Puts each event to the boot of its machine. Work for an event does not grow with the number of boots. */
export class LiveBoots {
  readonly #settings: LiveBootsSettings
  readonly #addresses = new AddressBook()
  /** By MAC, the one that was silent for longest first. */
  readonly #strangers = new Map<string, LiveBoot>()
  readonly #boots = new Map<string, LiveBoot>()
  readonly #bySession = new Map<string, LiveBoot>()
  readonly #sessions = new Map<LiveBoot, readonly string[]>()

  constructor(settings: LiveBootsSettings) {
    this.#settings = settings
  }

  get size(): number {
    return this.#strangers.size + this.#boots.size
  }

  take(event: BootEvent, at: number): void {
    this.#addresses.learn(event)
    const live = this.#liveOf(event, at)
    if (live === undefined) return
    const before = live.boot
    this.#tell(live, live.add(event, at), before)
    this.#touch(live)
  }

  /** Boots of before a restart, the newest first: of one machine only that goes on. */
  takeUp(boots: readonly Boot[], now: number): void {
    const oldestFirst = boots.toReversed()
    const newest = new Map(oldestFirst.map((boot) => [boot.mac, boot]))
    for (const boot of oldestFirst) {
      const live = new LiveBoot(boot)
      if (newest.get(boot.mac) === boot) this.#takeUp(live, now)
      else this.#close(live, now)
    }
    this.look(now)
  }

  #takeUp(live: LiveBoot, now: number): void {
    const { boot } = live
    const { address: leased } = boot.facts
    if (leased !== undefined) this.#addresses.learn({ kind: 'lease', mac: boot.mac, leased })
    const isOpen = boot.state === 'booting' || boot.state === 'waiting'
    this.#tell(live, isOpen ? live.takeUp(now) : [], boot)
    this.#touch(live)
  }

  /** To be called every few seconds: silence is what a failure looks like. */
  look(now: number): void {
    for (const live of [...this.#strangers.values(), ...this.#boots.values()]) {
      if (!live.look(now)) continue
      if (live.boot.closedAt !== undefined) this.#remove(live)
      this.#settings.onChange(live.boot, undefined, true)
    }
  }

  #of(mac: string): LiveBoot | undefined {
    return this.#boots.get(mac) ?? this.#strangers.get(mac)
  }

  #liveOf(event: BootEvent, at: number): LiveBoot | undefined {
    const session = 'boot' in event ? event.boot : undefined
    const ofSession = session === undefined ? undefined : this.#bySession.get(session)
    if (ofSession !== undefined) return ofSession
    const mac = macOf(event) ?? this.#addresses.macOf('address' in event ? event.address : undefined)
    if (mac === undefined) return undefined
    const live = this.#goingOn(mac, event, at) ?? (begins(event) ? this.#begin(mac, at) : undefined)
    if (live !== undefined && session !== undefined) this.#bind(live, session)
    return live
  }

  #goingOn(mac: string, event: BootEvent, at: number): LiveBoot | undefined {
    const live = this.#of(mac)
    if (live === undefined || !live.isEndedBy(event, at)) return live
    this.#close(live, at)
    return undefined
  }

  #begin(mac: string, at: number): LiveBoot {
    const live = LiveBoot.begin(this.#settings.newId(at), mac, at)
    this.#makeRoom(this.#strangers, mostOnlyDhcp, at)
    this.#strangers.set(mac, live)
    return live
  }

  #bind(live: LiveBoot, session: string): void {
    const sessions = [...(this.#sessions.get(live) ?? []), session]
    for (const old of sessions.splice(0, sessions.length - mostSessions)) this.#bySession.delete(old)
    this.#sessions.set(live, sessions)
    this.#bySession.set(session, live)
  }

  /** To the end of its queue: the last one to make room. */
  #touch(live: LiveBoot): void {
    const { mac, facts, lastAt } = live.boot
    if (isOnlyDhcp(facts)) {
      this.#strangers.delete(mac)
      this.#strangers.set(mac, live)
      return
    }
    this.#strangers.delete(mac)
    if (!this.#boots.delete(mac)) this.#makeRoom(this.#boots, mostBoots, lastAt)
    this.#boots.set(mac, live)
  }

  #makeRoom(queue: ReadonlyMap<string, LiveBoot>, most: number, at: number): void {
    const [longest] = queue.size >= most ? queue.values() : []
    if (longest !== undefined) this.#close(longest, at)
  }

  #close(live: LiveBoot, at: number): void {
    live.close(at)
    this.#remove(live)
    this.#settings.onChange(live.boot, undefined, true)
  }

  #remove(live: LiveBoot): void {
    const { mac } = live.boot
    for (const queue of [this.#strangers, this.#boots]) if (queue.get(mac) === live) queue.delete(mac)
    for (const session of this.#sessions.get(live) ?? []) this.#bySession.delete(session)
    this.#sessions.delete(live)
  }

  #tell({ boot }: LiveBoot, changes: readonly Change[], before: Boot): void {
    const isOther = boot.state !== before.state || boot.cause?.code !== before.cause?.code
    for (const change of changes) this.#settings.onChange(boot, change, change.how !== 'repeated' || isOther)
    if (changes.length === 0 && boot !== before) this.#settings.onChange(boot, undefined, isOther)
  }
}

const macOf = (event: BootEvent): string | undefined => ('mac' in event ? event.mac : undefined)

/** Events that a boot may begin with; others say nothing without what came before. */
function begins({ kind }: BootEvent): boolean {
  return kind === 'discover' || kind === 'request' || kind === 'asked'
}
