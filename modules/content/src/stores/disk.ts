import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, opendir, rename, rm, stat, statfs, utimes } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { arriving } from '../arriving.ts'
import {
  type Blob,
  BlobCorrupt,
  BlobMissing,
  type ByteRange,
  type KeptBlob,
  type LocalFiles,
  type PrunableStore,
  type PutOptions,
  StoreFull,
} from '../blob-store.ts'
import { checkRange } from '../byte-range.ts'
import { type Digest, digestHex, parseDigest } from '../digest.ts'
import { writeHashed } from './hashed-file.ts'
import { incomingName, removeLeftovers, thisWriter } from './incoming.ts'

const sweepEveryMs = 60 * 60 * 1000
const prefixes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * Blobs as plain, read-only files, named by their digest:
 *
 *     ROOT/
 *       blobs/sha256/
 *         00/ … ff/                  first two digits: 256 folders, made at open
 *           ab/abcdef…0123           a whole, verified, durable blob: there is no other kind of file here
 *       incoming/
 *         <writer>.<random>          an upload on its way: see incoming.ts
 *
 * A blob appears by rename(2), after fdatasync of its bytes; then its folder is synced. So there is never half
 * a blob under a digest, and a copy of ROOT taken at any time is a store. Several processes may use one ROOT.
 */
export class DiskStore implements PrunableStore, LocalFiles {
  readonly #root: string
  readonly #blobs: string
  readonly #incoming: string
  readonly #writer: Awaited<ReturnType<typeof thisWriter>>
  #sweptAt = 0

  private constructor(root: string, writer: Awaited<ReturnType<typeof thisWriter>>) {
    this.#root = root
    this.#blobs = join(root, 'blobs', 'sha256')
    this.#incoming = join(root, 'incoming')
    this.#writer = writer
  }

  /**
   * Opens the store in the folder `root`, which is made when it does not exist, and removes what killed
   * processes left of their uploads. It holds nothing open: there is no close.
   */
  static async open({ root }: { readonly root: string }): Promise<DiskStore> {
    const store = new DiskStore(resolve(root), await thisWriter())
    await store.#layOut().catch(store.#refused)
    await store.#sweepNowAndThen()
    return store
  }

