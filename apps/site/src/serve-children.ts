import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { BootLog } from '@bootcast/boot'
import { BlobMissing, type Digest, parseDigest } from '@bootcast/content'
import {
  createUplinkServer,
  type Peer,
  passOn,
  type ServedBlob,
  type SiteIdentity,
  type UplinkClient,
  UpstreamAway,
} from '@bootcast/uplink'
import type { Software } from './follow-software.ts'
import type { Cache } from './open-cache.ts'
import type { Policy } from './open-policy.ts'
import type { Config } from './site-program.ts'

export type ChildrenParts = {
  readonly config: Pick<Config, 'uplinkListen'>
  readonly identity: SiteIdentity
  readonly uplink: UplinkClient
  readonly cache: Cache
  readonly policy: Pick<Policy, 'shelf' | 'offline'>
  readonly software: Pick<Software, 'versions'>
  readonly log: BootLog
}

/** Whether a site may have a blob is asked once in so long. */
const allowedMs = 10 * 60_000
const mostAllowed = 50_000

/**
 * Serves sites that ask this one: their questions go on to the upstream, in their name; their bytes come from the cache
 * here, when the upstream says that they may have them. While it is away that holds which was said before.
 */
export async function serveChildren(parts: ChildrenParts, starting: AsyncDisposableStack): Promise<void> {
  const { config, identity, uplink, log } = parts
  const { uplinkListen } = config
  if (uplinkListen === undefined) return
  const children = new ChildrenBlobs(parts)
  const server = await createUplinkServer({
    credentials: () => identity.credentials(),
    handlers: passOn(uplink),
    blobs: { open: (digest, peer) => children.open(digest, peer) },
    onError: (error, incident) =>
      log('error', 'a site could not be answered', { incident, reason: String(error) }),
    log,
  })
  starting.defer(() => server.stop())
  const { port } = await server.listen(uplinkListen.port, uplinkListen.address)
  log('info', 'other sites are served', { address: `${uplinkListen.address}:${port}` })
}

class ChildrenBlobs {
  readonly #parts: ChildrenParts
  /** `site digest` → when the upstream allowed it. */
  readonly #allowed = new Map<string, number>()

  constructor(parts: ChildrenParts) {
    this.#parts = parts
  }

  async open(text: string, peer: Peer): Promise<ServedBlob | undefined> {
    const { shelf } = this.#parts.policy
    const loader = shelf.list().find(({ digest }) => digest === text)
    if (loader !== undefined) return shelf.serve(loader.name)
    const digest = parseDigest(text)
    const software = this.#software(digest)
    if (software !== undefined) return software
    if (digest === undefined || !(await this.#mayHave(digest, peer))) return undefined
    return await this.#served(digest)
  }

  /** Small, so it goes through when it is not here. */
  #software(digest: Digest | undefined): ServedBlob | undefined {
    const { policy, software, cache } = this.#parts
    const offered = policy.offline.snapshot?.software
    if (digest === undefined || offered?.digest !== digest) return undefined
    const { size } = offered
    if (!software.versions.has(digest))
      return {
        size,
        read: async (first, last) => Readable.from(cache.far.readRange(digest, { first, last })),
      }
    const path = software.versions.packedOf(digest)
    return { size, path, read: async (first, last) => createReadStream(path, { start: first, end: last }) }
  }

  async #mayHave(digest: Digest, { site, chain }: Peer): Promise<boolean> {
    const key = `${chain.at(-1) ?? site} ${digest}`
    const known = this.#allowed.get(key)
    if (known !== undefined && Date.now() - known < allowedMs) return true
    try {
      if (!(await this.#parts.uplink.hasBlob(digest, [site, ...chain]))) return false
    } catch (error) {
      if (error instanceof UpstreamAway) return known !== undefined
      throw error
    }
    if (this.#allowed.size >= mostAllowed) this.#allowed.clear()
    this.#allowed.set(key, Date.now())
    return true
  }

  async #served(digest: Digest): Promise<ServedBlob | undefined> {
    const { blobs } = this.#parts.cache
    try {
      const { size } = await blobs.find(digest)
      const { path, ready } = await blobs.fileOf(digest)
      const read: ServedBlob['read'] = (first, last) => blobs.read(digest, { first, last })
      return { size, path, read, ...(ready !== undefined && { ready }) }
    } catch (error) {
      if (error instanceof BlobMissing) return undefined
      throw error
    }
  }
}
