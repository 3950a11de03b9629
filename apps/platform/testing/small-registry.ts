import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeContainerImage } from './container-image.ts'
import { sha256 } from './publishing-scene.ts'

/** As much of a registry as is pulled from and polled, on loopback, with one user. */
export async function startSmallRegistry() {
  const blobs = new Map<string, Buffer>()
  const tags = new Map<string, string>()
  const registry = { isAway: false, asked: 0 }
  const server = createServer((request, response) => {
    registry.asked += 1
    if (registry.isAway) return void request.socket.destroy()
    if (request.headers.authorization !== `Basic ${Buffer.from('me:secret').toString('base64')}`)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end('{}')
    const [, kind, name = ''] =
      /^\/v2\/team\/demo\/(manifests|blobs|tags)\/([^?]+)/.exec(request.url ?? '') ?? []
    if (kind === 'tags') return void response.end(JSON.stringify({ tags: [...tags.keys()] }))
    const digest = name.startsWith('sha256:') ? name : (tags.get(name) ?? '')
    const bytes = blobs.get(digest)
    if (bytes === undefined) return void response.writeHead(404).end('{}')
    response.writeHead(200, { 'content-length': bytes.length, 'docker-content-digest': digest }).end(bytes)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return Object.assign(registry, {
    url: `oci://${host}/team/demo`,
    blobs,
    tags,
    /** A container image with a system in it under a tag. */
    push: (tag: string, marker: string) => {
      const folder = mkdtempSync(join(tmpdir(), 'bootcast-layout-'))
      const { digests } = writeContainerImage(folder, { marker })
      for (const digest of readdirSync(join(folder, 'blobs/sha256'))) {
        const bytes = readFileSync(join(folder, 'blobs/sha256', digest))
        blobs.set(`sha256:${sha256(bytes)}`, bytes)
      }
      rmSync(folder, { recursive: true })
      tags.set(tag, digests[0] ?? '')
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  })
}
