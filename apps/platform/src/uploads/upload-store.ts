import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { arriving, BlobTooLarge, type Fingerprint, type Follower, StoreFull } from '@bootcast/content'
import { z } from 'zod'
import {
  UploadNotFound,
  UploadOffsetMismatch,
  UploadsFull,
  UploadTakenOver,
  UploadUnfinished,
} from './upload-errors.ts'
import { NotDurable, writeAt } from './write-at.ts'

const infoSchema = z.object({
  name: z.string(),
  size: z.int().min(0),
  user: z.string(),
  /** What the client knows it by again. */
  key: z.string(),
})
type Info = z.infer<typeof infoSchema>

export type PendingUpload = Info & {
  readonly id: string
  /** Bytes that are here, durable. */
  readonly offset: number
  /** Milliseconds since 1970: without another byte it is removed then. */
  readonly expiresAt: number
}

export type UploadStoreSettings = {
  /** On the disk of the store, so that a finished upload is moved, not copied. */
  readonly folder: string
  /** `size`: of the whole file. */
  readonly fingerprinter: { follow(path: string, size: number): Follower }
  readonly mostBytes: number
  /** All unfinished uploads together. */
  readonly quotaBytes: number
  readonly now?: () => number
}

export type FinishedUpload = Fingerprint & { readonly path: string; readonly name: string }

type Live = Info & {
  readonly id: string
  offset: number
  touchedAt: number
  follower: Follower | undefined
  writing: { readonly stop: (reason: Error) => void; readonly ended: Promise<void> } | undefined
  isTaken: boolean
}

const lifeMs = 24 * 60 * 60 * 1000
const mostUploads = 1000
/** Left free on the disk for everything else. */
const reserveBytes = 256 * 1024 * 1024

/**
 * Uploads on their way: `<id>.json` says what, `<id>` has the bytes so far. They survive a restart, each goes on where
 * its bytes end, and is removed a day after its last byte.
 */
export class UploadStore {
  readonly #settings: UploadStoreSettings
  readonly #uploads = new Map<string, Live>()

  private constructor(settings: UploadStoreSettings) {
    this.#settings = settings
  }

  static async open(settings: UploadStoreSettings): Promise<UploadStore> {
    const store = new UploadStore(settings)
    await mkdir(settings.folder, { recursive: true, mode: 0o750 })
    for (const name of await readdir(settings.folder)) await store.#remember(name)
    await store.sweep()
    return store
  }

