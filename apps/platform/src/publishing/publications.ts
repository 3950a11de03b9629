import { randomBytes } from 'node:crypto'
import type { Release, Variant } from '@bootcast/catalogue'
import type { Fingerprinter } from '@bootcast/content'
import { NotRecognised, type Recipe, type Tree } from '@bootcast/image'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import type { UploadStore } from '../uploads/upload-store.ts'
import { type ByHand, recipeByHand } from './by-hand.ts'
import type { Fetcher } from './fetch/fetcher.ts'
import { importBundle, type TrustedKey } from './import-bundle.ts'
import { makeVariants, type OnStage, type Stage } from './release-maker.ts'
import type { Scratch } from './scratch.ts'
import { Stock, type StockSettings } from './stock.ts'
import { type InputWish, takeInput } from './take-input.ts'
import { createWorkshop } from './workshop.ts'

export type PublicationRequest = {
  readonly image: string
  readonly user: string
  /** `undefined`: no channel. */
  readonly channel: string | undefined
  readonly input: InputWish
  /** A family of recipes. */
  readonly recipe?: string | undefined
  readonly byHand?: ByHand | undefined
  /** Further words of the command line, after the recipe's. */
  readonly cmdline?: string | undefined
  /** A release that is there already and makes a new one needless. Asked before there is one; may refuse by throwing. */
  readonly sameAs?: (variants: readonly Variant[]) => Promise<Release | undefined>
}

/** A release being made. */
export type Publication = {
  readonly id: string
  readonly image: string
  readonly user: string
  readonly channel: string | undefined
  readonly input: {
    readonly name: string
    readonly upload: string | undefined
    /** As soon as it is in the store. */
    readonly blob: string | undefined
  }
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  readonly stage: Stage | undefined
  readonly bytes: { readonly done: number; readonly total?: number } | undefined
  readonly release: Release | undefined
  readonly error: unknown
}

export type PublicationSettings = StockSettings & {
  readonly uploads: UploadStore
  readonly catalogue: CatalogueStore
  readonly fingerprinter: Fingerprinter
  readonly scratch: Scratch
  readonly recipes: readonly Recipe[]
  readonly fetcher: Fetcher
  readonly mostBytes: number
  /** Whose bundles are taken; `undefined`: signed or not. */
  readonly trusted: readonly TrustedKey[] | undefined
  readonly onFailure: (error: unknown, publication: Publication) => void
  readonly now?: () => number
}

export class PublicationNotFound extends Error {
  override readonly name = 'PublicationNotFound'
  readonly code = 'publication_not_found'
  constructor(id: string) {
    super(`There is no publication ${id}: the platform was restarted, or it ended more than an hour ago.`)
  }
}

export class PublicationsFull extends Error {
  override readonly name = 'PublicationsFull'
  readonly code = 'publications_full'
  constructor() {
    super(`${mostWaiting} publications are waiting; try again when some have ended.`)
  }
}

export class PublicationEnded extends Error {
  override readonly name = 'PublicationEnded'
  readonly code = 'interrupted'
  constructor() {
    super('The publication was ended before it was complete; nothing was published.')
  }
}

/** Each reads, unpacks and hashes as fast as the disk allows. */
const atOnce = 2
const mostWaiting = 50
const rememberMs = 60 * 60 * 1000

type Job = {
  view: Publication
  readonly stopping: AbortController
  readonly ended: Promise<void>
  endedAt?: number
}

/** Releases being made of uploads and addresses. They do not outlive the process: the upload does, and is asked again. */
export class Publications {
  readonly #settings: PublicationSettings
  readonly #jobs = new Map<string, Job>()
  readonly #queue: (() => void)[] = []
  #running = 0

  constructor(settings: PublicationSettings) {
    this.#settings = settings
  }

