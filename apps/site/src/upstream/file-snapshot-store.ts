import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { KeptSnapshot, SnapshotStore } from './snapshot-keeper.ts'

/** The last snapshot as one file: a line of JSON, then the bytes that were signed. */
export class FileSnapshotStore implements SnapshotStore {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  async load(): Promise<KeptSnapshot | undefined> {
    const all = await readFile(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (all === undefined) return undefined
    const end = all.indexOf('\n')
    const { signature, clockOffset } = JSON.parse(all.subarray(0, Math.max(0, end)).toString('utf8'))
    if (!Number.isFinite(clockOffset)) throw new Error(`${this.#path} does not say what time it is`)
    return { bytes: all.subarray(end + 1), signature: String(signature), clockOffset }
  }

  /** Durable when fulfilled; a crash leaves the old one or the new one. */
  async save({ bytes, signature, clockOffset }: KeptSnapshot): Promise<void> {
    const temporary = `${this.#path}.new`
    try {
      await this.#write(temporary, `${JSON.stringify({ signature, clockOffset })}\n`, bytes)
      await rename(temporary, this.#path)
    } catch (error) {
      // On a full disk it would only take room.
      await rm(temporary, { force: true })
      throw error
    }
    const folder = await open(dirname(this.#path), 'r')
    await folder.sync().finally(() => folder.close())
  }

  async #write(path: string, head: string, bytes: Buffer): Promise<void> {
    const file = await open(path, 'w', 0o600)
    try {
      await file.writeFile(head)
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  async forget(): Promise<void> {
    await rm(this.#path, { force: true })
  }
}
