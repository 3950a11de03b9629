import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { constants, zstdCompressSync } from 'node:zlib'
import { ChunkMapper, parseChunkMap } from '../modules/content/src/index.ts'

/** What an update costs on the way to a site, in bytes of bodies. */
export type WireBytes = {
  /** The chunk map of the new file, and what it has that the old one has not. */
  readonly down: number
  /** Which ranges are wanted. */
  readonly up: number
}

const batchBytes = 8 * 2 ** 20
const level = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }

/**
 * Computed, with the chunks that the platform makes: those that the old file lacks, neighbours as one range, 8 MiB in
 * one request, and each answer compressed by zstd as one stream.
 */
export async function wireBytesOfUpdate(old: string, next: string): Promise<WireBytes> {
  const here = new Set(
    parseChunkMap(await chunkMapOf(old)).chunks.map(({ digest }) => digest.toString('latin1')),
  )
  const map = await chunkMapOf(next)
  const file = await open(next, 'r')
  const batch = Buffer.allocUnsafe(batchBytes)
  let [down, up, filled] = [map.length, 0, 0]
  let ranges: [number, number][] = []
  const send = () => {
    if (filled === 0) return
    down += Math.min(filled, zstdCompressSync(batch.subarray(0, filled), level).length)
    up += JSON.stringify({ ranges }).length
    ranges = []
    filled = 0
  }
  try {
    let at = 0
    for (const { digest, length } of parseChunkMap(map).chunks) {
      const [first, last] = [at, at + length - 1]
      at += length
      const name = digest.toString('latin1')
      if (here.has(name)) continue
      here.add(name)
      if (filled + length > batchBytes) send()
      await file.read(batch, filled, length, first)
      filled += length
      const before = ranges.at(-1)
      if (before?.[1] === first - 1) before[1] = last
      else ranges.push([first, last])
    }
    send()
    return { down, up }
  } finally {
    await file.close()
  }
}

async function chunkMapOf(path: string): Promise<Buffer> {
  const mapper = new ChunkMapper()
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) mapper.update(piece)
  return mapper.finish()
}
