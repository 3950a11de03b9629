import { hash } from 'node:crypto'
import { BlobCorrupt } from '../blob-store.ts'
import type { Digest } from '../digest.ts'
import { chunkBytes } from '../fingerprint/chunker.ts'
import type { FarBlobs } from './far-blobs.ts'
import { chunksIn, type FarRequest, type RequestLimits, requestFrom } from './far-request.ts'
import type { LocalChunks } from './local-chunks.ts'
import type { PartialFile } from './partial-file.ts'
import type { Patience } from './patience.ts'
import { chunkState, type Presence } from './presence.ts'

/** At the same time: requests, and chunks that are copied here. */
const lanes = { far: 4, local: 2 } as const
const mebibyte = 1024 * 1024
const bulk = { parts: 8 * mebibyte, range: 8 * mebibyte } as const
/** Somebody waits for its first chunk: the others of them shall not wait for long. */
const urgentBytes = 2 * mebibyte
const ways = {
  parts: { ranges: 512, gapBytes: 0 },
  range: { ranges: 1, gapBytes: 32 * 1024 },
} as const

export type CacheCounts = {
  /** Verified bytes from the far store. */
  fetchedBytes: number
  /** Verified bytes from other blobs here. */
  copiedBytes: number
  /** Verified bytes that an earlier fetch had left. */
  resumedBytes: number
  /** Blobs that became whole. */
  wholeFetches: number
  /** Chunks that came with other bytes than theirs. */
  wrongChunks: number
  /** Chunk maps that were none, or missing: the blob was fetched without. */
  unfitMaps: number
}

export type ChunkFetchSettings = {
  readonly digest: Digest
  readonly presence: Presence
  readonly file: PartialFile
  readonly far: FarBlobs
  /** Places here, the best first. */
  readonly local: readonly LocalChunks[]
  readonly patience: Patience
  readonly counts: CacheCounts
  readonly signal: AbortSignal
  /** One more chunk is here. */
  readonly onArrived: (bytes: number) => void
}

type Job = FarRequest & { readonly abort: AbortController }

/**
 * Brings the missing chunks of a blob, in lanes that each do one thing at a time. What somebody waits for goes first,
 * in the order in which they came; then it goes on behind that, and fills the holes at last.
 * Memory: a chunk for each lane and what its answer buffers.
 */
export class ChunkFetch {
  readonly #settings: ChunkFetchSettings
  readonly #way: 'parts' | 'range'
  readonly #jobs = new Set<Job>()
  readonly #end = new AbortController()
  #change = Promise.withResolvers<void>()
  #position = 0

  constructor(settings: ChunkFetchSettings) {
    this.#settings = settings
    this.#way = settings.far.readParts === undefined ? 'range' : 'parts'
    const { states } = settings.presence
    for (let index = 0; index < states.length; index++)
      if (settings.local.some((one) => one.has(index))) states[index] = chunkState.nearby
  }

