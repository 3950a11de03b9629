import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, truncate, writeFile } from 'node:fs/promises'
import type { ServedFile } from '../src/boot-source.ts'

export type ArrivingFile = {
  readonly served: ServedFile & Required<Pick<ServedFile, 'path' | 'ready'>>
  readonly bytes: Buffer
  /** These bytes arrive. */
  arrive(first: number, last: number): Promise<void>
  /** No more will come. */
  fail(error: Error): void
  /** Who waits for bytes now. */
  readonly waiting: number
}

const blockBytes = 64 * 1024

/** A file of full size at `path` whose bytes arrive when the test says so, in blocks of 64 KiB; until then they are zeros. */
export async function arrivingFile(
  path: string,
  size: number,
  {
    before = 0,
    after = 0,
    files = 'on-disk',
  }: { before?: number; after?: number; files?: 'on-disk' | 'streamed' } = {},
): Promise<ArrivingFile> {
  const bytes = randomBytes(size)
  await writeFile(path, '')
  await truncate(path, before + size + after)
  const here = new Set<number>()
  const listeners = new Set<() => void>()
  let failure: Error | undefined
  const tell = () => {
    for (const listener of [...listeners]) listener()
  }
  const ready = async (first: number, last: number, signal?: AbortSignal) => {
    const block = Math.floor(first / blockBytes)
    while (!here.has(block)) {
      if (failure !== undefined) throw failure
      await new Promise<void>((resolve, reject) => {
        const done = () => {
          listeners.delete(done)
          signal?.removeEventListener('abort', done)
          if (signal?.aborted) reject(signal.reason)
          else resolve()
        }
        listeners.add(done)
        signal?.addEventListener('abort', done)
      })
    }
    let end = block + 1
    while (here.has(end)) end++
    return Math.min(last, end * blockBytes - 1)
  }
  const arrive = async (first: number, last: number) => {
    const file: FileHandle = await open(path, 'r+')
    await file.write(bytes, first, Math.min(last + 1, size) - first, before + first)
    await file.close()
    for (let at = first; at <= last; at += blockBytes) here.add(Math.floor(at / blockBytes))
    tell()
  }
  const read = async (first: number, last: number) =>
    createReadStream(path, { start: before + first, end: before + last })
  const served = { digest: `sha256:${path}`, size, offset: before, read, ready }
  return {
    bytes,
    served: { ...served, ...(files === 'on-disk' && { path }) } as ArrivingFile['served'],
    arrive,
    fail(error) {
      failure = error
      tell()
    },
    get waiting() {
      return listeners.size
    },
  }
}
