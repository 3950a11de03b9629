import type { FileHandle } from 'node:fs/promises'

/** So much is gathered before it is written; the next is gathered meanwhile. */
const gatherBytes = 1024 * 1024

/**
 * Writes bytes as they arrive, from `position` on, and makes them durable, also when they end with an error: then that
 * is thrown afterwards. `onWritten` hears how far the file goes. Memory: twice 1 MiB.
 */
export async function writeAt(
  file: FileHandle,
  position: number,
  bytes: AsyncIterable<Uint8Array>,
  onWritten: (end: number) => void,
): Promise<void> {
  let at = position
  let gathered: Uint8Array[] = []
  let size = 0
  let writing: Promise<void> = Promise.resolve()
  const flush = async () => {
    await writing
    const parts = gathered
    const [from, length] = [at, size]
    at += size
    gathered = []
    size = 0
    writing = writeAll(file, parts, from).then(() => onWritten(from + length))
    // A failure is met by the next `await writing`.
    writing.catch(() => undefined)
  }
  try {
    for await (const chunk of bytes) {
      gathered.push(chunk)
      size += chunk.length
      if (size >= gatherBytes) await flush()
    }
  } finally {
    if (size > 0) await flush()
    await writing
    await file.datasync()
  }
}

/** A disk that fills up takes a part of the bytes before it refuses. */
async function writeAll(file: FileHandle, parts: readonly Uint8Array[], from: number): Promise<void> {
  const whole = Buffer.concat(parts)
  for (let written = 0; written < whole.length; ) {
    const { bytesWritten } = await file.write(whole, written, whole.length - written, from + written)
    written += bytesWritten
  }
}
