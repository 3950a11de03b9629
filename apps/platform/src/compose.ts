import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type BootServices,
  createBootServices,
  createFileSender,
  createHttpBoot,
  type FileSender,
} from '@bootcast/boot'
import type { Status } from '@bootcast/contract'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { createApi } from './api/api-server.ts'
import { blobHandlers } from './api/blob-handlers.ts'
import { bootHandlers } from './api/boot-handlers.ts'
import type { Handlers } from './api/handlers.ts'
import { channelHandlers, imageHandlers, settingsHandlers } from './api/image-handlers.ts'
import { loaderHandlers } from './api/loader-handlers.ts'
import { machineHandlers } from './api/machine-handlers.ts'
import { publicationHandlers } from './api/publication-handlers.ts'
import { sessionHandlers } from './api/session-handlers.ts'
import { Stopping } from './api/upload.ts'
import { CatalogueBootSource } from './boot/catalogue-boot-source.ts'
import { openDeployer } from './boot/deployer.ts'
import type { BootStore } from './boots/boot-store.ts'
import { Boots } from './boots/boots.ts'
import { BlobHolds } from './catalogue/blob-holds.ts'
import type { ReleaseName } from './catalogue/catalogue-store.ts'
import { createGarbageCollector, type GarbageCollector } from './catalogue/garbage.ts'
import { createPublisher } from './catalogue/publish.ts'
import { SqlCatalogueStore } from './catalogue/sql-catalogue-store.ts'
import type { Config } from './config.ts'
import { type Database, newId } from './database/open.ts'
import type { Started } from './greeting.ts'
import { Attempts } from './identity/attempts.ts'
import { ensureAdministrator } from './identity/first-administrator.ts'
import { createPasswordHasher } from './identity/password.ts'
import { readPasswordFile } from './identity/password-file.ts'
import { Sessions } from './identity/sessions.ts'
import { SqlIdentityStore } from './identity/sql-identity-store.ts'
import { type Kept, openKept } from './kept.ts'
import { SqlLeaseStore } from './leases/sql-lease-store.ts'
import { listenHttp } from './listen-http.ts'
import { bootLogOf } from './log.ts'
import { MachineRegister } from './machines/machine-register.ts'
import { SqlMachineStore } from './machines/sql-machine-store.ts'
import { baseUrlFor, bootInterfaces, dhcpModeOf, howToGrant, mayOpenPort, urlsForPeople } from './network.ts'
import { openPublishing } from './open-publishing.ts'
import { exportBundle } from './publishing/export-bundle.ts'

export type PlatformOptions = {
  readonly config: Config
  readonly log: FastifyBaseLogger
  readonly version: string
  /** Where `loaders` is looked for when the configuration names no folder. */
  readonly projectRoot: string
}
export type Platform = {
  readonly started: Started
  /** Refuses what is under way, closes everything; within three seconds unless the disk hangs. */
  stop(): Promise<void>
}

/**
 * Everything, wired and started; when something fails, what was started before is stopped again.
 * @throws {StartRefused} for what an operator can mend
 */
export async function startPlatform({
  config,
  log,
  version,
  projectRoot,
}: PlatformOptions): Promise<Platform> {
  await using starting = new AsyncDisposableStack()
  const interfaces = networkInterfaces()
  const startedAt = new Date().toISOString()
  const bootLog = bootLogOf(log)
  const kept = await openKept({ config, projectRoot, log: bootLog }, starting)
  const { sessions, makeAdministrator } = await openSessions(config, kept.database)
  const known = await openCatalogue(kept, projectRoot, log, starting)
  const publishing = await openPublishing({ config, kept, log, ...known }, starting)
  const reaching = { config, interfaces, port: config.listen.port }
  const { boots: journal, source } = known
  const baseUrl = (address: string) => baseUrlFor(reaching)(address)
  const shared = { journal, source, shelf: kept.shelf, baseUrl, log: bootLog }
  const sender = createFileSender()
  const boot = createHttpBoot({ ...shared, sender })
  const dhcp = await dhcpModeOf(config, mayOpenPort)
  const services = createBootServices({
    ...shared,
    ...poolOf(config, kept.database),
    interfaces: bootInterfaces(config, interfaces),
    dhcp: dhcp.mode,
    tftpPort: config.tftpPort,
  })
  const grant = await grantText(config)
  const status = () => {
    const [publicUrl] = urlsForPeople(reaching)
    const missing = [...missingServices(services), ...kept.shelf.missing(), ...grant]
    const http = { service: 'http', address: `${config.listen.address}:${reaching.port}` }
    const listening = [http, ...services.status().listening]
    const lost = { 'boots.lost events': journal.sizes().lost }
    const counters = { ...services.counters(), ...boot.counters(), ...lost }
    return { version, startedAt, ...(publicUrl !== undefined && { publicUrl }), listening, missing, counters }
  }
  const stopping = new AbortController()
  const app = await createApi({
    handlers: handlersOf({ config, kept, known, publishing, sessions, status }),
    feed: journal.feed,
    uploads: { uploads: publishing.uploads, mostBytes: config.maxUpload },
    bundleOf: async (image, number) =>
      exportBundle(await known.catalogue.findRelease(image, number), kept.blobs),
    sessionOf: (authorization) => sessions.sessionOf(authorization),
    health: async () => void (await known.catalogue.defaultImage()),
    boot,
    version,
    log,
    stopping: stopping.signal,
  })
  starting.defer(() => closeHttp(app, sender, stopping))
  reaching.port = await listenHttp(app, config.listen)
  starting.defer(() => services.stop())
  await services.start()
  // Last: a password that was made for a start that then failed would never be shown.
  const administrator = await makeAdministrator()
  const running = starting.move()
  const { listening, missing } = status()
  return {
    started: {
      version,
      data: kept.data,
      urls: urlsForPeople(reaching),
      administrator,
      listening,
      missing,
      dhcp,
    },
    stop: () => running.disposeAsync(),
  }
}

