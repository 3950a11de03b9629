import { constants, type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { StoreFull } from '../blob-store.ts'
import type { Digest } from '../digest.ts'

/** What is said to be in an arriving file; read back it is a claim, and is checked before it counts. */
export type Progress = {
  readonly size: number
  /** Of the table in `here`; absent: nothing is known but `bytes`. */
  readonly chunkMap?: Digest | undefined
  /** A bit for each chunk, base64. */
  readonly here?: string
  /** From the start on. */
  readonly bytes?: number
}

export const progressPath = (path: string): string => `${path}.have`

/** A blob's file while it arrives: of its full size from the start, with holes. */
export class PartialFile {
  readonly path: string
  readonly #file: FileHandle

  private constructor(path: string, file: FileHandle) {
    this.path = path
    this.#file = file
  }

  /** Opens it, or makes it. */
  static async open(path: string, size: number): Promise<PartialFile> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o640)
    try {
      await file.truncate(size)
      return new PartialFile(path, file)
    } catch (error) {
      await file.close()
      throw asFull(error)
    }
  }

  get descriptor(): number {
    return this.#file.fd
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let written = 0; written < bytes.length; ) {
        const left = bytes.length - written
        written += (await this.#file.write(bytes, written, left, position + written)).bytesWritten
      }
    } catch (error) {
      throw asFull(error)
    }
  }

  async read(into: Buffer, position: number): Promise<void> {
    await readWhole(this.#file, into, position)
  }

  /** `undefined`: nothing is known. */
  async loadProgress(): Promise<Progress | undefined> {
    try {
      return asProgress(JSON.parse(await readFile(progressPath(this.path), 'utf8')))
    } catch {
      // None there, or one that a power cut broke: all is fetched then.
      return undefined
    }
  }

  /** What is claimed is on the disk before the claim is. `progress` is what has been written by now. */
  async saveProgress(progress: Progress): Promise<void> {
    await this.#file.datasync()
    const path = progressPath(this.path)
    await writeFile(`${path}.new`, JSON.stringify(progress))
    await rename(`${path}.new`, path)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

/** Fills the buffer. */
export async function readWhole(file: FileHandle, into: Buffer, position: number): Promise<void> {
  for (let read = 0; read < into.length; ) {
    const { bytesRead } = await file.read(into, read, into.length - read, position + read)
    if (bytesRead === 0) throw new Error(`the file ends before ${position + into.length}`)
    read += bytesRead
  }
}

/** The file, and what belongs to it. */
export async function removePartial(path: string): Promise<void> {
  for (const one of [progressPath(path), `${progressPath(path)}.new`, path]) await rm(one, { force: true })
}

function asProgress(found: Partial<Record<keyof Progress, unknown>>): Progress | undefined {
  const { size, chunkMap, here, bytes } = found
  if (typeof size !== 'number') return undefined
  return {
    size,
    ...(typeof chunkMap === 'string' && { chunkMap: chunkMap as Digest }),
    ...(typeof here === 'string' && { here }),
    ...(Number.isSafeInteger(bytes) && { bytes: bytes as number }),
  }
}

export function asFull(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new StoreFull('no room left for a blob that arrives', { cause: error })
}
