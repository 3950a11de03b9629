import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  type Blob,
  BlobCorrupt,
  BlobMissing,
  type BlobReader,
  type ByteRange,
  type LocalFiles,
  type PrunableStore,
  StoreFull,
} from '../blob-store.ts'
import { checkRange } from '../byte-range.ts'
import { type Digest, digestOf } from '../digest.ts'
import { ArrivingBlob, type Wanting } from './arriving-blob.ts'
import { ArrivingFolder } from './arriving-folder.ts'
import { type CachedBlob, type FetchOptions, type OpenOptions, readArriving } from './cached-blob.ts'
import type { CacheCounts } from './chunk-fetch.ts'
import { ChunkMapUnfit, ChunkTable, mostMapBytes } from './chunk-table.ts'
import { Digester } from './digest-behind.ts'
import type { FarBlobs } from './far-blobs.ts'
import { PartialFile } from './partial-file.ts'
import type { PatienceOptions } from './patience.ts'

export type CachingStoreOptions = {
  readonly near: PrunableStore & LocalFiles
  readonly far: FarBlobs
  /** For files that arrive: of this process alone, on the file system of `near`. Made when it is not there. */
  readonly folder: string
  /** Called with the size of a blob before its fetch begins, which waits for it. */
  readonly makeRoom?: (bytes: number) => Promise<void>
  /** How long to go on with a far store that cannot be reached. */
  readonly patience?: PatienceOptions
  /** What has arrived is noted so often, for a restart. Default 64 MiB. */
  readonly saveEveryBytes?: number
  /** A blob whose bytes were wrong, or had no room, is not fetched again for so long. Default 10,000. */
  readonly restMs?: number
}

export type Arriving = Blob & {
  /** Bytes that are here. */
  readonly have: number
  /** How many wait for it now. */
  readonly wanted: number
}

type UnderWay = {
  /** `undefined`: it was here already. */
  readonly begun: Promise<ArrivingBlob | undefined>
  /** Fulfilled when nothing of it is open any more, whether it came or not. */
  readonly ended: Promise<void>
  arriving?: ArrivingBlob
}

/**
 * Blobs of a far store, kept in a near one. Each is fetched once, however many ask for it, and can be read while it
 * arrives; never before it is verified. What has arrived of it survives a restart.
 * Memory: for each blob under way 41 bytes a chunk, 12 more with bases, and a few chunks.
 * `docs/protocols/site-cache.md`.
 */
