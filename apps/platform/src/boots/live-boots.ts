import type { BootEvent } from '@bootcast/boot'
import { AddressBook } from './address-book.ts'
import type { Boot } from './boot.ts'
import { isOnlyDhcp, noFacts } from './boot-facts.ts'
import type { Change } from './lines.ts'
import { LiveBoot } from './live-boot.ts'

export type LiveBootsSettings = {
  /** A new id that begins with this time: UUIDv7. */
  readonly newId: (at: number) => string
  /** A boot has changed: a line of it, or only its state or counts. `isNews`: more than that something was repeated. */
  readonly onChange: (boot: Boot, change: Change | undefined, isNews: boolean) => void
  /** The name of the site whose machines these are; absent: those that the platform itself answers. */
  readonly site?: string
  readonly most?: MostBoots
}

export type MostBoots = {
  /** Boots that go on. When more come, those that were silent for longest are closed. */
  readonly boots: number
  /** The same for those that have not come further than DHCP: an address costs an attacker nothing. */
  readonly onlyDhcp: number
}

const usualMost: MostBoots = { boots: 10_000, onlyDhcp: 5_000 }
/** Names of boot sessions that one boot is known by. */
const mostSessions = 4

/**
 * Puts each event to the boot of its machine; all of one network, where an address and a MAC mean one machine. Work for
 * an event does not grow with the number of boots.
 */
export class LiveBoots {
  readonly #settings: LiveBootsSettings
  readonly #most: MostBoots
  readonly #addresses = new AddressBook()
  /** By MAC, the one that was silent for longest first. */
  readonly #strangers = new Map<string, LiveBoot>()
  readonly #boots = new Map<string, LiveBoot>()
  readonly #bySession = new Map<string, LiveBoot>()
  readonly #sessions = new Map<LiveBoot, readonly string[]>()

  constructor(settings: LiveBootsSettings) {
    this.#settings = settings
    this.#most = settings.most ?? usualMost
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

  /**
   * Boots of before a restart, the newest first: of one machine only that goes on. Those at a site were not interrupted:
   * the site was there meanwhile, and what it has heard comes later.
   */
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
    const wasAlone = isOpen && this.#settings.site === undefined
    this.#tell(live, wasAlone ? live.takeUp(now) : [], boot)
    this.#touch(live)
  }

  /** To be called every few seconds: silence is what a failure looks like. */
  look(now: number): void {
    for (const live of [...this.#strangers.values(), ...this.#boots.values()]) this.#look(live, now)
  }

  #look(live: LiveBoot, now: number): void {
    if (!live.look(now)) return
    if (live.boot.closedAt !== undefined) this.#remove(live)
    this.#settings.onChange(live.boot, undefined, true)
  }

  #of(mac: string): LiveBoot | undefined {
    return this.#boots.get(mac) ?? this.#strangers.get(mac)
  }

  #liveOf(event: BootEvent, at: number): LiveBoot | undefined {
    const session = 'boot' in event ? event.boot : undefined
    const ofSession = session === undefined ? undefined : this.#open(this.#bySession.get(session), at)
    if (ofSession !== undefined) return ofSession
    const mac = macOf(event) ?? this.#addresses.macOf('address' in event ? event.address : undefined)
    if (mac === undefined) return undefined
    const live = this.#goingOn(mac, event, at) ?? (begins(event) ? this.#begin(mac, at) : undefined)
    if (live !== undefined && session !== undefined) this.#bind(live, session)
    return live
  }

  #goingOn(mac: string, event: BootEvent, at: number): LiveBoot | undefined {
    const live = this.#open(this.#of(mac), at)
    if (live === undefined || !live.isEndedBy(event, at)) return live
    this.#close(live, at)
    return undefined
  }

  /** Events that come late pass over hours between two looks at the clock: what such a silence ends is ended first. */
  #open(live: LiveBoot | undefined, at: number): LiveBoot | undefined {
    if (live?.isSilentAt(at) === true) this.#look(live, at)
    return live?.boot.closedAt === undefined ? live : undefined
  }

  #begin(mac: string, at: number): LiveBoot {
    const { newId, site } = this.#settings
    const live = LiveBoot.begin(newId(at), mac, at, site === undefined ? noFacts : { ...noFacts, site })
    this.#makeRoom(this.#strangers, this.#most.onlyDhcp, at)
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
    if (!this.#boots.delete(mac)) this.#makeRoom(this.#boots, this.#most.boots, lastAt)
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
