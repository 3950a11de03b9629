import { setTimeout as sleep } from 'node:timers/promises'
import type { BootLog } from '@bootcast/boot'
import type { WholeRelease } from '@bootcast/catalogue'
import { type Digest, parseDigest } from '@bootcast/content'
import type { SiteBlobs } from './site-blobs.ts'

export type WarmOrder = { readonly id: string; readonly release: string }

export type Warmed = {
  readonly id: string
  readonly state: 'waiting' | 'fetching' | 'done' | 'failed'
  readonly doneBytes: number
  readonly totalBytes: number
  readonly error?: string
}

export type WarmerSettings = {
  readonly blobs: Pick<SiteBlobs, 'fetch'>
  readonly isHere: (digest: Digest) => boolean
  /** A release that this site knows. */
  readonly release: (name: string) => WholeRelease | undefined
  /** Whether warm-ups may fetch at this moment. */
  readonly mayFetch: () => boolean
  readonly onChange: () => void
  readonly log: BootLog
}

const retryMs = 15_000
const lookMs = 1_000

/**
 * Fetches releases before anybody asks for them: what was ordered, then what is pinned; one after another, each whole.
 * Growth: the orders of the snapshot.
 */
export class Warmer {
  readonly #settings: WarmerSettings
  readonly #states = new Map<string, Warmed>()
  readonly #notBefore = new Map<string, number>()
  readonly #ending = new AbortController()
  #orders: readonly WarmOrder[] = []
  #running: Promise<void> | undefined
  #wake: () => void = () => undefined
  #fetching: { readonly order: WarmOrder; readonly ending: AbortController } | undefined

  constructor(settings: WarmerSettings) {
    this.#settings = settings
  }

  /** These and no others, in this order; those that were done are not done again while their bytes are here. */
  follow(orders: readonly WarmOrder[]): void {
    this.#orders = orders
    const isGone = (id: string) => !orders.some((order) => order.id === id)
    for (const id of [...this.#states.keys()].filter(isGone)) {
      this.#states.delete(id)
      this.#notBefore.delete(id)
    }
    if (this.#fetching !== undefined && !this.#stands(this.#fetching.order)) this.#fetching.ending.abort()
    this.#running ??= this.#run()
    this.#wake()
  }

  #stands({ id, release }: WarmOrder): boolean {
    return this.#orders.some((order) => order.id === id && order.release === release)
  }

  list(): readonly Warmed[] {
    return this.#orders.map((order) => this.#states.get(order.id) ?? this.#stateOf(order, 'waiting'))
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    this.#wake()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      const open = this.#orders.filter((order) => this.#isOpen(order))
      const next = open.find(({ id }) => (this.#notBefore.get(id) ?? 0) <= Date.now())
      if (next !== undefined && this.#settings.mayFetch()) await this.#fetch(next)
      else await this.#rest(open.length === 0 ? undefined : lookMs)
    }
  }

  #isOpen(order: WarmOrder): boolean {
    return this.#states.get(order.id)?.state !== 'done' || !this.#isWhole(order)
  }

  #isWhole({ release }: WarmOrder): boolean {
    return this.#blobsOf(release).every(({ digest }) => this.#settings.isHere(digest))
  }

  #blobsOf(name: string) {
    return (this.#settings.release(name)?.blobs ?? []).flatMap(({ digest: text, size }) => {
      const digest = parseDigest(text)
      return digest === undefined ? [] : [{ digest, size }]
    })
  }

  /** Until all of it is here, the order is cancelled, or the time for it is over: what has come stays. */
  async #fetch(order: WarmOrder): Promise<void> {
    const ending = new AbortController()
    this.#fetching = { order, ending }
    const watch = setInterval(() => {
      if (!this.#settings.mayFetch()) ending.abort()
    }, lookMs)
    try {
      await this.#bring(order, AbortSignal.any([ending.signal, this.#ending.signal]))
    } catch (error) {
      if (ending.signal.aborted || this.#ending.signal.aborted) this.#putOff(order)
      else this.#failed(order, error)
    } finally {
      clearInterval(watch)
      this.#fetching = undefined
    }
  }

  async #bring(order: WarmOrder, signal: AbortSignal): Promise<void> {
    const { blobs, isHere, log, release } = this.#settings
    if (release(order.release) === undefined) throw new Error(`this site does not know ${order.release}`)
    let before = 0
    for (const { digest, size } of this.#blobsOf(order.release)) {
      signal.throwIfAborted()
      const onProgress = (done: number) => this.#tell(order, 'fetching', before + done)
      if (!isHere(digest)) await blobs.fetch(digest, { signal, onProgress })
      before += size
      this.#tell(order, 'fetching', before)
    }
    this.#tell(order, 'done', before)
    log('info', 'a release is here', { release: order.release, bytes: before })
  }

  #putOff(order: WarmOrder): void {
    if (this.#stands(order)) this.#states.set(order.id, this.#stateOf(order, 'waiting'))
    else this.#states.delete(order.id)
  }

  #failed(order: WarmOrder, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#notBefore.set(order.id, Date.now() + retryMs)
    this.#states.set(order.id, { ...this.#stateOf(order, 'failed'), error: reason.slice(0, 300) })
    this.#settings.onChange()
    this.#settings.log('warn', 'a release could not be fetched yet', { release: order.release, reason })
  }

  #tell(order: WarmOrder, state: Warmed['state'], doneBytes: number): void {
    if (!this.#stands(order)) return
    this.#states.set(order.id, { ...this.#stateOf(order, state), doneBytes })
    this.#settings.onChange()
  }

  #stateOf({ id, release }: WarmOrder, state: Warmed['state']): Warmed {
    const blobs = this.#blobsOf(release)
    const here = blobs.filter(({ digest }) => this.#settings.isHere(digest))
    const sum = (all: typeof blobs) => all.reduce((bytes, { size }) => bytes + size, 0)
    return { id, state, doneBytes: sum(here), totalBytes: sum(blobs) }
  }

  async #rest(ms: number | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const timer = new AbortController()
    const waits =
      ms === undefined ? [] : [sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined)]
    await Promise.race([promise, ...waits])
    timer.abort()
  }
}
