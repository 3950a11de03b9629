import { randomUUID } from 'node:crypto'
import type { SomeDirectory } from '../identity/password-gate.ts'
import type { ImageSource } from './image-source.ts'
import { type Source, type SourceItem, SourceNotFound } from './source.ts'
import type { NewSource, SourceStore, SyncEnd } from './source-store.ts'
import { Sync, type SyncParts, type SyncProgress } from './sync.ts'

export type SourcesOptions = Omit<SyncParts, 'store' | 'now'> & {
  readonly store: SourceStore
  /** What asks a source. @throws {SourceFailed} */
  readonly open: (source: Source, secret: string | undefined) => ImageSource
  /** What checks users by a source that is for that. */
  readonly directoryOf: (source: Source) => SomeDirectory
  readonly now?: () => number
  /** From 0 to 1. */
  readonly random?: () => number
}

/** As people are shown it. */
export type ShownSource = Source & {
  readonly hasSecret: boolean
  readonly nextAt: number | undefined
  readonly progress: SyncProgress | undefined
  readonly releases: number
  readonly refused: number
}

type Run = {
  readonly source: Source
  readonly ending: AbortController
  sync: Sync | undefined
  readonly startedAt: number
  readonly ended: Promise<void>
}

/** What another process added to a shared database is seen after this time at the latest. */
const lookMs = 60_000
/** A sync of a process that is gone is another's after this time. */
const leaseMs = 90_000
const renewMs = 30_000
/** Part of the interval by which looks are spread, so that sources are not asked all at once. */
const jitter = 0.1

class Ending extends Error {
  override readonly name = 'Ending'
  readonly code = 'interrupted'
}

/**
 * Sources, and when each is looked at: one sync at a time for each, also of several processes on one database. What was
 * taken is written down one by one, so a sync that was ended goes on at the next. Memory: one entry for each source,
 * 100 at most.
 */
export class Sources {
  readonly #options: SourcesOptions
  readonly #now: () => number
  readonly #process = randomUUID()
  readonly #runs = new Map<string, Run>()
  /** Source (id) → when it is looked at next. */
  readonly #due = new Map<string, number>()
  #signIns: readonly SomeDirectory[] = []
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: SourcesOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  async start(): Promise<void> {
    await this.#look()
  }

  /** Ends what runs; nothing of it is lost. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    for (const { ending } of this.#runs.values()) ending.abort(new Ending('Bootcast is being stopped'))
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended))
  }

  /** For `PasswordGate`. */
  directories(): readonly SomeDirectory[] {
    return this.#signIns
  }

  /** It is looked at at once. @throws {SourceExists | SignInTaken | SourcesFull} */
  async add(source: NewSource): Promise<ShownSource> {
    const { name } = await this.#options.store.add(source)
    return await this.sync(name)
  }

  /** @throws {SourceNotFound} */
  async remove(name: string): Promise<void> {
    const { store } = this.#options
    const { id } = await store.find(name)
    const run = this.#runs.get(id)
    run?.ending.abort(new Ending('the source is removed'))
    await run?.ended
    await store.remove(name)
    this.#due.delete(id)
    await this.#look()
  }

  /** Begins a sync, unless one runs. @throws {SourceNotFound} */
  async sync(name: string): Promise<ShownSource> {
    const source = await this.#options.store.find(name)
    await this.#look()
    this.#begin(source, 'by hand')
    return await this.#find(name)
  }

