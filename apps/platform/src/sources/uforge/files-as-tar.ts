import { createHash } from 'node:crypto'
import { tarEnd, tarHeader, tarPadding } from '@bootcast/image'
import { SourceFailed } from '../image-source.ts'

export type ForgeFile = {
  /** Within the tar. */
  readonly path: string
  readonly open: (
    signal: AbortSignal,
  ) => Promise<{ readonly size: number; readonly bytes: AsyncIterable<Uint8Array> }>
  /** What the forge says that its bytes are. */
  readonly sums: readonly { readonly algorithm: 'sha256' | 'md5'; readonly hex: string }[]
}

/** Files of a forge as one tar, each fetched when it is its turn. Memory: a piece of a file. @throws {SourceFailed} */
export async function* filesAsTar(
  files: readonly ForgeFile[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const { path, open, sums } of files) {
    const { size, bytes } = await open(signal)
    yield tarHeader({ path, size })
    const hashes = sums.map(({ algorithm, hex }) => ({ hash: createHash(algorithm), hex }))
    for await (const piece of bytes) {
      for (const { hash } of hashes) hash.update(piece)
      yield piece
    }
    for (const { hash, hex } of hashes)
      if (hash.digest('hex') !== hex)
        throw new SourceFailed(`The forge gives other bytes for ${path} than its checksum says.`)
    yield Buffer.alloc(tarPadding(size))
  }
  yield tarEnd
}
