import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, digestHex, parseDigest } from '../digest.ts'
import { progressPath, removePartial } from './partial-file.ts'

const dayMs = 24 * 60 * 60 * 1000
/** What nobody went on with for so long goes when the folder is opened. */
const keepMs = 7 * dayMs
/** A path that was given out stays for so long after the blob is whole. */
const lingerMs = 90_000

/**
 * Files that arrive, of one process:
 *
 *     FOLDER/
 *       <64 hex digits>.<random>         as large as the blob will be; only verified bytes, and holes
 *       <64 hex digits>.<random>.have    JSON: which chunks are in it (partial-file.ts)
 *       <64 hex digits>.<random>.whole   the same file, on its way into the store
 *
 * The random part is new for each fetch that does not go on with an older one: a path that somebody was given is
 * never one of other bytes.
 */
export class ArrivingFolder {
  readonly #folder: string
  /** Those that a fetch can go on with. State: one entry for each blob that was begun and is not whole. */
  readonly #resumable = new Map<Digest, string>()
  readonly #lingering = new Map<string, NodeJS.Timeout>()

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Removes what no fetch can go on with. `isKept`: it has become whole. */
  static async open(path: string, isKept: (digest: Digest) => Promise<boolean>): Promise<ArrivingFolder> {
    const folder = new ArrivingFolder(path)
    await mkdir(path, { recursive: true, mode: 0o750 })
    const names = await readdir(path)
    for (const name of names) await folder.#takeUp(name, isKept)
    const useful = new Set([...folder.#resumable.values()].flatMap((one) => [one, progressPath(one)]))
    for (const one of names.map((name) => join(path, name)))
      if (!useful.has(one)) await rm(one, { recursive: true, force: true })
    return folder
  }

  /** Where a blob arrives; what came of it earlier is there. */
  pathFor(digest: Digest): string {
    const path =
      this.#resumable.get(digest) ??
      join(this.#folder, `${digestHex(digest)}.${randomBytes(6).toString('hex')}`)
    this.#resumable.set(digest, path)
    return path
  }

  /** What came of a blob is no use. */
  async remove(digest: Digest): Promise<void> {
    const path = this.#resumable.get(digest)
    this.#resumable.delete(digest)
    if (path !== undefined) await removePartial(path)
  }

  /** The blob is kept elsewhere; whoever was given the path has time to open it. */
  async finished(digest: Digest): Promise<void> {
    const path = this.#resumable.get(digest)
    this.#resumable.delete(digest)
    if (path === undefined) return
    await rm(progressPath(path), { force: true })
    const end = () => {
      this.#lingering.delete(path)
      // What is left is removed when the folder is opened again.
      rm(path, { force: true }).catch(() => undefined)
    }
    this.#lingering.set(path, setTimeout(end, lingerMs).unref())
  }

  async stop(): Promise<void> {
    for (const [path, timer] of this.#lingering) {
      clearTimeout(timer)
      await rm(path, { force: true })
    }
  }

  /** Those that say what is in them, of the right name, not too old, one for each blob. */
  async #takeUp(name: string, isKept: (digest: Digest) => Promise<boolean>): Promise<void> {
    const [, hex] = /^([0-9a-f]{64})\.[0-9a-f]{12}$/.exec(name) ?? []
    const digest = hex === undefined ? undefined : parseDigest(`sha256:${hex}`)
    if (digest === undefined || this.#resumable.has(digest)) return
    const path = join(this.#folder, name)
    const progress = await stat(progressPath(path)).catch(() => undefined)
    if (progress === undefined || Date.now() - progress.mtimeMs > keepMs) return
    if (!(await isKept(digest))) this.#resumable.set(digest, path)
  }
}
