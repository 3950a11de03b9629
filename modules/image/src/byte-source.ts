import type { FileHandle } from 'node:fs/promises'

/** Bytes that can be read anywhere: a file, a blob in a store, a part of another source. */
export interface ByteSource {
  /** Size in bytes. */
  readonly size: number
  /** Exactly the bytes asked for. Rejects when the range lies outside of the source. */
  read(offset: number, length: number): Promise<Buffer>
}

/** A file that stays open as long as the source is used. */
export function fileSource(file: FileHandle, size: number): ByteSource {
  return {
    size,
    async read(offset, length) {
      checkInside(size, offset, length)
      const buffer = Buffer.allocUnsafe(length)
      for (let filled = 0; filled < length; ) {
        const { bytesRead } = await file.read(buffer, filled, length - filled, offset + filled)
        if (bytesRead === 0) throw new OutsideOfSource(size, offset, length)
        filled += bytesRead
      }
      return buffer
    },
  }
}

export function bufferSource(bytes: Uint8Array): ByteSource {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return {
    size: whole.length,
    async read(offset, length) {
      checkInside(whole.length, offset, length)
      return whole.subarray(offset, offset + length)
    },
  }
}

/** Something points outside of the bytes that are there: a truncated or forged container. */
export class OutsideOfSource extends Error {
  override readonly name = 'OutsideOfSource'
  constructor(size: number, offset: number, length: number) {
    super(
      `It ends at byte ${size}, and bytes ${offset} to ${offset + length - 1} are needed: is it complete?`,
    )
  }
}

function checkInside(size: number, offset: number, length: number): void {
  const isRange = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
  if (!isRange || offset + length > size) throw new OutsideOfSource(size, offset, length)
}

const pieceBytes = 1024 * 1024

/** The bytes of a source in order, or `length` of them. Memory: one piece of 1 MiB. */
export async function* streamOf(
  source: ByteSource,
  from = 0,
  length: number = source.size - from,
): AsyncGenerator<Buffer> {
  for (let at = from; at < from + length; at += pieceBytes)
    yield await source.read(at, Math.min(pieceBytes, from + length - at))
}