  /** Fulfilled when all chunks are here. */
  async run(): Promise<void> {
    const all = [
      ...Array.from({ length: lanes.far }, () => this.#farLane()),
      ...(this.#settings.local.length > 0
        ? Array.from({ length: lanes.local }, () => this.#localLane())
        : []),
    ]
    try {
      await Promise.all(all)
    } catch (error) {
      this.#end.abort(error)
      this.#tell()
      await Promise.allSettled(all)
      throw error
    }
  }

  /** Somebody has begun to wait: a request that is in their way is broken off. What it has not brought is asked for later. */
  urge(): void {
    this.#tell()
    this.#inTheWay()?.abort.abort(new Error('something else is more urgent'))
  }

  /** It takes the last lane, or brings much that nobody waits for before what somebody does. */
  #inTheWay(): Job | undefined {
    const jobs = [...this.#jobs].filter((job) => !job.abort.signal.aborted)
    if (this.#urgent(chunkState.missing) >= 0)
      return jobs.length < lanes.far ? undefined : jobs.find(({ chunks }) => !this.#isWaitedFor(chunks))
    for (const { next } of this.#settings.presence.waiters) {
      const late = jobs.find(({ chunks }) => this.#isLate(chunks, next))
      if (late !== undefined) return late
    }
    return undefined
  }

  #isLate(chunks: readonly number[], wanted: number): boolean {
    const { states, table } = this.#settings.presence
    if (!chunks.includes(wanted)) return false
    const before = chunks.filter((index) => index < wanted && states[index] === chunkState.coming)
    const bytes = before.reduce((sum, index) => sum + table.length(index), 0)
    return bytes > urgentBytes / 2 && !this.#isWaitedFor(before)
  }

  #isWaitedFor(chunks: readonly number[]): boolean {
    const waiters = [...this.#settings.presence.waiters]
    return chunks.some((index) => waiters.some(({ next, until }) => index >= next && index <= until))
  }

  async #farLane(): Promise<void> {
    const { presence, patience } = this.#settings
    while (!presence.isWhole) {
      await patience.pause()
      this.#throwIfEnded()
      const request = this.#nextRequest()
      if (request === undefined) await this.#change.promise
      else await this.#carryOut({ ...request, abort: new AbortController() })
    }
    this.#tell()
  }

  #throwIfEnded(): void {
    this.#settings.signal.throwIfAborted()
    this.#end.signal.throwIfAborted()
  }

  #nextRequest(): FarRequest | undefined {
    const { presence } = this.#settings
    const urgent = this.#urgent(chunkState.missing)
    const first = urgent >= 0 ? urgent : this.#from(chunkState.missing)
    if (first < 0) return undefined
    this.#position = first
    const limits: RequestLimits = { bytes: urgent >= 0 ? urgentBytes : bulk[this.#way], ...ways[this.#way] }
    return requestFrom(first, presence, limits)
  }

  /** The first chunk in this state that somebody waits for. */
  #urgent(state: number): number {
    const { states, waiters } = this.#settings.presence
    for (const { next, until } of waiters) {
      const index = states.indexOf(state, next)
      if (index >= 0 && index <= until) return index
    }
    return -1
  }

  #from(state: number): number {
    const { states } = this.#settings.presence
    const index = states.indexOf(state, this.#position)
    return index >= 0 ? index : states.indexOf(state)
  }

  async #carryOut(job: Job): Promise<void> {
    const { states } = this.#settings.presence
    const { patience } = this.#settings
    this.#jobs.add(job)
    for (const index of job.chunks) states[index] = chunkState.coming
    let failure: unknown
    try {
      await this.#fetch(job)
    } catch (error) {
      failure = error
    }
    this.#jobs.delete(job)
    for (const index of job.chunks)
      if (states[index] === chunkState.coming) states[index] = chunkState.missing
    this.#tell()
    this.#throwIfEnded()
    if (failure !== undefined && !job.abort.signal.aborted) await patience.outlast(failure)
  }

  async #fetch(job: Job): Promise<void> {
    const { digest, far, presence, signal: stopped } = this.#settings
    const { table } = presence
    const signal = AbortSignal.any([stopped, this.#end.signal, job.abort.signal])
    const wrong: number[] = []
    const answer = far.readParts?.(digest, job.ranges, { signal }) ?? this.#readRange(job, signal)
    for await (const { index, bytes } of chunksIn(answer, job, table)) {
      if (table.isRight(index, bytes)) await this.#write(index, bytes)
      else wrong.push(index)
    }
    for (const index of wrong) await this.#again(index, signal)
  }

  #readRange({ ranges: [range] }: FarRequest, signal: AbortSignal): AsyncIterable<Uint8Array> {
    if (range === undefined) throw new Error('nothing is asked for')
    return this.#settings.far.readRange(this.#settings.digest, range, { signal })
  }

  /** @throws {BlobCorrupt} when it is wrong a second time */
  async #again(index: number, signal: AbortSignal): Promise<void> {
    const { presence, counts } = this.#settings
    const { table } = presence
    counts.wrongChunks++
    const request = {
      chunks: [index],
      ranges: [{ first: table.start(index), last: table.start(index + 1) - 1 }],
    }
    for await (const { bytes } of chunksIn(this.#readRange(request, signal), request, table)) {
      if (!table.isRight(index, bytes))
        throw new BlobCorrupt(table.digestText(index), `sha256:${hash('sha256', bytes)}`)
      await this.#write(index, bytes)
    }
  }

  async #write(index: number, bytes: Buffer): Promise<void> {
    const { presence, file, counts, patience } = this.#settings
    await file.write(bytes, presence.table.start(index))
    counts.fetchedBytes += bytes.length
    patience.worked()
    this.#arrived(index)
  }

  #arrived(index: number): void {
    const { presence, onArrived } = this.#settings
    presence.arrived(index)
    onArrived(presence.table.length(index))
    if (presence.isWhole) this.#tell()
  }

  async #localLane(): Promise<void> {
    const { presence } = this.#settings
    const { states, table } = presence
    const buffer = Buffer.allocUnsafeSlow(chunkBytes.most)
    while (!presence.isWhole) {
      this.#throwIfEnded()
      const urgent = this.#urgent(chunkState.nearby)
      const index = urgent >= 0 ? urgent : this.#from(chunkState.nearby)
      if (index < 0) return
      states[index] = chunkState.copying
      if (await this.#copy(index, buffer.subarray(0, table.length(index)))) this.#arrived(index)
      else {
        states[index] = chunkState.missing
        this.#tell()
      }
    }
  }

  /** Whether a place here has the chunk's bytes, which are in their place then. */
  async #copy(index: number, bytes: Buffer): Promise<boolean> {
    const { presence, file, local, counts } = this.#settings
    for (const source of local.filter((one) => one.has(index))) {
      // A disk that cannot read it is as good as wrong bytes: the far store has it.
      const isRead = await source.read(index, bytes).then(
        () => true,
        () => false,
      )
      if (!isRead || !presence.table.isRight(index, bytes)) continue
      if (source.kind === 'base') await file.write(bytes, presence.table.start(index))
      counts[source.kind === 'base' ? 'copiedBytes' : 'resumedBytes'] += bytes.length
      return true
    }
    return false
  }

  /** Lanes that had nothing to do look again. */
  #tell(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }
}
