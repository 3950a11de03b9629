import type { FileHandle } from 'node:fs/promises'

/** Up to here a file is read whole: below, switching threads costs more than copying. */
export const smallBytes = 64 * 1024
const keptBytes = 16 * 1024 * 1024

/** The small files asked for last, by digest: immutable, so never stale. At most 16 MiB. */
export class SmallFiles {
  readonly #kept = new Map<string, Buffer>()
  #bytes = 0

  get(digest: string): Buffer | undefined {
    const bytes = this.#kept.get(digest)
    if (bytes === undefined) return undefined
    this.#kept.delete(digest)
    this.#kept.set(digest, bytes)
    return bytes
  }

  keep(digest: string, bytes: Buffer): void {
    if (this.#kept.has(digest)) return
    this.#kept.set(digest, bytes)
    this.#bytes += bytes.length
    for (const [oldest, { length }] of this.#kept) {
      if (this.#bytes <= keptBytes) return
      this.#kept.delete(oldest)
      this.#bytes -= length
    }
  }
}

/** Exactly the bytes from `first` to `last`. @throws when the file ends before */
export async function readPart(file: FileHandle, first: number, last: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(last - first + 1)
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, first + at)
    if (bytesRead === 0) throw new Error(`the file ends at ${first + at}, before byte ${last}`)
    at += bytesRead
  }
  return bytes
}
