import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import {
  AdmittingBootSource,
  BootCodes,
  type BootJournal,
  createBootServices,
  createFileSender,
  createHttpBoot,
  type FileSender,
} from '@bootcast/boot'
import type { Status } from '@bootcast/contract'
import {
  baseUrlFor,
  bootInterfaces,
  bootLogOf,
  bootPlaces,
  dhcpModeOf,
  mayOpenPort,
  type Reaching,
  urlsForPeople,
} from '@bootcast/options'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { accountHandlers, peopleHandlers } from './api/account-handlers.ts'
import { addActivatePages } from './api/activate-pages.ts'
import { createApi } from './api/api-server.ts'
import { auditHandlers } from './api/audit-handlers.ts'
import { blobHandlers } from './api/blob-handlers.ts'
import { bootHandlers } from './api/boot-handlers.ts'
import { bootScreenHandlers } from './api/boot-screen-handlers.ts'
import { bootTestHandlers } from './api/boot-test-handlers.ts'
import { buildHandlers } from './api/build-handlers.ts'
import { proxiesOf } from './api/client-address.ts'
import { CodeDesk } from './api/code-desk.ts'
import { CommandDesk } from './api/command-desk.ts'
import { commandSignInHandlers } from './api/command-sign-in-handlers.ts'
import { readConsole } from './api/console-pages.ts'
import { differenceHandlers } from './api/difference-handlers.ts'
import type { Handlers } from './api/handlers.ts'
import { channelHandlers, imageHandlers, settingsHandlers } from './api/image-handlers.ts'
import { templateHandlers, valueHandlers } from './api/install-handlers.ts'
import { loaderHandlers } from './api/loader-handlers.ts'
import { machineHandlers } from './api/machine-handlers.ts'
import { networkHandlers } from './api/network-handlers.ts'
import { openingHandlers } from './api/opening-handlers.ts'
import { publicationHandlers } from './api/publication-handlers.ts'
import { sessionHandlers } from './api/session-handlers.ts'
import { addSignInPages } from './api/sign-in-pages.ts'
import { siteHandlers } from './api/site-handlers.ts'
import { sourceHandlers } from './api/source-handlers.ts'
import { Stopping } from './api/upload.ts'
import { grantHandlers, tokenHandlers, userHandlers } from './api/user-handlers.ts'
import { qrPicture } from './boot/qr-picture.ts'
import { screenPeople } from './boot/screen-people.ts'
import type { Builds } from './builds/builds.ts'
import { createPublisher } from './catalogue/publish.ts'
import { ReleaseDifferences } from './catalogue/release-differences.ts'
import type { Config } from './config.ts'
import type { Database } from './database/open.ts'
import type { Started } from './greeting.ts'
import { Attempts } from './identity/attempts.ts'
import { CommandCodes } from './identity/command-codes.ts'
import { type Kept, openKept } from './kept.ts'
import { SqlLeaseStore } from './leases/sql-lease-store.ts'
import { listenHttp } from './listen-http.ts'
import { HeardDhcp } from './network/heard-dhcp.ts'
import { NetworkDesk } from './network/network-desk.ts'
import { openBuilds } from './open-builds.ts'
import { openBootSessions, openCatalogue } from './open-catalogue.ts'
import { openIdentity } from './open-identity.ts'
import { openPublishing } from './open-publishing.ts'
import { openSources } from './open-sources.ts'
import { openUforge } from './open-uforge.ts'
import { openUplink, type Uplink } from './open-uplink.ts'
import { exportBundle } from './publishing/export-bundle.ts'
import { savedAtSites } from './sites/saved-at-sites.ts'
import type { Sources } from './sources/sources.ts'
import { statusOf } from './status.ts'

