import {
  ApiError,
  type Client,
  type Publication,
  type ResumableUploads,
  Unreachable,
} from '@bootcast/contract'
import { Pace } from './pace.ts'
import { type KnownFile, type Plan, type RememberedUploads, uploadKeyOf } from './remembered.ts'

/** A file of the browser. */
export type SentFile = KnownFile & Pick<Blob, 'slice'>

export type Sending = {
  /** Of this page. */
  readonly id: number
  /** Of the platform; `undefined`: it has not answered yet. */
  readonly upload: string | undefined
  readonly file: KnownFile
  readonly plan: Plan
  /** `waiting`: for others to end. `lost`: for the platform to answer. `starting`: all is sent. */
  readonly state: 'waiting' | 'sending' | 'lost' | 'starting' | 'failed'
  readonly sent: number
  /** Bytes in a second. */
  readonly rate: number | undefined
  /** Milliseconds. */
  readonly left: number | undefined
  readonly error: Error | undefined
}

/** The file cannot be read any more: it was changed, moved, or the disk is gone. */
export class FileUnreadable extends Error {
  override readonly name = 'FileUnreadable'
  readonly code = 'file_unreadable'
}

export type RunnerSettings = {
  readonly client: Pick<Client, 'call'>
  readonly uploads: ResumableUploads
  readonly remembered: RememberedUploads
  /** Fulfilled after so many milliseconds, or sooner when the network is back. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  readonly onPublished?: (publication: Publication) => void
  readonly now?: () => number
}

const atOnce = 2
/** A piece takes about a second: so often is known how far it is. It is in memory while it is sent. */
const pieceBytes = { least: 256 * 1024, most: 16 * 1024 * 1024 } as const
const pieceMs = 1_000
/** A piece that takes longer is taken for lost. */
const stallMs = 120_000
const pausesMs = [1_000, 2_000, 4_000, 8_000, 15_000] as const
/** Refusals after which waiting helps. */
const passing: readonly string[] = [
  'upload_incomplete',
  'upload_offset_mismatch',
  'upload_taken_over',
  'stopping',
  'too_many_requests',
  'publications_full',
]
const gone: readonly string[] = ['upload_not_found', 'not_found']

type Job = {
  view: Sending
  readonly file: SentFile | undefined
  ending: AbortController
  readonly pace: Pace
}

/**
 * Sends files to the platform and has releases made of them; two at once, the others wait. A connection that breaks is
 * taken up again for as long as it takes, where the bytes ended. Goes on while people look at other pages.
 */
export class UploadRunner {
  readonly #settings: RunnerSettings
  readonly #watchers = new Set<() => void>()
  readonly #jobs = new Map<number, Job>()
  readonly #queue: (() => void)[] = []
  #running = 0
  #count = 0
  #sendings: readonly Sending[] = []

  constructor(settings: RunnerSettings) {
    this.#settings = settings
  }

  /** Another list whenever something has changed. */
  get sendings(): readonly Sending[] {
    return this.#sendings
  }

  /** `onChange`: `sendings` are others. @returns what ends it */
  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange)
    return () => this.#watchers.delete(onChange)
  }

  /** Sends a file, from where the platform has it. */
  start(file: SentFile, plan: Plan): void {
    this.#begin(file, file, plan, undefined)
  }

  /** Has a release made of an upload that is complete. */
  finish(upload: string, file: KnownFile, plan: Plan): void {
    this.#begin(undefined, file, plan, upload)
  }

  /** One that failed, once more. */
  retry(id: number): void {
    const job = this.#jobs.get(id)
    if (job === undefined || job.view.state !== 'failed') return
    job.ending = new AbortController()
    void this.#run(job)
  }

  /** Ends it; what the platform has of it goes. */
  async cancel(id: number): Promise<void> {
    const job = this.#jobs.get(id)
    if (job === undefined) return
    job.ending.abort()
    this.#drop(job)
    const { upload } = job.view
    if (upload === undefined) return
    this.#settings.remembered.forget(upload)
    await this.#settings.uploads.remove(upload)
  }

  #begin(file: SentFile | undefined, known: KnownFile, plan: Plan, upload: string | undefined): void {
    const id = ++this.#count
    const { name, size, lastModified } = known
    const view: Sending = {
      id,
      upload,
      file: { name, size, lastModified },
      plan,
      state: 'waiting',
      sent: file === undefined ? size : 0,
      rate: undefined,
      left: undefined,
      error: undefined,
    }
    const job = { view, file, ending: new AbortController(), pace: new Pace() }
    this.#jobs.set(id, job)
    void this.#run(job)
  }

  async #run(job: Job): Promise<void> {
    this.#change(job, { state: 'waiting', error: undefined })
    await this.#turn()
    const { signal } = job.ending
    try {
      signal.throwIfAborted()
      const upload = job.file === undefined ? job.view.upload : await this.#send(job, job.file, signal)
      if (upload === undefined) throw new FileUnreadable('The file is not there.')
      this.#change(job, { state: 'starting', rate: undefined, left: undefined })
      const made = await this.#persist(job, signal, () => this.#publish(upload, job.view.plan, signal))
      this.#settings.remembered.forget(upload)
      this.#drop(job)
      this.#settings.onPublished?.(made)
    } catch (error) {
      if (!signal.aborted) this.#fail(job, error)
    } finally {
      this.#running -= 1
      this.#queue.shift()?.()
    }
  }

  #fail(job: Job, error: unknown): void {
    const isGone = error instanceof ApiError && gone.includes(error.code)
    this.#change(job, {
      state: 'failed',
      error: error instanceof Error ? error : new Error(String(error)),
      ...(isGone && { upload: undefined }),
    })
  }

  /** @returns the id of the upload, all of whose bytes are there */
  async #send(job: Job, file: SentFile, signal: AbortSignal): Promise<string> {
    this.#change(job, { state: 'sending' })
    const upload = job.view.upload ?? (await this.#persist(job, signal, () => this.#uploadOf(file, signal)))
    this.#settings.remembered.keep(upload, job.view.plan, file)
    this.#change(job, { upload })
    let piece: number = pieceBytes.least
    let known: number | undefined
    for (let offset = -1; offset < file.size; ) {
      offset = await this.#persist(job, signal, async () => {
        known ??= await this.#settings.uploads.offset(upload, signal)
        const from = known
        if (from >= file.size) return from
        // Not known any more when what follows breaks.
        known = undefined
        const startedAt = this.#now()
        known = await this.#sendPiece(upload, file, from, piece, signal)
        piece = nextPiece(known - from, this.#now() - startedAt)
        return known
      })
      this.#note(job, offset)
    }
    return upload
  }

  async #sendPiece(upload: string, file: SentFile, from: number, most: number, signal: AbortSignal) {
    // Read first: then an error of the file is not mistaken for one of the network.
    const body = await file
      .slice(from, from + most)
      .arrayBuffer()
      .catch((cause: unknown) => {
        throw new FileUnreadable('', { cause })
      })
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(stallMs)])
    return await this.#settings.uploads.append(upload, { from, body, length: body.byteLength }, bounded)
  }

  /** One that broke off earlier, or whose making was not heard of, or a new one. */
  async #uploadOf(file: SentFile, signal: AbortSignal): Promise<string> {
    const { client, uploads } = this.#settings
    const key = uploadKeyOf(file)
    const { items } = await client.call('listUploads', { signal })
    const others = new Set([...this.#jobs.values()].map(({ view }) => view.upload))
    const found = items.find((one) => one.key === key && one.size === file.size && !others.has(one.id))
    const name = file.name.slice(0, 200).toWellFormed()
    return found?.id ?? (await uploads.create({ name, size: file.size, key }, signal))
  }

  /** Once, also when the answer to an earlier try was lost. */
  async #publish(upload: string, plan: Plan, signal: AbortSignal): Promise<Publication> {
    const { client } = this.#settings
    const { items } = await client.call('listPublications', { signal })
    const begun = items.find(({ input }) => input.upload === upload)
    if (begun !== undefined) return begun
    const { image, ...more } = plan
    const body = { input: { upload }, ...more }
    return await client.call('publishInput', { params: { name: image }, body, signal })
  }

  /** Tries until it works, or until waiting does not help. */
  async #persist<T>(job: Job, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { state } = job.view
    for (let failed = 0; ; failed++) {
      try {
        const done = await work()
        if (job.view.state === 'lost') this.#change(job, { state, error: undefined })
        return done
      } catch (error) {
        signal.throwIfAborted()
        if (!mayPass(error)) throw error
        this.#change(job, { state: 'lost', error, rate: undefined, left: undefined })
        await this.#settings.wait(pausesMs[Math.min(failed, pausesMs.length - 1)] ?? 0, signal)
        signal.throwIfAborted()
      }
    }
  }

  #note(job: Job, sent: number): void {
    job.pace.at(sent, this.#now())
    this.#change(job, { sent, rate: job.pace.rate, left: job.pace.left(job.view.file.size) })
  }

  async #turn(): Promise<void> {
    if (this.#running >= atOnce) await new Promise<void>((resolve) => this.#queue.push(resolve))
    this.#running += 1
  }

  #change(job: Job, more: Partial<Sending>): void {
    if (this.#jobs.get(job.view.id) !== job) return
    job.view = { ...job.view, ...more }
    this.#tell()
  }

  #drop(job: Job): void {
    this.#jobs.delete(job.view.id)
    this.#tell()
  }

  #tell(): void {
    this.#sendings = [...this.#jobs.values()].map(({ view }) => view)
    for (const watcher of this.#watchers) watcher()
  }

  #now(): number {
    return (this.#settings.now ?? Date.now)()
  }
}

function mayPass(error: unknown): error is Error {
  if (error instanceof Unreachable) return true
  if (error instanceof ApiError) return passing.includes(error.code)
  return error instanceof DOMException && error.name === 'TimeoutError'
}

/** At most four times as large as the one before. */
function nextPiece(bytes: number, ms: number): number {
  const wanted = Math.min((bytes * pieceMs) / Math.max(1, ms), bytes * 4)
  return Math.round(Math.min(pieceBytes.most, Math.max(pieceBytes.least, wanted)))
}