  /** @throws {BlobTooLarge | UploadsFull | StoreFull} */
  async create(info: Info): Promise<PendingUpload> {
    await this.#checkRoom(info.size)
    const id = randomBytes(16).toString('hex')
    const json = join(this.#settings.folder, `${id}.json`)
    await writeFile(this.#pathOf(id), '', { flag: 'wx', mode: 0o640 })
    await writeFile(`${json}.new`, JSON.stringify(info), { mode: 0o640, flush: true })
    await rename(`${json}.new`, json)
    const upload: Live = { ...info, id, offset: 0, ...this.#fresh() }
    this.#uploads.set(id, upload)
    return shown(upload)
  }

  /** @throws {UploadNotFound} */
  find(id: string, user: string): PendingUpload {
    return shown(this.#live(id, user))
  }

  /**
   * Where the upload goes on. Whoever asks has lost its connection: one that still writes is ended first, and what came
   * by it counts. @throws {UploadNotFound}
   */
  async resume(id: string, user: string): Promise<PendingUpload> {
    const upload = this.#live(id, user)
    await endWriting(upload)
    return shown(upload)
  }

  /** What the user has not finished or not published. */
  listOf(user: string): readonly PendingUpload[] {
    return [...this.#uploads.values()].filter((upload) => upload.user === user && !upload.isTaken).map(shown)
  }

  /**
   * Appends bytes; those that came before an error are kept. A newer call ends an older one: its connection is dead
   * and nobody has noticed yet. @returns how many bytes are here now
   * @throws {UploadNotFound | UploadOffsetMismatch | BlobTooLarge | StoreFull | UploadTakenOver}
   */
  async append(id: string, user: string, from: number, bytes: AsyncIterable<Uint8Array>): Promise<number> {
    const upload = this.#live(id, user)
    await endWriting(upload)
    if (from !== upload.offset) throw new UploadOffsetMismatch(from, upload.offset)
    const ended = Promise.withResolvers<void>()
    const stopping = new AbortController()
    upload.writing = { stop: (reason) => stopping.abort(reason), ended: ended.promise }
    try {
      await this.#write(upload, bytes, stopping.signal)
    } finally {
      upload.writing = undefined
      upload.touchedAt = this.#now()
      ended.resolve()
    }
    return upload.offset
  }

  /** @throws {UploadNotFound} */
  async remove(id: string, user: string): Promise<void> {
    await this.#forget(this.#live(id, user))
  }

  /**
   * A finished upload with what its bytes are; nobody else can take it. Afterwards the caller moves the file and calls
   * `release`. @throws {UploadNotFound | UploadUnfinished}
   */
  async take(id: string, user: string): Promise<FinishedUpload> {
    const upload = this.#live(id, user)
    if (upload.offset !== upload.size || upload.writing !== undefined)
      throw new UploadUnfinished(upload.offset, upload.size)
    upload.isTaken = true
    const path = this.#pathOf(id)
    try {
      upload.follower ??= this.#settings.fingerprinter.follow(path, upload.size)
      const found = await upload.follower.finish(upload.size)
      return { ...found, path, name: upload.name }
    } catch (error) {
      upload.isTaken = false
      throw error
    } finally {
      upload.follower = undefined
    }
  }

  /** `isDone`: it is in the store; else it may be taken again. */
  async release(id: string, { isDone }: { readonly isDone: boolean }): Promise<void> {
    const upload = this.#uploads.get(id)
    if (upload === undefined) return
    upload.isTaken = false
    if (isDone) await this.#forget(upload)
  }

  /** Removes what has expired. */
  async sweep(): Promise<void> {
    const before = this.#now() - lifeMs
    for (const upload of [...this.#uploads.values()])
      if (upload.touchedAt < before && upload.writing === undefined && !upload.isTaken)
        await this.#forget(upload)
  }

  async #write(upload: Live, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const path = this.#pathOf(upload.id)
    upload.follower ??= this.#settings.fingerprinter.follow(path, upload.size)
    const { follower } = upload
    const file = await open(path, 'r+')
    let end = upload.offset
    try {
      await writeAt(
        file,
        upload.offset,
        arriving(bytes, { limitBytes: upload.size - upload.offset, signal }),
        (to) => {
          end = to
          follower.grown(to)
        },
      )
    } catch (error) {
      if (error instanceof NotDurable) {
        end = upload.offset
        follower.drop()
        upload.follower = undefined
      }
      throw isFull(error) ? new StoreFull('no room left for uploads', { cause: error }) : error
    } finally {
      upload.offset = end
      await file.close()
    }
  }

  async #checkRoom(size: number): Promise<void> {
    const { folder, mostBytes, quotaBytes } = this.#settings
    if (size > mostBytes) throw new BlobTooLarge(mostBytes)
    const uploads = [...this.#uploads.values()]
    const promised = uploads.reduce((sum, upload) => sum + upload.size, 0)
    if (uploads.length >= mostUploads || promised + size > quotaBytes)
      throw new UploadsFull(
        `${uploads.length} uploads with ${promised} bytes are not finished; ${quotaBytes} bytes are the most (--upload-quota). Finish or remove some: they expire after a day.`,
      )
    const missing = uploads.reduce((sum, upload) => sum + upload.size - upload.offset, 0)
    const { bavail, bsize } = await statfs(folder)
    if (size + missing + reserveBytes > bavail * bsize) throw new StoreFull('no room left for uploads')
  }

  async #remember(name: string): Promise<void> {
    const id = name.replace(/\.json$/, '')
    const { folder } = this.#settings
    if (id === name || !/^[0-9a-f]{32}$/.test(id)) return
    const info = infoSchema.safeParse(JSON.parse(await readFile(join(folder, name), 'utf8')))
    const bytes = await stat(this.#pathOf(id)).catch(() => undefined)
    if (!info.success || bytes === undefined || bytes.size > info.data.size) return
    this.#uploads.set(id, {
      ...info.data,
      id,
      offset: bytes.size,
      ...this.#fresh(),
      touchedAt: bytes.mtimeMs,
    })
  }

  async #forget(upload: Live): Promise<void> {
    this.#uploads.delete(upload.id)
    upload.writing?.stop(new UploadNotFound(upload.id))
    await upload.writing?.ended
    upload.follower?.drop()
    await rm(join(this.#settings.folder, `${upload.id}.json`), { force: true })
    await rm(this.#pathOf(upload.id), { force: true })
  }

  #live(id: string, user: string): Live {
    const upload = this.#uploads.get(id)
    if (upload === undefined || upload.user !== user || upload.isTaken) throw new UploadNotFound(id)
    return upload
  }

  #fresh() {
    return { touchedAt: this.#now(), follower: undefined, writing: undefined, isTaken: false }
  }

  #pathOf(id: string): string {
    return join(this.#settings.folder, id)
  }

  #now(): number {
    return (this.#settings.now ?? Date.now)()
  }
}

const shown = ({ id, name, size, user, key, offset, touchedAt }: Live): PendingUpload => ({
  id,
  name,
  size,
  user,
  key,
  offset,
  expiresAt: touchedAt + lifeMs,
})

async function endWriting(upload: Live): Promise<void> {
  while (upload.writing !== undefined) {
    upload.writing.stop(new UploadTakenOver())
    await upload.writing.ended
  }
}

const isFull = (error: unknown) => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')
