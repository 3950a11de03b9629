import type { BootLog } from '@bootcast/boot'
import { parseDigest } from '@bootcast/content'
import {
  createUplinkServer,
  passOn,
  type ServedBlob,
  type SiteIdentity,
  type UplinkClient,
} from '@bootcast/uplink'
import type { Cache } from './open-cache.ts'
import type { Config } from './site-program.ts'

export type ChildrenParts = {
  readonly config: Pick<Config, 'uplinkListen'>
  readonly identity: SiteIdentity
  readonly uplink: UplinkClient
  readonly cache: Cache
  readonly log: BootLog
}

/**
 * Serves sites that ask this one: their questions go on to the upstream, in their name; their bytes come from the cache
 * here. What this site may have, and they may not, is not theirs: the upstream says so once for each blob.
 */
export async function serveChildren(
  { config, identity, uplink, cache, log }: ChildrenParts,
  starting: AsyncDisposableStack,
): Promise<void> {
  const { uplinkListen } = config
  if (uplinkListen === undefined) return
  const server = await createUplinkServer({
    credentials: () => identity.credentials(),
    handlers: passOn(uplink),
    blobs: { open: (digest) => open(cache, digest) },
    onError: (error, incident) =>
      log('error', 'a site could not be answered', { incident, reason: String(error) }),
    log,
  })
  starting.defer(() => server.stop())
  const { port } = await server.listen(uplinkListen.port, uplinkListen.address)
  log('info', 'other sites are served', { address: `${uplinkListen.address}:${port}` })
}

async function open({ book, blobs }: Cache, text: string): Promise<ServedBlob | undefined> {
  const digest = parseDigest(text)
  const known = book.blob(text)
  if (digest === undefined || known === undefined) return undefined
  const { path, ready } = await blobs.fileOf(digest)
  return {
    size: known.size,
    path,
    ...(ready !== undefined && { ready }),
    read: (first, last) => blobs.read(digest, { first, last }),
  }
}
