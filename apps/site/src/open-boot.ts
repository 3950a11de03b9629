import { join } from 'node:path'
import {
  AdmittingBootSource,
  type BootLog,
  BootSessions,
  createBootServices,
  createFileSender,
  createHttpBoot,
  createHttpServer,
  linuxNeighbours,
  sameMachine,
} from '@bootcast/boot'
import { bootInterfaces, bootPlaces, dhcpModeOf, mayOpenPort, type Reaching } from '@bootcast/options'
import type { UplinkClient } from '@bootcast/uplink'
import { EventQueue } from './kept/event-queue.ts'
import { EventSender } from './kept/event-sender.ts'
import { readPepper } from './kept/pepper-file.ts'
import { QueueingJournal } from './kept/queueing-journal.ts'
import { SignInVerifiers } from './kept/sign-in-verifiers.ts'
import type { SiteDatabase } from './kept/site-database.ts'
import { SqliteLeaseStore } from './kept/sqlite-lease-store.ts'
import { SqliteSessionStore } from './kept/sqlite-session-store.ts'
import { brokenText, listenHttp, nothingElse } from './listen-http.ts'
import type { Cache } from './open-cache.ts'
import type { Policy } from './open-policy.ts'
import type { Config } from './site-program.ts'
import { journalsOf, TrafficMeter } from './status/traffic.ts'
import { HeardMachines } from './upstream/heard-machines.ts'
import { Refusals } from './upstream/refusals.ts'
import { SiteCodes } from './upstream/site-codes.ts'
import { SitePeople } from './upstream/site-people.ts'
import { UpstreamBootSource } from './upstream/upstream-boot-source.ts'

export type BootParts = {
  readonly config: Config
  readonly reaching: Reaching & { port: number }
  readonly data: string
  readonly database: SiteDatabase
  readonly uplink: UplinkClient
  readonly cache: Cache
  readonly policy: Policy
  readonly log: BootLog
}

/** The boot services of this network: DHCP, TFTP and HTTP, as at the platform. */
export async function openBoot(parts: BootParts, starting: AsyncDisposableStack) {
  const { config, reaching, database, uplink, policy, log } = parts
  const { told, queue, traffic } = openJournal(parts, starting)
  const limits = () => policy.offline.snapshot?.settings
  const source = new AdmittingBootSource({
    source: sourceOf(parts, starting),
    journal: told,
    mostBoots: () => limits()?.mostBoots,
  })
  const sessions = await openSessions({ database, log }, starting)
  const verifiers = new SignInVerifiers({ database, pepper: readPepper(join(parts.data, 'pepper')) })
  const sender = createFileSender({
    totalBytesPerSecond: () => limits()?.totalBytesPerSecond,
    clientBytesPerSecond: () => limits()?.clientBytesPerSecond,
  })
  const stopping = new AbortController()
  const shared = {
    ...{ journal: source, source, sessions, codes: new SiteCodes(uplink), shelf: policy.shelf, log },
    ...bootPlaces(reaching),
    activateUrl: () => policy.offline.snapshot?.activateUrl ?? 'the web page of the platform, /activate',
  }
  const people = new SitePeople({ uplink, verifiers, offline: policy.offline, log })
  policy.offline.onChange(({ users }) => people.keepOnly(users.map(({ name }) => name)))
  const http = createHttpBoot({ ...shared, sender, people, stopping: stopping.signal })
  const dhcp = await dhcpModeOf(config, mayOpenPort)
  const services = createBootServices({
    ...shared,
    ...poolOf(config, database),
    interfaces: bootInterfaces(config, reaching.interfaces),
    dhcp: dhcp.mode,
    tftpPort: config.tftpPort,
  })
  const server = createHttpServer({ boot: http, others: nothingElse, brokenText })
  starting.defer(async () => {
    stopping.abort()
    await sender.stop()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  reaching.port = await listenHttp(server, config.listen)
  starting.defer(() => services.stop())
  await services.start()
  return { http, services, sender, source, sessions, queue, traffic, dhcp }
}

export type Boot = Awaited<ReturnType<typeof openBoot>>

/** An upstream that does not answer holds up the stop of a site no longer. */
const lastWordsMs = 1_000

/** What happens to machines: kept here until the platform has it. */
function openJournal({ database, uplink, cache, log }: BootParts, starting: AsyncDisposableStack) {
  const queue = new EventQueue({
    database,
    onDropped: ({ events, count }) =>
      log('warn', 'events found no room until the platform has them', { events, sinceStart: count }),
    onError: (error) => log('error', 'events could not be written down', { reason: String(error) }),
  })
  const traffic = new TrafficMeter({
    database,
    onError: (error) => log('error', 'the traffic could not be written down', { reason: String(error) }),
    wanBytes: () => cache.far.wireBytes,
    fetchedBytes: () => cache.cache.counts.fetchedBytes,
  })
  traffic.start()
  const ending = new AbortController()
  const sender = new EventSender({
    queue,
    send: ({ events, ...batch }) =>
      uplink.call('events', { ...batch, events: [...events] }, { signal: ending.signal }),
    onError: (error) => log('debug', 'events could not be told yet', { reason: String(error) }),
  })
  sender.start()
  const stopListening = uplink.onChange((state) => {
    if (state === 'there') sender.wake()
  })
  starting.defer(async () => {
    stopListening()
    traffic.stop()
    // What does not arrive by then is sent after the next start.
    const timer = setTimeout(() => ending.abort(), lastWordsMs)
    await sender.stop()
    clearTimeout(timer)
    queue.stop()
  })
  return { queue, traffic, told: journalsOf(new QueueingJournal(queue), traffic) }
}

function sourceOf({ uplink, cache, policy, log }: BootParts, starting: AsyncDisposableStack) {
  const heard = new HeardMachines(uplink)
  starting.defer(() => heard.stop())
  const refusals = new Refusals(uplink)
  starting.defer(() => refusals.stop())
  return new UpstreamBootSource({
    ...{ uplink, heard, refusals, log, offline: policy.offline, book: cache.book, outbox: policy.outbox },
    onBoot: (release) => cache.keeper.used(release),
  })
}

async function openSessions(
  { database, log }: Pick<BootParts, 'database' | 'log'>,
  starting: AsyncDisposableStack,
): Promise<BootSessions> {
  const sessions = new BootSessions({
    isSameMachine: sameMachine(linuxNeighbours),
    store: new SqliteSessionStore(database),
    onError: (error) => log('error', 'keys of boots could not be written down', { reason: String(error) }),
  })
  await sessions.start()
  starting.defer(() => sessions.stop())
  return sessions
}

function poolOf(
  { dhcpRange: range, dhcpRouter: router, dhcpDns: dns, dhcpLeaseSeconds: leaseSeconds }: Config,
  database: SiteDatabase,
) {
  if (range === undefined) return {}
  const store = new SqliteLeaseStore(database)
  return { dhcpServer: { range, dns, leaseSeconds, store, ...(router !== undefined && { router }) } }
}
