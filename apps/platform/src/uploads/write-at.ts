import type { FileHandle } from 'node:fs/promises'

/** So much is gathered before it is written; the next is gathered meanwhile. */
const bufferBytes = 256 * 1024
/** After so much the disk is told to begin, so that little is left to wait for at the end. */
const syncEveryBytes = 64 * 1024 * 1024

/** Nobody knows which of the bytes are on the disk. */
export class NotDurable extends Error {
  override readonly name = 'NotDurable'
}

/**
 * Writes bytes as they arrive, from `position` on, and makes them durable, also when they end with an error: then that
 * is thrown afterwards. `onWritten` hears how far the file goes. A piece of `bytes` is free when the next is asked for.
 * Memory: two buffers of 256 KiB. @throws {NotDurable}
 */
export async function writeAt(
  file: FileHandle,
  position: number,
  bytes: AsyncIterable<Uint8Array>,
  onWritten: (end: number) => void,
): Promise<void> {
  const syncing = new Syncing(file)
  let filling = Buffer.allocUnsafeSlow(bufferBytes)
  let resting = Buffer.allocUnsafeSlow(bufferBytes)
  let filled = 0
  let at = position
  let writing: Promise<void> = Promise.resolve()
  const flush = async () => {
    await writing
    const [full, from] = [filling.subarray(0, filled), at]
    at += filled
    filled = 0
    ;[filling, resting] = [resting, filling]
    writing = writeAll(file, full, from).then(() => {
      syncing.written(full.length)
      onWritten(from + full.length)
    })
    // A failure is met by the next `await writing`.
    writing.catch(() => undefined)
  }
  try {
    for await (const piece of bytes) {
      for (let taken = 0; taken < piece.length; ) {
        const part = piece.subarray(taken, taken + bufferBytes - filled)
        filling.set(part, filled)
        taken += part.length
        filled += part.length
        if (filled === bufferBytes) await flush()
      }
    }
  } finally {
    try {
      await flush()
      await writing
    } finally {
      await syncing.end()
    }
  }
}

/** Brings a file to the disk while it is written. */
class Syncing {
  readonly #file: FileHandle
  #fresh = 0
  #running: Promise<void> | undefined

  constructor(file: FileHandle) {
    this.#file = file
  }

  written(bytes: number): void {
    this.#fresh += bytes
    if (this.#fresh < syncEveryBytes || this.#running !== undefined) return
    this.#fresh = 0
    this.#running = this.#file.datasync().then(() => {
      this.#running = undefined
    })
    // One that failed stays, and is met at the end: a later one may succeed without the lost bytes (fsync(2), NOTES).
    this.#running.catch(() => undefined)
  }

  /** Fulfilled when all that was written is durable. @throws {NotDurable} */
  async end(): Promise<void> {
    try {
      await this.#running
      await this.#file.datasync()
    } catch (cause) {
      throw new NotDurable('the disk did not keep what was written', { cause })
    }
  }
}

/** A disk that fills up takes a part of the bytes before it refuses. */
async function writeAll(file: FileHandle, bytes: Buffer, from: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, from + written)
    written += bytesWritten
  }
}
