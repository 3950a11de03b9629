import { link, rm } from 'node:fs/promises'
import { type Blob, BlobCorrupt, BlobMissing, type BlobStore, type LocalFiles } from '../blob-store.ts'
import { checkRange } from '../byte-range.ts'
import type { Digest } from '../digest.ts'
import type { ArrivingFolder } from './arriving-folder.ts'
import type { CachedBlob, FetchOptions, OpenOptions } from './cached-blob.ts'
import { type CacheCounts, ChunkFetch } from './chunk-fetch.ts'
import { mostBases } from './chunk-match.ts'
import { ChunkMapUnfit, ChunkTable } from './chunk-table.ts'
import type { DigestBehind, Digester } from './digest-behind.ts'
import type { FarBlobs } from './far-blobs.ts'
import { type Base, BaseChunks, bitsOf, claimedChunks, type LocalChunks } from './local-chunks.ts'
import type { PartialFile, Progress } from './partial-file.ts'
import { Patience, type PatienceOptions } from './patience.ts'
import { chunkState, Presence } from './presence.ts'
import { ProgressSaver } from './progress-saver.ts'
import { unlessAborted } from './unless-aborted.ts'
import { fetchWhole } from './whole-fetch.ts'

/** How the fetch of a chunk map hangs on the fetch of its blob. */
export type Wanting = { readonly signal: AbortSignal; readonly isWanted: () => boolean }

export type ArrivingSettings = {
  readonly blob: Blob
  readonly options: OpenOptions
  readonly file: PartialFile
  readonly folder: ArrivingFolder
  readonly near: BlobStore & LocalFiles
  readonly far: FarBlobs
  readonly digester: Digester
  readonly counts: CacheCounts
  readonly patience: PatienceOptions
  readonly saveEveryBytes: number
  /** @throws {ChunkMapUnfit} */
  readonly tableOf: (chunkMap: Digest, size: number, wanting: Wanting) => Promise<ChunkTable>
}

/** One blob on its way here. It begins when it is made, and goes on without anybody who waits. */
export class ArrivingBlob {
  readonly blob: Blob
  /** Fulfilled when it is whole, verified, durable and in the near store. */
  readonly done: Promise<void>
  readonly #settings: ArrivingSettings
  readonly #abort = new AbortController()
  readonly #patience: Patience
  readonly #laidOut = Promise.withResolvers<Presence>()
  readonly #fetchers = new Set<Pick<FetchOptions, 'onProgress'> & { readonly isWanted: () => boolean }>()
  #behind: DigestBehind
  #fetch: ChunkFetch | undefined
  #saver: ProgressSaver | undefined
  #have = 0
  #waiting = 0
  #isOpened = false
  #isEnding = false

  constructor(settings: ArrivingSettings) {
    this.blob = settings.blob
    this.#settings = settings
    this.#behind = settings.digester.follow(settings.file.path)
    this.#patience = new Patience(settings.patience, () => this.#isWanted(), this.#abort.signal)
    this.#laidOut.promise.catch(() => undefined)
    this.done = this.#run()
    this.done.catch(() => undefined)
  }

  /** Bytes that are here; without a chunk map they are not verified yet. */
  get have(): number {
    return this.#have
  }

  /** How many wait for it now. */
  get wanted(): number {
    return this.#waiting + this.#fetchers.size
  }

  /** It has failed or was given up: what came of it stays for the next. */
  get isEnding(): boolean {
    return this.#isEnding
  }

