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
import {
  bootInterfaces,
  bootLogOf,
  bootPlaces,
  dhcpModeOf,
  mayOpenPort,
  urlsForPeople,
} from '@bootcast/options'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { addActivatePages } from './api/activate-pages.ts'
import { createApi } from './api/api-server.ts'
import { proxiesOf } from './api/client-address.ts'
import { CodeDesk } from './api/code-desk.ts'
import { CommandDesk } from './api/command-desk.ts'
import { readConsole } from './api/console-pages.ts'
import { addSignInPages } from './api/sign-in-pages.ts'
import { Stopping } from './api/upload.ts'
import { qrPicture } from './boot/qr-picture.ts'
import { screenPeople } from './boot/screen-people.ts'
import { releaseBuilder } from './builds/release-builder.ts'
import type { Config } from './config.ts'
import type { Database } from './database/open.ts'
import type { Started } from './greeting.ts'
import { handlersOf, type Wired } from './handlers-of.ts'
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
import { openUforge, type UforgeSettings } from './open-uforge.ts'
import { openUplink } from './open-uplink.ts'
import { exportBundle } from './publishing/export-bundle.ts'
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
  const wired = { ...parts, publishing, builds, sources, desk, commands, uplink, reaching, ...seen }
  const forge = { boot: { ...shared, boot, sender }, builder: releaseBuilder(builds) }
  const app = await openApi(wired, { ...parts, forge, boot, proxies, stopping: stopping.signal })
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

type ApiParts = {
  readonly projectRoot: string
  readonly version: string
  readonly log: FastifyBaseLogger
  readonly boot: ReturnType<typeof createHttpBoot>
  readonly forge: Pick<UforgeSettings, 'boot' | 'builder'>
  readonly proxies: ReturnType<typeof proxiesOf>
  readonly stopping: AbortSignal
}

/** The one HTTP listener of platform and machines, not listening yet. */
async function openApi(
  wired: Wired,
  { projectRoot, forge, proxies, ...parts }: ApiParts,
): Promise<FastifyInstance> {
  const { config, kept, known, identity, publishing, uplink, desk, commands } = wired
  const { log, stopping } = parts
  const uforge = await openUforge({ ...forge, config, kept, identity, known, uplink, log, stopping })
  return await createApi({
    ...parts,
    handlers: handlersOf(wired),
    onChange: () => uplink.snapshots.changed(),
    feed: known.boots.feed,
    uploads: { uploads: publishing.uploads, mostBytes: config.maxUpload },
    bundleOf: bundleOf(kept, known),
    console: await readConsole(join(projectRoot, 'apps', 'console', 'dist')),
    sessionOf: (request) => identity.browsers.sessionOf(request),
    pages: [...pagesForPeople(identity, desk, commands), ...uforge],
    audit: identity.audit,
    clientAddress: proxies?.clientAddress,
    health: async () => void (await known.catalogue.defaultImage()),
  })
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