export type PlatformOptions = {
  readonly config: Config
  readonly log: FastifyBaseLogger
  readonly version: string
  /** Where `loaders` is looked for when the configuration names no folder. */
  readonly projectRoot: string
  /** Of this process; builders get what they are allowed of it. */
  readonly environment?: Readonly<Record<string, string | undefined>>
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
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, log, version, projectRoot, environment = {} } = options
  await using starting = new AsyncDisposableStack()
  const kept = await openKept({ config, projectRoot, log: bootLogOf(log) }, starting)
  const identity = await openIdentity({ config, database: kept.database, log }, starting)
  const known = await openCatalogue(
    { config, kept, projectRoot, log, rights: identity.grants, audit: identity.audit },
    starting,
  )
  const publishing = await openPublishing({ config, kept, log, ...known }, starting)
  const reaching = { config, interfaces: networkInterfaces(), port: config.listen.port }
  const builds = await openBuilds({ config, kept, ...publishing, environment, reaching, log }, starting)
  const bootSessions = await openBootSessions(kept.database, bootLogOf(log), starting)
  const proxies = proxiesOf(config.trustedProxy)
  const { source, sender } = outOf(config, known)
  const stopping = new AbortController()
  const { codes, desk, commands } = codesOf(known, identity)
  const people = { check: checkOf(identity), activateUrl: () => `${urlsForPeople(reaching)[0]}/activate` }
  const parts = { config, kept, known, identity, codes, ...people, version, projectRoot, log }
  const uplink = await openUplink(parts, starting)
  const sources = await openSources({ config, kept, known, publishing, identity, uplink, log }, starting)
  const { heard, journal } = heardBefore(source)
  const shared = {
    ...{ journal, source, sessions: bootSessions, codes, shelf: kept.shelf, log: bootLogOf(log) },
    ...bootPlaces(reaching),
  }
  const boot = createHttpBoot({
    ...shared,
    ...{ sender, qrPicture, clientAddress: proxies?.clientAddress, stopping: stopping.signal },
    people: screenPeople(people.check),
  })
  const dhcp = await dhcpModeOf(config, mayOpenPort)
  const services = servicesOf({ ...{ config, kept, dhcp: dhcp.mode }, ...reaching }, shared)
  const running = { reaching, services, boot, journal: known.boots, shelf: kept.shelf, dhcp: dhcp.mode }
  const network = new NetworkDesk({ ...running, config, dhcp, heard })
  const seen = { network, status: await statusOf({ config, version, ...running }) }
  const uforge = { ...parts, uplink, stopping: stopping.signal, boot: { ...shared, boot, sender } }
  const app = await createApi({
    handlers: handlersOf({
      ...parts,
      publishing,
      builds,
      sources,
      desk,
      commands,
      uplink,
      reaching,
      ...seen,
    }),
    onChange: () => uplink.snapshots.changed(),
    feed: known.boots.feed,
    uploads: { uploads: publishing.uploads, mostBytes: config.maxUpload },
    bundleOf: bundleOf(kept, known),
    console: await readConsole(join(projectRoot, 'apps', 'console', 'dist')),
    sessionOf: (request) => identity.browsers.sessionOf(request),
    pages: [...pagesForPeople(identity, desk, commands), ...(await openUforge(uforge))],
    audit: identity.audit,
    clientAddress: proxies?.clientAddress,
    health: async () => void (await known.catalogue.defaultImage()),
    boot,
    version,
    log,
    stopping: stopping.signal,
  })
  starting.defer(() => Promise.all([builds.stop(), closeHttp(app, sender, stopping)]).then(() => undefined))
  reaching.port = await listenHttp(app, config.listen)
  starting.defer(() => services.stop())
  await services.start()
  await sources.start()
  // Last: a password that was made for a start that then failed would never be shown.
  const administrator = await identity.makeAdministrator()
  const started = starting.move()
  const { listening, missing } = seen.status()
  const told = { version, data: kept.data, administrator, listening, missing, dhcp }
  return { started: { ...told, urls: urlsForPeople(reaching) }, stop: () => started.disposeAsync() }
}

/** The journal of all boots, and what is heard of the network on the way to it. */
function heardBefore(source: BootJournal) {
  const heard = new HeardDhcp()
  return { heard, journal: heard.before(source) }
}

type Known = Awaited<ReturnType<typeof openCatalogue>>
type Identity = Awaited<ReturnType<typeof openIdentity>>

const bundleOf =
  ({ blobs }: Kept, { catalogue }: Known) =>
  async (image: string, number: number) =>
    exportBundle(await catalogue.findRelease(image, number), blobs)

const checkOf =
  ({ gate }: Identity) =>
  (name: string, password: string, from: string) =>
    gate.check(name, password, from)

/** What machines get, and the bytes of it, within the limits of the configuration. */
function outOf({ mostBoots, totalRate, clientRate }: Config, known: Known) {
  return {
    source: new AdmittingBootSource({
      source: known.source,
      journal: known.boots,
      mostBoots: () => mostBoots,
    }),
    sender: createFileSender({
      totalBytesPerSecond: () => totalRate,
      clientBytesPerSecond: () => clientRate,
    }),
  }
}

/** Codes on the screens of machines and of commands, never the same, and where people decide about them. */
function codesOf({ catalogue, machineOf }: Known, identity: Identity) {
  const { grants: rights, audit, users, sessions } = identity
  const attempts = new Attempts()
  const ofCommands = new CommandCodes({ isTaken: (text) => codes.find(text) !== undefined })
  const isOfCommand = (text: string) => ofCommands.find(text) !== undefined
  const codes = new BootCodes({ isTaken: isOfCommand })
  return {
    codes,
    desk: new CodeDesk({ codes, isOfCommand, catalogue, machineOf, rights, audit, attempts }),
    commands: new CommandDesk({ codes: ofCommands, users, sessions, audit, attempts }),
  }
}

