import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createFileSender, type ServedFile, serveFile } from '../modules/boot/src/index.ts'
import { CachingStore, DiskStore, HttpBlobs, parseDigest } from '../modules/content/src/index.ts'

/**
 * A site's way to bytes and nothing else: `site-server.ts HOME ORIGIN_PORT PATH=DIGEST:MAP_DIGEST:SIZE …` (64 hexadecimal
 * digits each). Blobs are fetched once from `/blobs/<hex>` of the origin, and kept below HOME. Prints its port.
 */
const [home = '', origin = '', ...named] = process.argv.slice(2)
const blobs = new Map(
  named.map((text) => {
    const [, url = '', hex, mapHex, size] = /^(.*)=(.*):(.*):(\d+)$/.exec(text) ?? []
    const [digest, chunkMap] = [parseDigest(`sha256:${hex}`), parseDigest(`sha256:${mapHex}`)]
    if (digest === undefined || chunkMap === undefined) throw new Error(`${text} has no two digests`)
    return [url, { digest, chunkMap, size: Number(size) }] as const
  }),
)

const store = await CachingStore.open({
  near: await DiskStore.open({ root: join(home, 'blobs') }),
  far: new HttpBlobs({
    urlOf: (of) => new URL(`http://127.0.0.1:${origin}/blobs/${of.slice('sha256:'.length)}`),
  }),
  folder: join(home, 'arriving'),
})

async function open(url: string): Promise<ServedFile> {
  const blob = blobs.get(url)
  if (blob === undefined) throw new Error(`there is no ${url}`)
  const { path, ready } = await store.open(blob.digest, blob)
  const read = async (start: number, end: number) => createReadStream(path, { start, end })
  return { ...blob, path, read, ...(ready !== undefined && { ready }) }
}

const sender = createFileSender()
const server = createServer((request, response) => {
  open(request.url ?? '').then(
    (file) => serveFile(request, response, file, sender),
    (error) => response.destroy(error),
  )
})
server.listen(0, '127.0.0.1', 1024, () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
