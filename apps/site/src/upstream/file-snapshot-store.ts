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
    const { signature, clockOffset } = JSON.parse(all.subarray(0, end).toString('utf8'))
    return { bytes: all.subarray(end + 1), signature: String(signature), clockOffset: Number(clockOffset) }
  }

  /** Durable when fulfilled; a crash leaves the old one or the new one. */
  async save({ bytes, signature, clockOffset }: KeptSnapshot): Promise<void> {
    const temporary = `${this.#path}.new`
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(`${JSON.stringify({ signature, clockOffset })}\n`)
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, this.#path)
    const folder = await open(dirname(this.#path), 'r')
    await folder.sync().finally(() => folder.close())
  }

  async forget(): Promise<void> {
    await rm(this.#path, { force: true })
  }
}