  async find(digest: Digest): Promise<Blob> {
    const file = await stat(this.#fileOf(digest)).catch((error) => this.#missing(digest, error))
    return { digest, size: file.size }
  }

  /** Whether the blob is here, without waiting: for who looks at many. Costs one stat(2). */
  has(digest: Digest): boolean {
    return existsSync(this.#fileOf(digest))
  }

  async pathOf(digest: Digest): Promise<string> {
    await this.find(digest)
    return this.#fileOf(digest)
  }

  async read(digest: Digest, range?: ByteRange): Promise<Readable> {
    const file = await open(this.#fileOf(digest), 'r').catch((error) => this.#missing(digest, error))
    try {
      const { size } = await file.stat()
      const part = range && checkRange({ digest, size }, range)
      return file.createReadStream({
        highWaterMark: 256 * 1024,
        ...(part && { start: part.first, end: part.last }),
      })
    } catch (error) {
      await file.close()
      throw error
    }
  }

  async put(bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<Blob> {
    const path = join(this.#incoming, incomingName(this.#writer))
    try {
      await this.#sweepNowAndThen()
      const blob = await receive(path, bytes, options)
      await this.#keep(path, blob)
      return blob
    } catch (error) {
      return this.#refused(error)
    } finally {
      await rm(path, { force: true })
    }
  }

  async take(path: string, blob: Blob): Promise<void> {
    try {
      const file = await open(path, 'r+')
      try {
        await file.chmod(0o444)
        await file.datasync()
      } finally {
        await file.close()
      }
      await this.#keep(path, blob)
    } catch (error) {
      return this.#refused(error)
    } finally {
      await rm(path, { force: true })
    }
  }

  async *list(): AsyncIterable<KeptBlob> {
    for (const prefix of prefixes) {
      for await (const entry of await opendir(join(this.#blobs, prefix))) {
        const digest = parseDigest(`sha256:${entry.name}`)
        if (digest === undefined || !entry.name.startsWith(prefix)) continue
        const file = await stat(this.#fileOf(digest)).catch(unlessMissing)
        if (file !== undefined) yield { digest, size: file.size, keptAt: file.mtimeMs }
      }
    }
  }

  async remove(digest: Digest): Promise<void> {
    const path = this.#fileOf(digest)
    await rm(path, { force: true })
    await syncFolder(dirname(path))
  }

  /** What the disk of the store has left for those who are not root. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#blobs)
    return bavail * bsize
  }

  /**
   * Reads the blob from the disk and hashes it: finds what a failing disk or a stray hand changed.
   * @throws {BlobCorrupt} when the bytes are others; {BlobMissing}
   */
  async verify(digest: Digest): Promise<Blob> {
    const hash = createHash('sha256')
    let size = 0
    await pipeline(await this.read(digest), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk)
        size += chunk.length
      }
    })
    const actual: Digest = `sha256:${hash.digest('hex')}`
    if (actual !== digest) throw new BlobCorrupt(digest, actual)
    return { digest, size }
  }

  async #layOut(): Promise<void> {
    const made = await mkdir(this.#incoming, { recursive: true, mode: 0o750 })
    for (const prefix of prefixes) await mkdir(join(this.#blobs, prefix), { recursive: true, mode: 0o750 })
    for (const folder of [this.#blobs, dirname(this.#blobs), this.#root]) await syncFolder(folder)
    if (made !== undefined) await syncFolder(dirname(made))
  }

  /** A blob already there wins, and is as young as a new one: nobody collects it now; one of another size is not that blob but what a broken disk left of it. */
  async #keep(path: string, blob: Blob): Promise<void> {
    const target = this.#fileOf(blob.digest)
    const present = await stat(target).catch(unlessMissing)
    if (present?.size !== blob.size) await rename(path, target)
    else await utimes(target, new Date(), new Date())
    // Also when it was there: who put it may not have come to this point yet.
    await syncFolder(dirname(target))
  }

  /** At open and then hourly: after a reboot the leftovers are not old enough at open. */
  async #sweepNowAndThen(): Promise<void> {
    if (Date.now() - this.#sweptAt < sweepEveryMs) return
    this.#sweptAt = Date.now()
    await removeLeftovers(this.#incoming, this.#writer)
  }

  #fileOf(digest: Digest): string {
    const hex = digestHex(digest)
    return join(this.#blobs, hex.slice(0, 2), hex)
  }

  /** No file in its folder is a missing blob; no folder is a broken store (a disk that is not mounted). */
  async #missing(digest: Digest, error: NodeJS.ErrnoException): Promise<never> {
    if (error.code !== 'ENOENT') throw error
    const folder = dirname(this.#fileOf(digest))
    if ((await stat(folder).catch(unlessMissing)) !== undefined) throw new BlobMissing(digest)
    throw new Error(`the blob store ${this.#root} has lost ${folder}: is its disk mounted?`, { cause: error })
  }

  readonly #refused = (error: unknown): never => {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
    throw new StoreFull(`no room left on the disk of ${this.#root}`, { cause: error })
  }
}

async function receive(path: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions): Promise<Blob> {
  const file = await open(path, 'wx', 0o444)
  try {
    const blob = await writeHashed(file, arriving(bytes, options), options.onProgress)
    if (options.expected !== undefined && blob.digest !== options.expected)
      throw new BlobCorrupt(options.expected, blob.digest)
    await file.datasync()
    options.signal?.throwIfAborted()
    return blob
  } finally {
    await file.close()
  }
}

/** rename(2) is durable only when the folder is (fsync(2), NOTES). */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
