import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { Blob } from '../blob-store.ts'

/** Hashing one buffer holds the event loop for about a quarter of a millisecond; DHCP answers wait no longer. */
const bufferBytes = 256 * 1024

/**
 * Writes the chunks to the file and hashes them in the same pass: while one buffer is on its way to the
 * disk the next is filled and hashed. Memory is two buffers, whatever the size; what is hashed is exactly
 * what is written, even when the source reuses its chunks.
 */
export async function writeHashed(
  file: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  onProgress: (bytes: number) => void = () => undefined,
): Promise<Blob> {
  const hash = createHash('sha256')
  let filling = Buffer.allocUnsafeSlow(bufferBytes)
  let resting = Buffer.allocUnsafeSlow(bufferBytes)
  let filled = 0
  let size = 0
  let writing: Promise<void> = Promise.resolve()

  const flush = async () => {
    await writing
    onProgress(size)
    const full = filling.subarray(0, filled)
    writing = writeAll(file, full, size)
    // A failure is met by the next `await writing`; until then it must not count as unhandled.
    writing.catch(() => undefined)
    hash.update(full)
    size += filled
    filled = 0
    ;[filling, resting] = [resting, filling]
  }

  try {
    for await (const chunk of chunks) {
      for (let taken = 0; taken < chunk.length; ) {
        const piece = chunk.subarray(taken, taken + bufferBytes - filled)
        filling.set(piece, filled)
        taken += piece.length
        filled += piece.length
        if (filled === bufferBytes) await flush()
      }
    }
    await flush()
    await writing
    onProgress(size)
  } finally {
    // The buffer belongs to the kernel until then, and the caller closes the file next.
    await writing.catch(() => undefined)
  }
  return { digest: `sha256:${hash.digest('hex')}`, size }
}

/** A disk that fills up takes a part of the bytes before it refuses. */
async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written)
    written += bytesWritten
  }
}
