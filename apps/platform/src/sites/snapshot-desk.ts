import { createHash } from 'node:crypto'
import type { Snapshot } from '@bootcast/uplink'
import { type Site, SiteRevoked } from './site.ts'

export type SealedSnapshot = {
  readonly bytes: Buffer
  readonly signature: string
  readonly etag: string
}

export type SnapshotDeskSettings = {
  readonly site: (id: string) => Promise<Site>
  readonly make: (site: Site) => Promise<Snapshot>
  readonly seal: (snapshot: Snapshot) => Promise<{ readonly bytes: Buffer; readonly signature: string }>
  readonly onError: (error: unknown) => void
  readonly now?: () => number
}

type Kept = SealedSnapshot & { readonly madeAt: number; readonly content: string; readonly lifeMs: number }

/** Changes come in twos and threes. */
const settleMs = 150
/** What another process changed in a shared database is seen after this time at the latest. */
const lookMs = 15_000
/** A site that hears from us has most of the life of its snapshot before it. */
const longestMs = 10 * 60_000

/**
 * The snapshot of each site that asks, made when something has changed, and told to those who wait for it. Memory: the
 * snapshots of the sites that are connected.
 */
export class SnapshotDesk {
  readonly #settings: SnapshotDeskSettings
  readonly #now: () => number
  readonly #kept = new Map<string, Kept>()
  readonly #waiting = new Set<() => void>()
  /** Grows with each change. */
  #version = 0
  readonly #seen = new Map<string, { readonly version: number; readonly at: number }>()
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(settings: SnapshotDeskSettings) {
    this.#settings = settings
    this.#now = settings.now ?? Date.now
  }

  /** Something may have changed that sites know. Returns at once. */
  changed(): void {
    this.#version += 1
    if (this.#isStopped) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      for (const wake of [...this.#waiting]) wake()
    }, settleMs).unref()
  }

  /** Whoever waits is told that there is nothing new. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    for (const wake of [...this.#waiting]) wake()
  }

  forget(site: string): void {
    this.#kept.delete(site)
    this.#seen.delete(site)
  }

  /**
   * The snapshot as soon as it is another than `etag`; `undefined` when it is not for `waitMs`.
   * @throws {SiteRevoked} also when it is revoked meanwhile
   */
  async next(
    id: string,
    {
      etag,
      waitMs,
      signal,
    }: { readonly etag: string | undefined; readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<SealedSnapshot | undefined> {
    const until = this.#now() + waitMs
    for (;;) {
      const current = await this.#current(id)
      if (current.etag !== etag) return current
      const left = until - this.#now()
      if (left <= 0 || signal.aborted || this.#isStopped) return undefined
      await this.#news(Math.min(left, lookMs), signal)
    }
  }

  async #current(id: string): Promise<Kept> {
    const now = this.#now()
    const known = this.#kept.get(id)
    const seen = this.#seen.get(id)
    const isFresh = known !== undefined && now - known.madeAt < Math.min(longestMs, known.lifeMs / 4)
    if (isFresh && seen?.version === this.#version && now - seen.at < lookMs) return known
    const version = this.#version
    const site = await this.#settings.site(id)
    if (site.revokedAt !== undefined) throw new SiteRevoked(site.name)
    const snapshot = await this.#settings.make(site)
    const content = contentOf(snapshot)
    if (isFresh && known.content === content) {
      this.#seen.set(id, { version, at: now })
      return known
    }
    const sealed = await this.#settings.seal(snapshot)
    const etag = `"${createHash('sha256').update(sealed.bytes).digest('base64url')}"`
    const lifeMs = snapshot.expiresAt - snapshot.issuedAt
    const kept = { ...sealed, etag, madeAt: now, content, lifeMs }
    this.#kept.set(id, kept)
    this.#seen.set(id, { version, at: now })
    return kept
  }

  #news(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    this.#waiting.add(resolve)
    const stop = () => resolve()
    signal.addEventListener('abort', stop, { once: true })
    return promise.finally(() => {
      signal.removeEventListener('abort', stop)
      clearTimeout(timer)
      this.#waiting.delete(resolve)
    })
  }
}

/** What it says, whenever it was made. */
function contentOf({ issuedAt, expiresAt, machines, ...rest }: Snapshot): string {
  // When a machine was last heard is no news.
  const facts = machines.map(({ firstSeenAt, lastSeenAt, lastBootAt, address, ...machine }) => machine)
  return createHash('sha256')
    .update(JSON.stringify({ ...rest, machines: facts }))
    .digest('hex')
}
