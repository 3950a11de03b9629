import { createHash, type Hash } from 'node:crypto'
import { chunkBytes, firstCut } from './chunker.ts'

const magic = 'BCCM\x01\0\0\0'
const headBytes = 32
const entryBytes = 36

/** A chunk of a blob: its length, and the sha256 of its bytes. */
export type Chunk = { readonly length: number; readonly digest: Buffer }

/** Cuts bytes that come piece by piece. Memory: one chunk, and 36 bytes for each chunk so far. */
export class ChunkMapper {
  readonly #entries: Buffer[] = []
  #rest = Buffer.alloc(0)
  #size = 0

  update(piece: Buffer): void {
    this.#size += piece.length
    let bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    while (bytes.length >= chunkBytes.most) bytes = this.#cut(bytes)
    this.#rest = Buffer.from(bytes)
  }

  /** The chunk map of all that came; `docs/protocols/chunk-map.md`. */
  finish(): Buffer {
    let bytes = this.#rest
    while (bytes.length > 0) bytes = this.#cut(bytes)
    const head = Buffer.alloc(headBytes)
    head.write(magic, 0, 'latin1')
    head.writeUInt32LE(chunkBytes.least, 8)
    head.writeUInt32LE(chunkBytes.average, 12)
    head.writeUInt32LE(chunkBytes.most, 16)
    head.writeUInt32LE(this.#entries.length, 20)
    head.writeBigUInt64LE(BigInt(this.#size), 24)
    return Buffer.concat([head, ...this.#entries])
  }

  #cut(bytes: Buffer): Buffer<ArrayBuffer> {
    const length = firstCut(bytes)
    const entry = Buffer.alloc(entryBytes)
    entry.writeUInt32LE(length, 0)
    createHash('sha256').update(bytes.subarray(0, length)).digest().copy(entry, 4)
    this.#entries.push(entry)
    return bytes.subarray(length) as Buffer<ArrayBuffer>
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