  /** @throws {PublicationsFull} */
  start(request: PublicationRequest): Publication {
    this.#forgetOld()
    if (this.#queue.length >= mostWaiting) throw new PublicationsFull()
    const id = randomBytes(16).toString('hex')
    const { image, user, channel } = request
    const view: Publication = {
      id,
      image,
      user,
      channel,
      input: this.#shownInput(request),
      startedAt: this.#now(),
      state: 'waiting',
      stage: undefined,
      bytes: undefined,
      release: undefined,
      error: undefined,
    }
    const stopping = new AbortController()
    const ended = Promise.withResolvers<void>()
    const job: Job = { view, stopping, ended: ended.promise }
    this.#jobs.set(id, job)
    void this.#run(job, request).finally(ended.resolve)
    return job.view
  }

  /** @throws {PublicationNotFound} */
  find(id: string, user: string): Publication {
    return this.#job(id, user).view
  }

  /** When it has ended: how. @throws {PublicationNotFound} */
  async ended(id: string, user: string): Promise<Publication> {
    const job = this.#job(id, user)
    await job.ended
    return job.view
  }

  /** Of a user, the newest first. */
  listOf(user: string): readonly Publication[] {
    this.#forgetOld()
    return [...this.#jobs.values()]
      .map(({ view }) => view)
      .filter((view) => view.user === user)
      .reverse()
  }

  /** Ends it: what it put into the store goes; one that has ended is forgotten. @throws {PublicationNotFound} */
  async cancel(id: string, user: string): Promise<void> {
    const job = this.#job(id, user)
    if (job.endedAt !== undefined) this.#jobs.delete(id)
    job.stopping.abort(new PublicationEnded())
    await job.ended
  }

  async stop(): Promise<void> {
    for (const { stopping } of this.#jobs.values()) stopping.abort(new PublicationEnded())
    await Promise.all([...this.#jobs.values()].map(({ ended }) => ended))
  }

  async #run(job: Job, request: PublicationRequest): Promise<void> {
    await this.#turn()
    const change = (more: Partial<Publication>) => {
      job.view = { ...job.view, ...more }
    }
    try {
      job.stopping.signal.throwIfAborted()
      change({ state: 'running' })
      const onInput = (blob: string | undefined) => change({ input: { ...job.view.input, blob } })
      const release = await this.#make(
        request,
        job.stopping.signal,
        (stage, bytes) => change({ stage, bytes }),
        onInput,
      )
      change({ state: 'done', release, bytes: undefined })
    } catch (error) {
      change({ state: 'failed', error: job.stopping.signal.aborted ? job.stopping.signal.reason : error })
      this.#settings.onFailure(error, job.view)
    } finally {
      job.endedAt = this.#now()
      this.#running -= 1
      this.#queue.shift()?.()
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= atOnce) await new Promise<void>((resolve) => this.#queue.push(resolve))
    this.#running += 1
  }

  #shownInput({ input, user }: PublicationRequest): Publication['input'] {
    if ('blob' in input) return { name: input.name, upload: undefined, blob: input.blob }
    if ('made' in input) return { name: input.name, upload: undefined, blob: undefined }
    if ('url' in input)
      return {
        name: input.url.replace(/[?#].*$/, '').replace(/\/\/[^/]*@/, '//'),
        upload: undefined,
        blob: undefined,
      }
    const upload = this.#settings.uploads.listOf(user).find(({ id }) => id === input.upload)
    return { name: upload?.name ?? '', upload: input.upload, blob: undefined }
  }

  async #make(
    request: PublicationRequest,
    signal: AbortSignal,
    onStage: OnStage,
    onInput: (blob: string | undefined) => void,
  ): Promise<Release> {
    const { catalogue, fingerprinter, recipes, mostBytes } = this.#settings
    const scratch = this.#settings.scratch.within(signal)
    await using stock = new Stock({ ...this.#settings, scratch })
    const taking = { ...this.#settings, user: request.user, stock, scratch, signal, onStage }
    const { source, name } = await takeInput(request.input, taking)
    onInput(stock.blobOf(source)?.digest)
    const workshop = createWorkshop({ stock, scratch, fingerprinter, mostBytes, onStage, signal })
    const { byHand, image, channel, user, cmdline: words } = request
    const own = byHand === undefined ? recipes : [recipeByHand(byHand)]
    const recipe = byHand === undefined ? request.recipe : undefined
    const { catalogue: known, trusted } = this.#settings
    const fromBundle = (tree: Tree) =>
      importBundle({ image, tree, stock, catalogue: known, trusted, onStage })
    const making = { source, name, recipes: own, recipe, words, stock, workshop, fromBundle, onStage, signal }
    const { variants, signedBy } = await makeVariants(making).catch((error: unknown) => {
      // Whoever publishes it says the recipe next, and shall not have to send it again.
      if (error instanceof NotRecognised) stock.keepAll([stock.blobOf(source)?.digest ?? ''])
      throw error
    })
    const same = await request.sameAs?.(variants)
    if (same !== undefined) return same
    onStage('publish')
    const blobs = await stock.used()
    signal.throwIfAborted()
    const release = await catalogue.addRelease({
      image,
      variants,
      blobs,
      channel,
      createdAt: this.#now(),
      createdBy: user,
      ...(signedBy !== undefined && { signedBy }),
    })
    stock.keepAll(blobs.map(({ digest }) => digest))
    return release
  }

  #job(id: string, user: string): Job {
    const job = this.#jobs.get(id)
    if (job === undefined || job.view.user !== user) throw new PublicationNotFound(id)
    return job
  }

  #forgetOld(): void {
    const before = this.#now() - rememberMs
    for (const [id, { endedAt }] of this.#jobs)
      if (endedAt !== undefined && endedAt < before) this.#jobs.delete(id)
  }

  #now(): number {
    return (this.#settings.now ?? Date.now)()
  }
}
