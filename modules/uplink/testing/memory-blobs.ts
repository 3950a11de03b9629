import { createHash } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { ServedBlob, ServedBlobs } from '../src/server/served-blobs.ts'

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Blobs in memory, or as files; each may be changed into something worse. */
export class MemoryBlobs implements ServedBlobs {
  readonly #blobs = new Map<string, ServedBlob>()
  /** Streams that were opened and are not ended. */
  streams = 0

  add(bytes: Buffer, change: Partial<ServedBlob> = {}): string {
    const digest = digestOf(bytes)
    this.#blobs.set(digest, {
      size: bytes.length,
      read: async (first, last) => {
        this.streams++
        const stream = Readable.from(slices(bytes.subarray(first, last + 1)))
        stream.once('close', () => this.streams--)
        return stream
      },
      ...change,
    })
    return digest
  }

  async addFile(bytes: Buffer, change: Partial<ServedBlob> = {}): Promise<string> {
    const path = join(await mkdtemp(join(tmpdir(), 'blob-')), 'blob')
    await writeFile(path, bytes)
    return this.add(bytes, { path, ...change })
  }

  async open(digest: string): Promise<ServedBlob | undefined> {
    return this.#blobs.get(digest)
  }
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}
