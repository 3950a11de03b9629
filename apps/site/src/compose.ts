import { mkdir } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join, resolve } from 'node:path'
import { bootLogOf, lockData, urlsForPeople } from '@bootcast/options'
import type { Logger } from 'pino'
import { followSoftware } from './follow-software.ts'
import type { Started } from './greeting.ts'
import { identityIn, uplinkOf } from './identity.ts'
import { openSiteDatabase } from './kept/site-database.ts'
import { openBoot } from './open-boot.ts'
import { openCache } from './open-cache.ts'
import { openPolicy } from './open-policy.ts'
import { serveChildren } from './serve-children.ts'
import type { Config } from './site-program.ts'
import { siteStatus } from './status/site-status.ts'
import { listenStatus } from './status/status-server.ts'
import { renewInTime } from './upstream/renew-in-time.ts'
import { Reporter } from './upstream/reporter.ts'

export type SiteOptions = {
  readonly config: Config
  readonly log: Logger
  readonly version: string
}
export type Site = {
  readonly started: Started
  /** Refuses what is under way, closes everything; within three seconds unless the disk hangs. */
  stop(): Promise<void>
  /** With an exit code: other software shall run instead of this one. */
  readonly ended: Promise<number>
}

/**
 * Everything, wired and started; when something fails, what was started before is stopped again.
 *
 *     DATA/
 *       lock       held by the process that works here
 *       identity/  the key and the certificate of this site: uplink/SiteIdentity
 *       site.db    leases, keys of boots, what happened and was not told yet: kept/
 *       snapshot   the policy, signed by the platform
 *       loaders/   those of the upstream
 *       cache/ …   see open-cache.ts
 *       software/  that of the platform: software/SoftwareVersions
 *
 * @throws {StartRefused} for what an operator can mend
 */
export async function startSite({ config, log: pino, version }: SiteOptions): Promise<Site> {
  await using starting = new AsyncDisposableStack()
  const log = bootLogOf(pino)
  const data = resolve(config.data)
  await mkdir(data, { recursive: true, mode: 0o750 })
  starting.adopt(lockData(data), (lock) => lock.release())
  const identity = await identityIn(data)
  const uplink = starting.adopt(uplinkOf(identity), (client) => client.close())
  renewInTime({ identity, uplink, log }, starting)
  const database = starting.adopt(openSiteDatabase(join(data, 'site.db'), log), (opened) => opened.close())
  const cache = await openCache(
    { data, database, uplink, snapshot: () => policy.offline.snapshot, log },
    starting,
  )
  const reporter = starting.adopt(new Reporter({ uplink, report: () => status.report(), log }), (one) =>
    one.stop(),
  )
  const onNews = () => reporter.soon()
  const policy = await openPolicy(
    {
      ...{ data, database, uplink, identity, cache, onWarmed: onNews, log },
      followSoftware: (offered) => software.follow(offered),
    },
    starting,
  )
  const snapshot = () => policy.offline.snapshot
  const software = followSoftware(
    { config, data, version, cache, snapshot, boot: () => boot, onChange: onNews, log },
    starting,
  )
  const interfaces = networkInterfaces()
  const reaching = { config, interfaces, port: config.listen.port }
  const boot = await openBoot({ config, reaching, data, database, uplink, cache, policy, log }, starting)
  await serveChildren({ config, identity, uplink, cache, policy, software, log }, starting)
  const status = siteStatus({ software, config, cache, policy, boot, uplink })
  const pages = await listenStatus(config.statusListen, status)
  starting.defer(() => pages.stop())
  await policy.keeper.start()
  await policy.ready()
  reporter.start()
  const running = starting.move()
  const started: Started = {
    version,
    name: identity.name,
    upstream: identity.url,
    data,
    urls: urlsForPeople(reaching),
    statusUrl: `http://${config.statusListen.address}:${pages.port}`,
    dhcp: boot.dhcp,
    ...status.listening(),
  }
  return { started, stop: () => running.disposeAsync(), ended: software.ended }
}
