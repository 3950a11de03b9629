import { setTimeout as sleep } from 'node:timers/promises'
import type { BootLog } from '@bootcast/boot'
import {
  type SealedSnapshot,
  SiteRevoked,
  type Snapshot,
  type UplinkClient,
  UpstreamAway,
} from '@bootcast/uplink'

/** Where the last snapshot outlives the process. */
export interface SnapshotStore {
  /** As it was kept; whether it is genuine is for the caller to judge. */
  load(): Promise<KeptSnapshot | undefined>
  save(kept: KeptSnapshot): Promise<void>
  forget(): Promise<void>
}

export type KeptSnapshot = {
  readonly bytes: Buffer
  readonly signature: string
  /** What must be added to the clock here to have that of the platform, milliseconds. */
  readonly clockOffset: number
}

export type SnapshotKeeperSettings = {
  readonly uplink: Pick<UplinkClient, 'snapshot' | 'clockSkewMs'>
  readonly store: SnapshotStore
  /** @throws when it is not signed by the platform, is no snapshot, or was issued before `issuedFrom` */
  readonly open: (bytes: Buffer, signature: string, issuedFrom: number) => Snapshot
  /** `undefined`: this site was revoked. */
  readonly onChange: (snapshot: Snapshot | undefined) => void
  readonly log: BootLog
  readonly now?: () => number
}

/** How long the upstream may hold the question while nothing is new. */
const waitSeconds = 25
/** A platform that comes back is found within this time. */
const retryMs = 2_000
/** One that said no is asked again. */
const refusedMs = 15_000
/** Between two answers, also of an upstream that does not hold the question. */
const leastMs = 1_000

/** The signed policy of this site: kept on the disk, followed while the upstream is there. */
export class SnapshotKeeper {
  readonly #settings: SnapshotKeeperSettings
  readonly #now: () => number
  readonly #ending = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #etag: string | undefined
  #clockOffset = 0
  #issuedAt = 0
  #contactAt: number | undefined
  #isRevoked = false

  constructor(settings: SnapshotKeeperSettings) {
    this.#settings = settings
    this.#now = settings.now ?? Date.now
  }

  /** Milliseconds since 1970 by the clock of the platform, as far as it is known. */
  platformNow(): number {
    return this.#now() + this.#clockOffset
  }

  /** The difference of the clocks, milliseconds; positive: the platform's is ahead. */
  get clockOffset(): number {
    return this.#clockOffset
  }

  /** When the upstream last answered, by the clock here. */
  get contactAt(): number | undefined {
    return this.#contactAt
  }

  get isRevoked(): boolean {
    return this.#isRevoked
  }

  /** Takes up what was known before, then follows the upstream until `stop`. */
  async start(): Promise<void> {
    await this.#takeUp()
    this.#running = this.#follow()
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#running
  }

  async #takeUp(): Promise<void> {
    const { store, open, onChange, log } = this.#settings
    try {
      const kept = await store.load()
      if (kept === undefined) return
      const snapshot = open(kept.bytes, kept.signature, this.#issuedAt)
      this.#clockOffset = kept.clockOffset
      this.#issuedAt = snapshot.issuedAt
      onChange(snapshot)
    } catch (error) {
      log('warn', 'the policy of before cannot be used; a new one is waited for', { reason: String(error) })
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      const restMs = await this.#ask(signal)
      if (restMs > 0) await sleep(restMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** How long to rest before the next question. */
  async #ask(signal: AbortSignal): Promise<number> {
    const { uplink, log } = this.#settings
    const askedAt = performance.now()
    try {
      const answer = await uplink.snapshot({ etag: this.#etag, waitSeconds, signal })
      this.#contactAt = this.#now()
      this.#clockOffset = uplink.clockSkewMs ?? this.#clockOffset
      if (answer !== undefined) await this.#accept(answer)
      return leastMs - (performance.now() - askedAt)
    } catch (error) {
      if (signal.aborted) return 0
      if (error instanceof UpstreamAway) return retryMs * (0.5 + Math.random())
      if (error instanceof SiteRevoked) await this.#revoked()
      else log('error', 'the policy of this site could not be had', { reason: String(error) })
      return refusedMs * (0.5 + Math.random())
    }
  }

  async #accept({ bytes, signature, etag }: SealedSnapshot): Promise<void> {
    const { store, open, onChange, log } = this.#settings
    const snapshot = open(bytes, signature, this.#issuedAt)
    this.#issuedAt = snapshot.issuedAt
    this.#isRevoked = false
    onChange(snapshot)
    this.#etag = etag
    // A full disk keeps the site from nothing but this.
    await store
      .save({ bytes, signature, clockOffset: this.#clockOffset })
      .catch((error) => log('error', 'the policy of this site could not be kept', { reason: String(error) }))
  }

  /** At once, and for good: what is kept here would otherwise go on being good after a restart. */
  async #revoked(): Promise<void> {
    const { store, onChange, log } = this.#settings
    if (!this.#isRevoked) log('error', 'this site was revoked: it boots nothing any more', {})
    this.#isRevoked = true
    this.#etag = undefined
    onChange(undefined)
    await store
      .forget()
      .catch((error) => log('error', 'the policy could not be removed', { reason: String(error) }))
  }
}