export class CachingStore implements BlobReader {
  readonly counts: Readonly<CacheCounts>
  readonly #counts: CacheCounts = {
    fetchedBytes: 0,
    copiedBytes: 0,
    resumedBytes: 0,
    wholeFetches: 0,
    wrongChunks: 0,
    unfitMaps: 0,
  }
  readonly #options: CachingStoreOptions
  readonly #folder: ArrivingFolder
  readonly #digester = new Digester()
  /** State: one for each blob under way. */
  readonly #underWay = new Map<Digest, UnderWay>()
  /** Failures that are not tried again yet. State: one for each blob that failed within `restMs`. */
  readonly #resting = new Map<Digest, { readonly error: unknown; readonly until: number }>()
  readonly #stop = new AbortController()

  private constructor(options: CachingStoreOptions, folder: ArrivingFolder) {
    this.#options = options
    this.#folder = folder
    this.counts = this.#counts
  }

  static async open(options: CachingStoreOptions): Promise<CachingStore> {
    const isKept = async (digest: Digest) => (await unlessMissing(options.near.find(digest))) !== undefined
    return new CachingStore(options, await ArrivingFolder.open(options.folder, isKept))
  }

  /**
   * The blob's file, as soon as it can be opened; its fetch begins when it is not here.
   * @throws {StoreFull}; what `makeRoom` throws. All that the far store says is met by `ready`.
   */
  async open(digest: Digest, options: OpenOptions): Promise<CachedBlob> {
    const found = await this.#keptOrArriving(digest, options)
    return found instanceof ArrivingBlob ? found.handOut() : found
  }

  /** Fulfilled when the blob is here: whole, verified and durable. */
  async fetch(digest: Digest, options: OpenOptions, fetching: FetchOptions = {}): Promise<void> {
    await this.#fetch(digest, options, fetching)
  }

  async find(digest: Digest): Promise<Blob> {
    const kept = await unlessMissing(this.#options.near.find(digest))
    return kept ?? this.#underWay.get(digest)?.arriving?.blob ?? (await this.#options.far.find(digest))
  }

  async read(digest: Digest, range?: ByteRange): Promise<Readable> {
    const kept = await unlessMissing(this.#options.near.read(digest, range))
    if (kept !== undefined) return kept
    const blob = await this.find(digest)
    const part = range && checkRange(blob, range)
    if (blob.size === 0) {
      await this.fetch(digest, blob)
      return await this.#options.near.read(digest)
    }
    const { path, ready } = await this.open(digest, blob)
    if (ready === undefined) return await this.#options.near.read(digest, range)
    return readArriving(await open(path, 'r'), ready, part ?? { first: 0, last: blob.size - 1 })
  }

  /** What is under way. */
  arriving(): readonly Arriving[] {
    const arriving = [...this.#underWay.values()].flatMap((one) => one.arriving ?? [])
    return arriving.map(({ blob, have, wanted }) => ({ ...blob, have, wanted }))
  }

  /** The blob here is damaged: the next who asks has it fetched again. One that is arriving goes on. */
  async discard(digest: Digest): Promise<void> {
    await this.#options.near.remove(digest)
    this.#resting.delete(digest)
    if (!this.#underWay.has(digest)) await this.#folder.remove(digest)
  }

  /** Ends all fetches; what has arrived of them stays for the next start. */
  async stop(): Promise<void> {
    const reason = new Error('the cache was stopped')
    this.#stop.abort(reason)
    for (const { arriving } of this.#underWay.values()) arriving?.stop(reason)
    await Promise.all([...this.#underWay.values()].map(({ ended }) => ended))
    await this.#folder.stop()
    await this.#digester.stop()
  }

  async #fetch(digest: Digest, options: OpenOptions, fetching: FetchOptions, isWanted?: () => boolean) {
    fetching.signal?.throwIfAborted()
    const found = await this.#keptOrArriving(digest, options)
    if (found instanceof ArrivingBlob) await found.whole(fetching, isWanted)
    else fetching.onProgress?.(found.size)
  }

  async #keptOrArriving(digest: Digest, options: OpenOptions): Promise<CachedBlob | ArrivingBlob> {
    if (!Number.isSafeInteger(options.size) || options.size < 0)
      throw new RangeError(`no size: ${options.size}`)
    for (;;) {
      const kept = await this.#kept(digest, options.size)
      if (kept !== undefined) return kept
      this.#stop.signal.throwIfAborted()
      const underWay = this.#underWay.get(digest) ?? this.#begin(digest, options)
      const arriving = await underWay.begun
      // Given up: another begins when it has let go. Nothing: it became whole meanwhile.
      if (arriving === undefined || arriving.isEnding) await underWay.ended
      else return arriving
    }
  }

  /** A file of another size is what a broken disk left, as in the store. */
  async #kept(digest: Digest, size: number): Promise<CachedBlob | undefined> {
    const { near } = this.#options
    const found = await unlessMissing(near.find(digest))
    if (found?.size !== size) return undefined
    const path = await unlessMissing(near.pathOf(digest))
    return path === undefined ? undefined : { digest, size, path }
  }

  #begin(digest: Digest, options: OpenOptions): UnderWay {
    const begun = this.#make(digest, options)
    const ended = begun
      .then(async (arriving) => {
        if (arriving !== undefined) underWay.arriving = arriving
        await arriving?.done
      })
      .catch((error) => this.#failed(digest, error))
      .finally(() => this.#underWay.delete(digest))
    const underWay: UnderWay = { begun, ended }
    this.#underWay.set(digest, underWay)
    return underWay
  }

  async #make(digest: Digest, options: OpenOptions): Promise<ArrivingBlob | undefined> {
    const { near, far, patience = {}, saveEveryBytes = 64 * 1024 * 1024, makeRoom } = this.#options
    const { size } = options
    // It may have become whole since it was looked for.
    if ((await this.#kept(digest, size)) !== undefined) return undefined
    const resting = this.#resting.get(digest)
    if (resting !== undefined && resting.until > Date.now()) throw resting.error
    await makeRoom?.(size)
    this.#stop.signal.throwIfAborted()
    return new ArrivingBlob({
      blob: { digest, size },
      options,
      file: await PartialFile.open(this.#folder.pathFor(digest), size),
      folder: this.#folder,
      near,
      far,
      digester: this.#digester,
      counts: this.#counts,
      patience,
      saveEveryBytes,
      tableOf: (chunkMap, of, wanting) => this.#tableOf(chunkMap, of, wanting),
    })
  }

  /** Wrong as a whole, or too much for the disk: what came of it goes. Else the next fetch goes on with it. */
  async #failed(digest: Digest, error: unknown): Promise<void> {
    const isWrong = error instanceof BlobCorrupt
    if (error instanceof StoreFull || (isWrong && error.expected === digest))
      await this.#folder.remove(digest)
    if (!isWrong && !(error instanceof StoreFull)) return
    const now = Date.now()
    for (const [one, { until }] of this.#resting) if (until <= now) this.#resting.delete(one)
    if (this.#resting.get(digest)?.error === error) return
    this.#resting.set(digest, { error, until: now + (this.#options.restMs ?? 10_000) })
  }

  /** Read again with each use: what a disk made of it must not be believed. */
  async #tableOf(chunkMap: Digest, size: number, { signal, isWanted }: Wanting): Promise<ChunkTable> {
    const { near, far } = this.#options
    for (;;) {
      const found = (await unlessMissing(near.find(chunkMap))) ?? (await far.find(chunkMap, { signal }))
      if (found.size > mostMapBytes(size))
        throw new ChunkMapUnfit(`${found.size} bytes are no chunk map of ${size} bytes`)
      await this.#fetch(chunkMap, { size: found.size }, { signal }, isWanted)
      const bytes = await buffer(await near.read(chunkMap))
      if (digestOf(bytes) === chunkMap) return ChunkTable.of(bytes, size)
      await near.remove(chunkMap)
    }
  }
}

async function unlessMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (!(error instanceof BlobMissing)) throw error
    return undefined
  }
}