  async list(): Promise<readonly ShownSource[]> {
    const { store } = this.#options
    const [sources, counts] = [await store.list(), await store.counts()]
    const shown: ShownSource[] = []
    for (const source of sources) shown.push(await this.#shown(source, counts.get(source.id)))
    return shown
  }

  /** @throws {SourceNotFound} */
  async show(name: string): Promise<ShownSource & { readonly items: readonly SourceItem[] }> {
    const found = await this.#find(name)
    return { ...found, items: await this.#options.store.items(found.id) }
  }

  async #find(name: string): Promise<ShownSource> {
    const found = (await this.list()).find((source) => source.name === name)
    if (found === undefined) throw new SourceNotFound(name)
    return found
  }

  async #shown(source: Source, counts = { releases: 0, refused: 0 }): Promise<ShownSource> {
    const run = this.#runs.get(source.id)
    const starting = { item: undefined, publication: undefined, itemsDone: 0, items: undefined }
    return {
      ...{ ...source, ...counts },
      hasSecret: (await this.#options.store.secretOf(source.id)) !== undefined,
      nextAt: run === undefined ? this.#due.get(source.id) : undefined,
      progress: run && (run.sync?.progress ?? { startedAt: run.startedAt, ...starting }),
    }
  }

  /** Begins what is due, and sees to it that it looks again. Never rejects. */
  async #look(): Promise<void> {
    clearTimeout(this.#timer)
    try {
      const sources = await this.#options.store.list()
      this.#know(sources)
      for (const source of sources)
        if ((this.#due.get(source.id) ?? 0) <= this.#now()) this.#begin(source, 'schedule')
    } catch (error) {
      this.#options.onError(error)
    }
    this.#lookLater()
  }

  #lookLater(): void {
    clearTimeout(this.#timer)
    if (this.#isStopped) return
    const waiting = [...this.#due].filter(([id]) => !this.#runs.has(id)).map(([, at]) => at - this.#now())
    const ms = Math.max(50, Math.min(lookMs, ...waiting))
    this.#timer = setTimeout(() => void this.#look(), ms).unref()
  }

  #know(sources: readonly Source[]): void {
    const { directoryOf, random = Math.random } = this.#options
    const ids = new Set(sources.map(({ id }) => id))
    for (const id of this.#due.keys()) if (!ids.has(id)) this.#due.delete(id)
    for (const { id, syncedAt = 0, settings } of sources) {
      if (this.#due.has(id)) continue
      const soon = this.#now() + random() * jitter * settings.everySeconds * 1000
      this.#due.set(id, Math.max(soon, syncedAt + settings.everySeconds * 1000))
    }
    this.#signIns = sources.filter(({ signIn }) => signIn).map(directoryOf)
  }

  #begin(source: Source, cause: 'schedule' | 'by hand'): void {
    if (this.#isStopped || this.#runs.has(source.id)) return
    const ending = new AbortController()
    const ended = Promise.withResolvers<void>()
    const run: Run = { source, ending, sync: undefined, startedAt: this.#now(), ended: ended.promise }
    this.#runs.set(source.id, run)
    void this.#run(run, cause)
      .catch((error: unknown) => {
        if (!ending.signal.aborted) this.#options.onError(error)
      })
      .finally(() => {
        this.#runs.delete(source.id)
        this.#due.set(source.id, this.#now() + this.#intervalMs(source))
        ended.resolve()
        this.#lookLater()
      })
  }

  #intervalMs({ settings: { everySeconds } }: Source): number {
    const { random = Math.random } = this.#options
    return everySeconds * 1000 * (1 - jitter + 2 * jitter * random())
  }

  async #run(run: Run, cause: 'schedule' | 'by hand'): Promise<void> {
    const { store } = this.#options
    const { source, ending } = run
    const take = () =>
      store.takeSync(source.id, this.#process, { now: this.#now(), until: this.#now() + leaseMs })
    if (!(await take())) return
    const renewing = setInterval(() => {
      take().then(
        (isOurs) => isOurs || ending.abort(new Ending('another process syncs it')),
        (error) => this.#options.onError(error),
      )
    }, renewMs)
    let end: SyncEnd | undefined
    try {
      const problem = await this.#synced(run, cause)
      end = { at: this.#now(), problem }
    } finally {
      clearInterval(renewing)
      await store.endSync(source.id, this.#process, end)
    }
  }

  async #synced(run: Run, cause: 'schedule' | 'by hand'): Promise<string | undefined> {
    const { store, open } = this.#options
    const { source, ending } = run
    const secret = await store.secretOf(source.id)
    // Opened when it is asked, so that what fails then is told as everything else that fails.
    const images: ImageSource = {
      list: async (isWanted, signal) => await open(source, secret).list(isWanted, signal),
    }
    const { signal } = ending
    run.sync = new Sync({ ...this.#options, now: this.#now, source, images, cause, signal })
    return await run.sync.run()
  }
}