  handOut(): CachedBlob {
    this.#isOpened = true
    const ready = (first: number, last: number, signal?: AbortSignal) => this.#ready(first, last, signal)
    return { ...this.blob, path: this.#settings.file.path, ready }
  }

  async whole({ signal, onProgress }: FetchOptions, isWanted = () => true): Promise<void> {
    const fetcher = { isWanted, ...(onProgress && { onProgress }) }
    this.#fetchers.add(fetcher)
    onProgress?.(this.#have)
    try {
      await unlessAborted(this.done, signal)
    } catch (error) {
      if (signal?.aborted === true && !this.#isOpened && this.#fetchers.size === 1) this.stop(signal.reason)
      throw error
    } finally {
      this.#fetchers.delete(fetcher)
    }
  }

  stop(reason: unknown): void {
    this.#isEnding = true
    this.#abort.abort(reason)
  }

  async #ready(first: number, last: number, signal: AbortSignal | undefined): Promise<number> {
    checkRange(this.blob, { first, last })
    this.#waiting++
    try {
      const presence = await unlessAborted(this.#laidOut.promise, signal)
      if (presence.isWhole) return last
      if (this.#isEnding) await this.done
      const waited = presence.wait(first, last, signal)
      this.#fetch?.urge()
      return await waited
    } finally {
      this.#waiting--
    }
  }

  #isWanted(): boolean {
    return this.#waiting > 0 || [...this.#fetchers].some(({ isWanted }) => isWanted())
  }

  async #run(): Promise<void> {
    const { file, counts, folder } = this.#settings
    let presence: Presence | undefined
    try {
      const table = await this.#loadTable()
      presence = new Presence(table ?? ChunkTable.whole(this.blob))
      this.#laidOut.resolve(presence)
      if (table !== undefined) await this.#fetchChunks(presence)
      else await this.#fetchWhole(presence)
      await this.#keep()
      counts.wholeFetches++
      await folder.finished(this.blob.digest)
    } catch (error) {
      this.#isEnding = true
      const reason = this.#abort.signal.aborted ? this.#abort.signal.reason : error
      this.#laidOut.reject(reason)
      presence?.fail(reason)
      await this.#saver?.save()
      throw reason
    } finally {
      this.#behind.drop()
      await this.#saver?.idle()
      await file.close()
    }
  }

  async #loadTable(): Promise<ChunkTable | undefined> {
    const { options, counts, tableOf } = this.#settings
    while (options.chunkMap !== undefined) {
      try {
        return await tableOf(options.chunkMap, this.blob.size, this.#wanting())
      } catch (error) {
        if (!(error instanceof ChunkMapUnfit || error instanceof BlobMissing))
          await this.#patience.outlast(error)
        else {
          // The digest of the whole still says whether the bytes are right.
          counts.unfitMaps++
          return undefined
        }
      }
    }
    return undefined
  }

  #wanting(): Wanting {
    return { signal: this.#abort.signal, isWanted: () => this.#isWanted() }
  }

  async #fetchChunks(presence: Presence): Promise<void> {
    const { file, options, blob } = this.#settings
    const { states, table } = presence
    const own = claimedChunks(file, table, await file.loadProgress(), options.chunkMap)
    const bases = await BaseChunks.find(table, await this.#bases())
    const isHere = (index: number) => states[index] === chunkState.here || isClaimed(index)
    const isClaimed = (index: number) => states[index] !== chunkState.missing && own?.has(index) === true
    this.#startSaving(() => ({
      size: blob.size,
      chunkMap: options.chunkMap,
      here: bitsOf(table.count, isHere).toString('base64'),
    }))
    try {
      this.#fetch = this.#chunkFetch(presence, own === undefined ? [bases] : [own, bases])
      await this.#fetch.run()
    } finally {
      await bases.close()
    }
    await this.#verify()
  }

  #chunkFetch(presence: Presence, local: readonly LocalChunks[]): ChunkFetch {
    const { file, far, counts, blob } = this.#settings
    const onArrived = (bytes: number) => {
      this.#behind.grown(presence.prefixBytes)
      this.#arrived(presence.haveBytes, bytes)
    }
    const { signal } = this.#abort
    const patience = this.#patience
    return new ChunkFetch({
      digest: blob.digest,
      presence,
      file,
      far,
      local,
      patience,
      counts,
      signal,
      onArrived,
    })
  }

  /** Those that are here, with their chunk maps. One whose map cannot be had is none. */
  async #bases(): Promise<Base[]> {
    const { options, near, tableOf } = this.#settings
    const bases: Base[] = []
    for (const { digest, chunkMap } of options.bases?.slice(0, mostBases) ?? []) {
      try {
        const { size } = await near.find(digest)
        const path = await near.pathOf(digest)
        bases.push({ path, table: await tableOf(chunkMap, size, this.#wanting()) })
      } catch {
        this.#abort.signal.throwIfAborted()
      }
    }
    return bases
  }

  async #fetchWhole(presence: Presence): Promise<void> {
    const { file, blob } = this.#settings
    const progress = await file.loadProgress()
    const from = progress?.size === blob.size ? (progress.bytes ?? 0) : 0
    this.#startSaving(() => ({ size: blob.size, bytes: this.#have }))
    try {
      await this.#fetchFrom(Math.min(from, blob.size))
    } catch (error) {
      if (from === 0 || !(error instanceof BlobCorrupt)) throw error
      // What was here before may have been wrong.
      this.#behind = this.#settings.digester.follow(file.path)
      await this.#fetchFrom(0)
    }
    if (blob.size > 0) presence.arrived(0)
  }

  async #fetchFrom(from: number): Promise<void> {
    const { file, far, counts, blob } = this.#settings
    this.#have = from
    const onBytes = (to: number) => {
      this.#behind.grown(to)
      this.#arrived(to, to - this.#have)
    }
    const { signal } = this.#abort
    await fetchWhole(from, { blob, file, far, counts, patience: this.#patience, signal, onBytes })
    await this.#verify()
  }

  #startSaving(progress: () => Progress): void {
    const { file, saveEveryBytes } = this.#settings
    this.#saver = new ProgressSaver(file, progress, saveEveryBytes)
  }

  #arrived(have: number, bytes: number): void {
    this.#have = have
    this.#saver?.grown(bytes)
    for (const { onProgress } of this.#fetchers) onProgress?.(have)
  }

  /** @throws {BlobCorrupt} */
  async #verify(): Promise<void> {
    const { file, blob } = this.#settings
    const actual = await this.#behind.finish(file.descriptor, blob.size, this.#abort.signal)
    if (actual === blob.digest) return
    this.#have = 0
    throw new BlobCorrupt(blob.digest, actual)
  }

  /** The path that was given out stays: the store takes another name of the same file. */
  async #keep(): Promise<void> {
    const { file, near, blob } = this.#settings
    const second = `${file.path}.whole`
    await this.#saver?.idle()
    await rm(second, { force: true })
    await link(file.path, second)
    await near.take(second, blob)
  }
}
