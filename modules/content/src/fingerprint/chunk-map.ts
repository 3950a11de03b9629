import { createHash, type Hash, hash } from 'node:crypto'
import { chunkBytes, firstCut } from './chunker.ts'

const magic = 'BCCM\x01\0\0\0'
const headBytes = 32
const entryBytes = 36

/** A chunk of a blob: its length, and the sha256 of its bytes. */
export type Chunk = { readonly length: number; readonly digest: Buffer }

/**
 * Cuts bytes that come piece by piece. Memory: the bytes of one chunk, and 36 for each chunk so far. Nothing is
 * allocated for a piece: garbage of this size costs more time than the cutting.
 */
export class ChunkMapper {
  readonly #entries: Buffer[] = []
  /** The chunk that began in an earlier piece, as far as it came. */
  readonly #begun = Buffer.allocUnsafeSlow(chunkBytes.most)
  #begunBytes = 0
  #size = 0

  update(piece: Buffer): void {
    this.#size += piece.length
    let at = 0
    while (this.#begunBytes > 0) {
      const before = this.#begunBytes
      const taken = piece.copy(this.#begun, before, at)
      if (before + taken < chunkBytes.most) {
        this.#begunBytes += taken
        return
      }
      const length = this.#cut(this.#begun)
      this.#begun.copyWithin(0, length, before)
      this.#begunBytes = Math.max(0, before - length)
      at += Math.max(0, length - before)
    }
    while (piece.length - at >= chunkBytes.most) at += this.#cut(piece.subarray(at))
    this.#begunBytes = piece.copy(this.#begun, 0, at)
  }

  /** The chunk map of all that came; `docs/protocols/chunk-map.md`. */
  finish(): Buffer {
    let bytes = this.#begun.subarray(0, this.#begunBytes)
    while (bytes.length > 0) bytes = bytes.subarray(this.#cut(bytes))
    const head = Buffer.alloc(headBytes)
    head.write(magic, 0, 'latin1')
    head.writeUInt32LE(chunkBytes.least, 8)
    head.writeUInt32LE(chunkBytes.average, 12)
    head.writeUInt32LE(chunkBytes.most, 16)
    head.writeUInt32LE(this.#entries.length, 20)
    head.writeBigUInt64LE(BigInt(this.#size), 24)
    return Buffer.concat([head, ...this.#entries])
  }

  /** Notes the chunk that `bytes` begin with. @returns its length */
  #cut(bytes: Buffer): number {
    const length = firstCut(bytes)
    const entry = Buffer.allocUnsafe(entryBytes)
    entry.writeUInt32LE(length, 0)
    hash('sha256', bytes.subarray(0, length), 'buffer').copy(entry, 4)
    this.#entries.push(entry)
    return length
  }
}

/** The chunks that a map lists, in order. @throws {Error} for what is no chunk map */
export function parseChunkMap(bytes: Buffer): { readonly size: number; readonly chunks: readonly Chunk[] } {
  const isOurs = bytes.length >= headBytes && bytes.toString('latin1', 0, 8) === magic
  const count = isOurs ? bytes.readUInt32LE(20) : 0
  if (!isOurs || bytes.length !== headBytes + count * entryBytes) throw new Error('it is no chunk map')
  const chunks = Array.from({ length: count }, (_, index) => {
    const at = headBytes + index * entryBytes
    return { length: bytes.readUInt32LE(at), digest: bytes.subarray(at + 4, at + entryBytes) }
  })
  const size = Number(bytes.readBigUInt64LE(24))
  if (chunks.reduce((sum, { length }) => sum + length, 0) !== size)
    throw new Error('the chunk map does not add up')
  return { size, chunks }
}

/** What is learnt of bytes that come in order: their digest, or their chunk map. */
export interface Learner {
  update(piece: Buffer): void
  finish(): Buffer
}

export const learners: Readonly<Record<'digest' | 'chunks', () => Learner>> = {
  digest: () => new DigestLearner(),
  chunks: () => new ChunkMapper(),
}

class DigestLearner implements Learner {
  readonly #hash: Hash = createHash('sha256')
  update(piece: Buffer): void {
    this.#hash.update(piece)
  }
  finish(): Buffer {
    return this.#hash.digest()
  }
}