/** For people with a browser. */
const pagesForPeople = (
  identity: Identity,
  desk: CodeDesk,
  commands: CommandDesk,
): NonNullable<Parameters<typeof createApi>[0]['pages']> => [
  (pages, admission) => addSignInPages(pages, { ...identity, admission }),
  (pages) => addActivatePages(pages, { desk, commands, browsers: identity.browsers }),
]

type Wired = {
  readonly config: Config
  readonly kept: Kept
  readonly known: Known
  readonly publishing: Awaited<ReturnType<typeof openPublishing>>
  readonly builds: Builds
  readonly sources: Sources
  readonly identity: Identity
  readonly desk: CodeDesk
  readonly commands: CommandDesk
  readonly uplink: Uplink
  readonly status: () => Status
  readonly network: NetworkDesk
  readonly reaching: Reaching
}

function handlersOf({
  config,
  kept,
  known,
  publishing,
  identity,
  desk,
  commands,
  uplink,
  ...wired
}: Wired): Handlers {
  const { catalogue, machines, register, openings, openingStore, decisions } = known
  const { settings, collectGarbage, sites } = known
  const { blobs, shelf } = kept
  return {
    ...sessionHandlers(identity.sessions),
    ...commandSignInHandlers({ commands, publicUrl: config.publicUrl }),
    ...userHandlers(identity),
    ...tokenHandlers(identity),
    ...grantHandlers(identity.grants),
    ...accountHandlers({ ...identity, signIns: identity.tokens, rights: identity.grants }),
    ...peopleHandlers(identity),
    ...auditHandlers(identity.audits),
    ...blobHandlers({ blobs, maxUploadBytes: config.maxUpload }),
    ...imageHandlers({
      catalogue,
      publish: createPublisher(publishing.stock),
      collectGarbage,
      grants: identity.grants,
    }),
    ...bootTestHandlers(catalogue),
    ...channelHandlers(catalogue),
    ...differenceHandlers(new ReleaseDifferences({ catalogue, blobs })),
    ...publicationHandlers(publishing),
    ...buildHandlers(wired.builds),
    ...sourceHandlers(wired.sources),
    ...settingsHandlers(catalogue, settings),
    ...openingHandlers({ openings, store: openingStore, sites: sites.store, machines, register }),
    ...siteHandlers({
      ...{ ...sites, catalogue },
      joinBy: async (site, secret) => uplink.joinBy(site, secret, sitesUrl(wired.reaching)),
      onChanged: (id) => uplink.onChanged(id),
      authority: uplink.authority,
      onAuthority: () => uplink.onAuthority(),
    }),
    ...bootScreenHandlers({ desk, decisions, openings, machineOf: known.machineOf }),
    ...machineHandlers({
      decisions,
      machines,
      register,
      phoneLog: known.phoneLog,
      hasLoader: (name) => shelf.find(name) !== undefined,
    }),
    ...templateHandlers({
      ...{ catalogue, store: known.installStore, installs: known.installs, machineOf: known.machineOf },
      baseUrl: () => baseUrlFor(wired.reaching)('0.0.0.0'),
    }),
    ...valueHandlers(known.values),
    ...bootHandlers({ boots: known.boots, savedAtSites: () => savedAtSites(sites.store) }),
    ...loaderHandlers(shelf),
    ...networkHandlers(wired.network),
    status: async () => wired.status(),
  }
}

type ServicesParts = {
  readonly config: Config
  readonly kept: Kept
  readonly interfaces: ReturnType<typeof networkInterfaces>
  readonly dhcp: 'off' | 'proxy' | 'server'
}
type Shared = Omit<
  Parameters<typeof createBootServices>[0],
  'interfaces' | 'dhcp' | 'dhcpServer' | 'tftpPort'
>

const servicesOf = ({ config, kept, interfaces, dhcp }: ServicesParts, shared: Shared) =>
  createBootServices({
    ...{ ...shared, ...poolOf(config, kept.database), dhcp },
    interfaces: bootInterfaces(config, interfaces),
    tftpPort: config.tftpPort,
  })

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

/** Connections that are still busy after this time are cut. */
const graceMs = 2_000

async function closeHttp(app: FastifyInstance, sender: FileSender, stopping: AbortController): Promise<void> {
  stopping.abort(new Stopping())
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs)
  await Promise.all([sender.stop(), app.close()])
  clearTimeout(cut)
}

/** Where sites reach this platform on a port. */
const sitesUrl =
  ({ config, ...reaching }: Wired['reaching'] & { readonly config: Pick<Config, 'siteUrl'> }) =>
  (port: number): string => {
    const [url = ''] = urlsForPeople({ config, ...reaching })
    return config.siteUrl ?? `https://${new URL(url).hostname}:${port}`
  }
