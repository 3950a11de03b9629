/** What `open` gives: a file that can be read in parts. */
export type TftpFile = {
  /** Bytes. Must not change while the file is open. */
  readonly size: number
  /** Exactly `length` bytes from `offset` on. They must stay as they are: they may be sent a second time. */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>
  close?(): void
}

/** The file ended before its size: what was sent so far belongs to no file. */
export class TftpFileCutShort extends Error {
  override readonly name = 'TftpFileCutShort'
}

const maxAhead = 64 * 1024

/**
 * Blocks of a file. Keeps one piece of it in memory: a window, or up to 64 KiB once the client keeps on asking, so
 * that a file which is read asynchronously is not asked for each block.
 */
export class BlockReader {
  readonly #file: TftpFile
  readonly #blockSize: number
  #offset = 0
  #piece: Uint8Array = new Uint8Array(0)

  constructor(file: TftpFile, blockSize: number) {
    this.#file = file
    this.#blockSize = blockSize
  }

  /** @throws {TftpFileCutShort} */
  blocks(first: number, count: number): Uint8Array | Promise<Uint8Array> {
    const start = (first - 1) * this.#blockSize
    const end = Math.min(start + count * this.#blockSize, this.#file.size)
    const at = start - this.#offset
    if (at >= 0 && end - this.#offset <= this.#piece.length)
      return this.#piece.subarray(at, end - this.#offset)
    const ahead = Math.min(maxAhead, 2 * this.#piece.length)
    const wanted = Math.min(Math.max(end - start, ahead), this.#file.size - start)
    const read = this.#file.read(start, wanted)
    if (read instanceof Uint8Array) return this.#keep(start, wanted, read).subarray(0, end - start)
    return read.then((piece) => this.#keep(start, wanted, piece).subarray(0, end - start))
  }

  close(): void {
    this.#piece = new Uint8Array(0)
    this.#file.close?.()
  }

  #keep(offset: number, wanted: number, piece: Uint8Array): Uint8Array {
    if (piece.length !== wanted) {
      throw new TftpFileCutShort(`${piece.length} bytes at ${offset} where ${wanted} were expected`)
    }
    this.#offset = offset
    this.#piece = piece
    return piece
  }
}