async function openSessions(config: Config, database: Database) {
  const store = new SqlIdentityStore(database)
  const passwords = createPasswordHasher()
  const file = config.adminPasswordFile
  const wanted = file === undefined ? undefined : await readPasswordFile(file)
  const makeAdministrator = () => ensureAdministrator({ store, passwords, wanted })
  return { makeAdministrator, sessions: new Sessions({ store, passwords, attempts: new Attempts() }) }
}

/** Timelines; stopped last, so that what the others say while they stop is kept. */
async function openBoots(
  store: BootStore,
  log: FastifyBaseLogger,
  starting: AsyncDisposableStack,
): Promise<Boots> {
  const onError = (err: unknown) => log.error({ err }, 'the timeline of a boot could not be kept')
  const boots = new Boots({ store, newId, onError })
  await boots.start()
  starting.defer(() => boots.stop())
  return boots
}

async function openCatalogue(
  { database, boots: bootStore, blobs, elsewhere }: Kept,
  projectRoot: string,
  log: FastifyBaseLogger,
  starting: AsyncDisposableStack,
) {
  const boots = await openBoots(bootStore, log, starting)
  const catalogue = new SqlCatalogueStore(database)
  const machines = new SqlMachineStore(database)
  const register = new MachineRegister({
    store: machines,
    onError: (err) => log.error({ err }, 'machines that were heard could not be written down'),
  })
  await register.start()
  starting.defer(() => register.stop())
  const deployer = await openDeployer(join(projectRoot, 'deployer'))
  const source = new CatalogueBootSource({ catalogue, machines: register, blobs, elsewhere, deployer })
  const holds = new BlobHolds()
  const isBooting = (release: ReleaseName) => source.isBooting(release)
  const ending = new AbortController()
  const { signal } = ending
  const collectGarbage = createGarbageCollector({ catalogue, blobs, holds, isBooting, signal })
  const collected = collectDaily(collectGarbage, log, signal)
  starting.defer(async () => {
    ending.abort()
    await collected
  })
  return { boots, catalogue, machines, register, source, holds, collectGarbage }
}

const dayMs = 24 * 60 * 60 * 1000

/** Now and every day, until the signal. */
async function collectDaily(
  collectGarbage: GarbageCollector,
  log: FastifyBaseLogger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const found = await collectGarbage({ dryRun: false })
      if (found.blobs > 0 || found.releases.length > 0) log.info(found, 'garbage was collected')
    } catch (err) {
      log.error({ err }, 'garbage could not be collected')
    }
    await sleep(dayMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

type Wired = {
  readonly config: Config
  readonly kept: Kept
  readonly known: Awaited<ReturnType<typeof openCatalogue>>
  readonly publishing: Awaited<ReturnType<typeof openPublishing>>
  readonly sessions: Sessions
  readonly status: () => Status
}

function handlersOf({ config, kept, known, publishing, sessions, status }: Wired): Handlers {
  const { catalogue, machines, register, holds, collectGarbage } = known
  const { blobs, shelf } = kept
  return {
    ...sessionHandlers(sessions),
    ...blobHandlers({ blobs, maxUploadBytes: config.maxUpload }),
    ...imageHandlers({ catalogue, publish: createPublisher({ catalogue, blobs, holds }), collectGarbage }),
    ...channelHandlers(catalogue),
    ...publicationHandlers(publishing),
    ...settingsHandlers(catalogue),
    ...machineHandlers({
      catalogue,
      machines,
      register,
      hasLoader: (name) => shelf.find(name) !== undefined,
    }),
    ...bootHandlers(known.boots),
    ...loaderHandlers(shelf),
    status: async () => status(),
  }
}

function poolOf(
  { dhcpRange: range, dhcpRouter: router, dhcpDns: dns, dhcpLeaseSeconds }: Config,
  database: Database,
) {
  if (range === undefined) return {}
  const store = new SqlLeaseStore(database)
  return {
    dhcpServer: {
      range,
      dns,
      leaseSeconds: dhcpLeaseSeconds,
      store,
      ...(router !== undefined && { router }),
    },
  }
}

const missingServices = (services: BootServices): readonly string[] =>
  services
    .status()
    .problems.map(({ service, address, reason, remedy }) => `${service} on ${address}: ${reason}. ${remedy}`)

/** Said only when a low port is wanted and this process may not open one. */
async function grantText({ interface: names, dhcp, tftpPort }: Config): Promise<readonly string[]> {
  const wantsDhcp = names.length > 0 && dhcp !== 'off'
  const wantsTftp = tftpPort !== 'off' && tftpPort < 1024
  if (!wantsDhcp && !wantsTftp) return []
  return (await mayOpenPort(67)) ? [] : [howToGrant(process.execPath)]
}

/** Connections that are still busy after this time are cut. */
const graceMs = 2_000

async function closeHttp(app: FastifyInstance, sender: FileSender, stopping: AbortController): Promise<void> {
  stopping.abort(new Stopping())
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs)
  await Promise.all([sender.stop(), app.close()])
  clearTimeout(cut)
}
