import type { KeptBlob, LocalFiles, PrunableStore } from '../blob-store.ts'
import type { Digest } from '../digest.ts'
import { CacheFull } from './cache-full.ts'
import {
  bytesOf,
  type CacheGroup,
  type CacheState,
  type Eviction,
  type Held,
  planEvictions,
} from './eviction.ts'
import { KeeperNotes } from './keeper-notes.ts'
import { type CacheUsage, usageOf } from './usage.ts'
import { type Scrubbed, Verifier } from './verifier.ts'

export type KeeperSettings = {
  /** Nobody else may put blobs into it without having asked for room here. */
  readonly store: PrunableStore & LocalFiles & { freeBytes(): Promise<number> }
  /** All that there are: what is in none is not needed. Throws while that is not known. */
  readonly groups: () => readonly CacheGroup[]
  /** `undefined`: as much as the disk has. */
  readonly quotaBytes: () => number | undefined
  /** Somebody reads it, or is about to. Asked immediately before it goes. */
  readonly isInUse: (digest: Digest) => boolean
  /** Where last uses and verifications are noted. */
  readonly file: string
  readonly onEvicted: (eviction: Eviction) => void
  /** It is gone already, and may be fetched again. */
  readonly onCorrupt: (digest: Digest, reason: Error) => void
  /** The file of notes could not be read or written: nothing stops for it. */
  readonly onTrouble?: (error: unknown) => void
  /** What the disk keeps free whatever the quota says; 256 MiB. */
  readonly reserveBytes?: number
  /** 20 MB. */
  readonly scrubBytesPerSecond?: number
  /** How long notes may wait until they are written; 5 s. */
  readonly writeEveryMs?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Room for bytes that are on their way. It is taken until it is released. */
export type Room = {
  /** So many of them are on the disk now. Without this the disk is thought to lack all of them still. */
  written(bytes: number): void
  /** The blob is in the store, or will not come. Again is no error. */
  release(): void
}

/** How long a group's last use is remembered when nobody knows the group any more. */
const forgetAfterMs = 30 * 24 * 60 * 60 * 1000

/**
 * Keeps a cache within its quota, and healthy. It knows groups of blobs, and not what they are.
 *
 * Room is made by whole groups, least recently used first; see {@link planEvictions}. Kept on disk are only the
 * notes: an eviction that a crash interrupts leaves a group in part, which goes on being the oldest. Each call that
 * makes room or tidies lists the store (256 folders, a stat for each blob); memory is about 300 bytes for each blob
 * and place in a group.
 *
 * **Verified at start-up, lazily.** Reading all of a cache again at each start would keep a site from serving for
 * minutes, and a disk busy for hours. So a blob is trusted when its file has the size, times and inode that it had
 * when its bytes were last verified, be it by a process before this one; any other is verified before its first use,
 * a second for each GB. That finds what was cut, replaced, restored or written to. It does not find a bit that the
 * disk changed by itself: the scrub does, in one round over everything, and machines boot it until then. Nor does it
 * keep out somebody who can write to the disk below the file system. A lost file of notes makes nothing trusted.
 */
export class CacheKeeper {
  readonly #settings: Required<KeeperSettings>
  readonly #verifier: Verifier
  readonly #rooms = new Set<{ bytes: number; written: number }>()
  #notes: Promise<KeeperNotes> | undefined
  #lastUse = 0
  #turn: Promise<unknown> = Promise.resolve()

  /** Reads nothing before it is asked. */
  constructor(settings: KeeperSettings) {
    this.#settings = {
      onTrouble: () => undefined,
      reserveBytes: 256 * 2 ** 20,
      scrubBytesPerSecond: 20e6,
      writeEveryMs: 5000,
      now: Date.now,
      ...settings,
    }
    const { store, onCorrupt, now } = this.#settings
    this.#verifier = new Verifier({ store, onCorrupt, now, notes: () => this.#noted() })
  }

  /** Writes down what is not written yet, and ends the thread. */
  async stop(): Promise<void> {
    await this.#turn
    await this.#verifier.stop()
    if (this.#notes !== undefined) await (await this.#notes).close()
  }

  /** A machine boots it now. Written down behind; survives a restart. */
  used(group: string): void {
    // Two uses in one millisecond, or after the clock was set back, have an order, too.
    this.#lastUse = Math.max(this.#settings.now(), this.#lastUse + 1)
    const at = this.#lastUse
    void this.#noted().then((notes) => {
      notes.used.set(group, Math.max(at, notes.used.get(group) ?? 0))
      notes.changed()
    })
  }

  /** Fulfilled when so many bytes more fit into the quota and onto the disk. @throws {CacheFull} like `reserve` */
  async makeRoom(bytes: number): Promise<void> {
    const room = await this.reserve(bytes)
    room.release()
  }

  /**
   * Makes room and keeps it for bytes that take a while to come.
   * @throws {CacheFull} when they do not fit even if all went that may: nothing was evicted then
   */
  reserve(bytes: number): Promise<Room> {
    return this.#inTurn(async () => {
      const free = await this.#settings.store.freeBytes()
      await this.#evict(await this.#kept(), {
        lack: (kept, freed) => Math.max(this.#overQuota(kept, bytes), this.#overDisk(free + freed, bytes)),
        short: (lack, held) => this.#full(bytes, lack, held),
      })
      const room = { bytes, written: 0 }
      this.#rooms.add(room)
      return {
        written: (arrived) => {
          room.written = arrived
        },
        release: () => void this.#rooms.delete(room),
      }
    })
  }

  /**
   * To be called when the quota was lowered, or groups went: what is in no group goes, and as much as it takes for
   * the quota. @returns by how much what may not go exceeds it
   */
  tidy(): Promise<{ readonly overBytes: number }> {
    return this.#inTurn(async () => {
      const kept = await this.#kept()
      const stray = planEvictions(await this.#state(kept)).evictions.find(({ groups }) => groups.length === 0)
      if (stray !== undefined) await this.#carryOut(stray, kept)
      await this.#evict(kept, { lack: (bytes) => this.#overQuota(bytes, 0), short: () => undefined })
      await this.#forget(kept)
      return { overBytes: Math.max(0, this.#overQuota(bytesOf(kept.values()), 0)) }
    })
  }

  async usage(): Promise<CacheUsage> {
    const state = await this.#state(await this.#kept())
    return usageOf(state, this.#reserved())
  }

  /**
   * One slow round over all blobs, those first that were verified longest ago, so that a round which ends early is no
   * loss. What is corrupt goes. What the kernel has in memory is read from there, and its disk not asked.
   * @throws the signal's reason
   */
  scrub(signal: AbortSignal): Promise<Scrubbed> {
    return this.#verifier.scrub(this.#settings.scrubBytesPerSecond, signal)
  }

  /** The store has verified it as it came in: it need not be read again. */
  entered(digest: Digest): Promise<void> {
    return this.#verifier.entered(digest)
  }

  /** Whether its file is the one whose bytes were verified. @throws {BlobMissing} */
  async verified(digest: Digest): Promise<boolean> {
    return (await this.#verifier.verifiedAt(digest)) !== undefined
  }

  /**
   * To be awaited before a blob is served. At once for one that is `verified`; any other is read first.
   * @throws {BlobCorrupt} or what the disk said, when it was bad and is gone now; {BlobMissing}
   */
  checkFirst(digest: Digest): Promise<void> {
    return this.#verifier.checkFirst(digest)
  }

  /** Opening notes never fails. */
  #noted(): Promise<KeeperNotes> {
    this.#notes ??= KeeperNotes.open(this.#settings)
    return this.#notes
  }

  async #kept(): Promise<Map<Digest, KeptBlob>> {
    const kept = new Map<Digest, KeptBlob>()
    for await (const blob of this.#settings.store.list()) kept.set(blob.digest, blob)
    return kept
  }

  async #state(kept: ReadonlyMap<Digest, KeptBlob>): Promise<CacheState> {
    const { used } = await this.#noted()
    const { groups, isInUse, now } = this.#settings
    return { kept, groups: groups(), isInUse, now: now(), lastUsedAt: (name) => used.get(name) }
  }

  /**
   * Plans anew after each eviction: meanwhile a machine may have begun to boot, or a group have come. Gives up when
   * nothing went several times over, because all that was planned was in use by then.
   */
  async #evict(kept: Map<Digest, KeptBlob>, { lack, short }: Goal): Promise<void> {
    const before = bytesOf(kept.values())
    for (let idle = 0; ; ) {
      const bytes = bytesOf(kept.values())
      const lacking = lack(bytes, before - bytes)
      if (lacking <= 0) return
      const { evictions, held } = planEvictions(await this.#state(kept))
      const possible = idle < 3 ? evictions.reduce((sum, eviction) => sum + eviction.bytes, 0) : 0
      if (possible < lacking) short(lacking - possible, held)
      const [first] = evictions
      if (first === undefined || idle === 3) return
      const count = kept.size
      await this.#carryOut(first, kept)
      idle = kept.size < count ? 0 : idle + 1
    }
  }

  async #carryOut(eviction: Eviction, kept: Map<Digest, KeptBlob>): Promise<void> {
    const { store, isInUse, onEvicted } = this.#settings
    const { verified } = await this.#noted()
    const gone: KeptBlob[] = []
    for (const digest of eviction.blobs) {
      const blob = kept.get(digest)
      if (eviction.groups.length > 0 && eviction.blobs.some(isInUse)) break
      if (blob === undefined || isInUse(digest)) continue
      await store.remove(digest)
      verified.delete(digest)
      kept.delete(digest)
      gone.push(blob)
    }
    if (gone.length === 0) return
    const { groups } = eviction
    onEvicted({ groups, blobs: gone.map(({ digest }) => digest), bytes: bytesOf(gone) })
  }

  async #forget(kept: ReadonlyMap<Digest, KeptBlob>): Promise<void> {
    const notes = await this.#noted()
    const names = new Set(this.#settings.groups().map(({ name }) => name))
    const since = this.#settings.now() - forgetAfterMs
    for (const [name, at] of notes.used) if (at < since && !names.has(name)) notes.used.delete(name)
    for (const digest of notes.verified.keys()) if (!kept.has(digest)) notes.verified.delete(digest)
    notes.changed()
  }

  #reserved(): number {
    return [...this.#rooms].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  #overQuota(keptBytes: number, bytes: number): number {
    return keptBytes + this.#reserved() + bytes - (this.#settings.quotaBytes() ?? Number.POSITIVE_INFINITY)
  }

  #overDisk(freeBytes: number, bytes: number): number {
    const unwritten = [...this.#rooms].reduce((sum, room) => sum + Math.max(0, room.bytes - room.written), 0)
    return unwritten + bytes + this.#settings.reserveBytes - freeBytes
  }

  #full(bytes: number, shortBytes: number, held: readonly Held[]): never {
    const quotaBytes = this.#settings.quotaBytes()
    throw new CacheFull({ bytes, shortBytes, quotaBytes, reservedBytes: this.#reserved(), held })
  }

  /** Two that make room at once would count on the same bytes. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }
}

type Goal = {
  /** How many bytes have to go still; `freed`: went already. */
  readonly lack: (keptBytes: number, freed: number) => number
  /** Told when it cannot be reached; may throw. */
  readonly short: (bytes: number, held: readonly Held[]) => void
}
