import { type DhcpPacket, DhcpServer, type LeaseStore, sameSubnet } from '@bootcast/netboot'
import { type BootNetwork, bootFields } from './boot-fields.ts'
import { type BootJournal, noJournal } from './boot-journal.ts'
import type { BootSource } from './boot-source.ts'
import { Counters } from './counters.ts'
import { type DhcpListenerSettings, listenDhcp } from './dhcp-listener.ts'
import { noteOfIgnored } from './dhcp-notes.ts'
import { type BootProblem, type BootServiceName, type Listening, listenProblem } from './listen-problem.ts'
import type { LoaderShelf } from './loader-shelf.ts'
import type { BootLog } from './log.ts'
import { answerProxyDhcp } from './proxy-dhcp.ts'
import { rareWarnings } from './rare-warnings.ts'
import type { BootSessions } from './sessions/boot-sessions.ts'
import type { CodeSource } from './sessions/code-source.ts'
import { listenTftp } from './tftp-listener.ts'
import { isUdpPortTaken } from './udp-port-taken.ts'
import { watchOffers } from './watch-offers.ts'

/** A network of ours. */
export type BootInterface = {
  /** The device, for instance `eth0`: DHCP hears broadcasts and answers there only. Absent: relayed requests only. */
  readonly name?: string
  /** Our address there, dotted. TFTP binds to it; `0.0.0.0` for all. */
  readonly address: string
  readonly netmask: string
}

export type DhcpPoolSettings = {
  readonly range: { readonly first: string; readonly last: string }
  readonly router?: string
  readonly dns?: readonly string[]
  readonly leaseSeconds: number
  readonly store: LeaseStore
}

export type BootServicesSettings = {
  readonly interfaces: readonly BootInterface[]
  readonly dhcp: 'off' | 'proxy' | 'server'
  /** With `dhcp: 'server'`: serves the interface whose subnet holds the range. */
  readonly dhcpServer?: DhcpPoolSettings
  readonly tftpPort: number | 'off'
  /** Where machines reach HTTP when they know us as `address`; no slash at the end. */
  readonly baseUrl: (address: string) => string
  readonly source: BootSource
  /** Boots under way: GRUB fetches by TFTP with their keys. */
  readonly sessions: BootSessions
  /** Codes on the screens of machines. */
  readonly codes: CodeSource
  /** Where people approve codes, when that is not `/activate` at `baseUrl`. */
  readonly activateUrl?: ((address: string) => string) | undefined
  readonly shelf: LoaderShelf
  readonly log: BootLog
  /** Absent: nobody keeps timelines. */
  readonly journal?: BootJournal
  /** Absent: 67 and 4011 (RFC 2131, PXE 2.1). Tests without root take others. */
  readonly ports?: { readonly dhcp: number; readonly pxe: number }
}

export type BootStatus = {
  readonly listening: readonly Listening[]
  readonly problems: readonly BootProblem[]
}

export type BootServices = {
  /** Opens what can be opened; the rest is among the problems. Never rejects because of a port. */
  start(): Promise<BootStatus>
  /** Closes everything; transfers under way end. */
  stop(): Promise<void>
  status(): BootStatus
  /** Packets and transfers since the start, by kind; ignored ones by reason. */
  counters(): Readonly<Record<string, number>>
}

type Closing = () => Promise<void>
/** One thing to open: where, and how. */
type Listener = {
  readonly service: BootServiceName
  readonly address: string
  readonly port: number
  readonly open: () => Promise<Closing>
}

/** The listeners of all interfaces as one component. */
export function createBootServices(settings: BootServicesSettings): BootServices {
  const counters = new Counters()
  let closings: readonly Closing[] = []
  let status: BootStatus = { listening: [], problems: [] }
  return {
    async start() {
      const misplaced = misplacedPool(settings)
      for (const problem of misplaced)
        settings.log('warn', 'a boot service could not be opened', { ...problem })
      const opened = await Promise.all(listeners(settings, counters).map((one) => openOne(one, settings.log)))
      const watching = await openWatchers(settings, counters)
      closings = [...opened.flatMap((one) => ('close' in one ? [one.close] : [])), ...watching]
      status = {
        listening: opened.flatMap((one) => ('close' in one ? [one.listening] : [])),
        problems: [...misplaced, ...opened.flatMap((one) => ('close' in one ? [] : [one]))],
      }
      return status
    },
    async stop() {
      await Promise.all(closings.map((close) => close()))
      closings = []
      status = { listening: [], problems: [] }
    },
    status: () => status,
    counters: () => counters.all(),
  }
}

async function openOne(
  { service, address, port, open }: Listener,
  log: BootLog,
): Promise<BootProblem | { readonly listening: Listening; readonly close: Closing }> {
  try {
    const close = await open()
    log('info', 'a boot service listens', { service, address, port })
    return { listening: { service, address: `${address}:${port}` }, close }
  } catch (error) {
    const problem = listenProblem(service, address, port, error)
    log('warn', 'a boot service could not be opened', { ...problem })
    return problem
  }
}

function listeners(settings: BootServicesSettings, counters: Counters): readonly Listener[] {
  // Asked once, before a port of ours is open.
  const taken = isUdpPortTaken(settings.ports?.dhcp ?? 67)
  return settings.interfaces.flatMap((one) => [
    ...dhcpListeners(settings, one, counters, taken),
    ...tftpListeners(settings, one, counters),
  ])
}

/** Ears only: what they cannot hear is missing in timelines, and no machine boots worse for it. */
async function openWatchers(settings: BootServicesSettings, counters: Counters): Promise<Closing[]> {
  const { dhcp, interfaces, journal, log } = settings
  const named = interfaces.flatMap(({ name, address }) => (name === undefined ? [] : [{ name, address }]))
  if (dhcp === 'off' || journal === undefined) return []
  const opened = named.map(async ({ name: device, address }) => {
    try {
      const bind = { address: '255.255.255.255', port: 68, device }
      const socket = await watchOffers({ bind, own: address, counters, log, journal })
      return [() => socket.close()]
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log('info', 'offers of other DHCP servers are not heard', { interface: device, reason })
      return []
    }
  })
  return (await Promise.all(opened)).flat()
}

function tftpListeners(
  settings: BootServicesSettings,
  one: BootInterface,
  counters: Counters,
): readonly Listener[] {
  const { tftpPort: port, source, sessions, codes, shelf, log, journal = noJournal } = settings
  const { baseUrl, activateUrl } = settings
  if (port === 'off') return []
  const { address } = one
  const open = async () => {
    const server = await listenTftp({
      address,
      port,
      source,
      sessions,
      codes,
      shelf,
      baseUrl,
      activateUrl,
      counters,
      log,
      journal,
    })
    return () => server.stop()
  }
  return [{ service: 'tftp', address, port, open }]
}

function dhcpListeners(
  settings: BootServicesSettings,
  one: BootInterface,
  counters: Counters,
  taken: Promise<boolean>,
): readonly Listener[] {
  const { source, shelf, log, journal = noJournal, ports = { dhcp: 67, pxe: 4011 } } = settings
  const { address } = one
  const network: BootNetwork = { address, baseUrl: settings.baseUrl(address), shelf, source }
  // Broadcasts arrive only at 0.0.0.0; without a device that would be every network of this machine.
  const device = one.name === undefined ? { address } : { address: '0.0.0.0', device: one.name }
  const common = { source, counters, log, journal }
  const atDhcpPort = { ...common, bind: { ...device, port: ports.dhcp } }
  const at = { address, port: ports.dhcp }
  switch (settings.dhcp) {
    case 'off':
      return []
    case 'proxy':
      return [
        { service: 'proxy-dhcp', ...at, open: () => openProxyDhcp(network, atDhcpPort, taken) },
        {
          service: 'pxe',
          address,
          port: ports.pxe,
          open: () =>
            openDhcp({
              ...common,
              name: 'pxe',
              bind: { address, port: ports.pxe },
              answer: (request) => answerProxyDhcp(request, 'pxe', network),
              replyTo: 'sender',
            }),
        },
      ]
    case 'server': {
      const pool = settings.dhcpServer
      if (pool === undefined || !sameSubnet(pool.range.first, address, one.netmask)) return []
      return [{ service: 'dhcp', ...at, open: () => openDhcpServer(pool, one, network, atDhcpPort) }]
    }
  }
}

type AtDhcpPort = Pick<DhcpListenerSettings, 'source' | 'counters' | 'log' | 'journal' | 'bind'>

/**
 * Linux gives a unicast to one socket only. Where another DHCP server runs on this machine, renewals and relayed
 * requests are for it, so ours hears broadcasts only.
 */
async function openProxyDhcp(
  network: BootNetwork,
  at: AtDhcpPort,
  taken: Promise<boolean>,
): Promise<Closing> {
  const { bind, log } = at
  const beside = bind.device !== undefined && (await taken)
  if (beside)
    log('info', 'another DHCP server runs on this machine: ProxyDHCP hears broadcasts only, no relays', {
      interface: bind.device,
    })
  return openDhcp({
    ...at,
    name: 'proxy-dhcp',
    bind: beside ? { ...bind, address: '255.255.255.255' } : bind,
    answer: (request) => answerProxyDhcp(request, 'dhcp', network),
    replyTo: 'rfc2131',
  })
}

async function openDhcp(settings: DhcpListenerSettings): Promise<Closing> {
  const socket = await listenDhcp(settings)
  return () => socket.close()
}

/** Our own DHCP server, on the interface whose subnet holds the range. */
async function openDhcpServer(
  pool: DhcpPoolSettings,
  one: BootInterface,
  network: BootNetwork,
  listener: AtDhcpPort,
): Promise<Closing> {
  const { counters, log, journal } = listener
  const levelOf = rareWarnings()
  const server = new DhcpServer({
    ...pool,
    serverAddress: one.address,
    netmask: one.netmask,
    bootFields: (request) => {
      const fields = bootFields(request, network)
      if (!('ignored' in fields)) return fields
      counters.add(`dhcp.no boot file: ${fields.ignored}`)
      const note = noteOfIgnored(request, fields, 'dhcp')
      if (note !== undefined) journal.note(note)
      if (fields.detail !== undefined)
        log(levelOf(fields.detail), 'a machine gets an address but nothing to boot', {
          mac: request.mac,
          reason: fields.detail,
        })
      return undefined
    },
  })
  await server.start()
  const answer = (request: DhcpPacket) => server.answer(request)
  const socket = await listenDhcp({ ...listener, name: 'dhcp', answer, replyTo: 'rfc2131' })
  return async () => {
    await socket.close()
    await server.stop()
  }
}

/** Set up for DHCP, but with no interface to give addresses on. */
function misplacedPool({ dhcp, dhcpServer, interfaces }: BootServicesSettings): readonly BootProblem[] {
  if (dhcp !== 'server') return []
  const range = dhcpServer?.range
  if (range !== undefined && interfaces.some((one) => sameSubnet(range.first, one.address, one.netmask)))
    return []
  const where = interfaces.map(({ address, netmask }) => `${address}/${netmask}`).join(', ') || 'no interface'
  return [
    {
      service: 'dhcp',
      address: where,
      reason:
        range === undefined
          ? 'no range of addresses was given'
          : `the range ${range.first}-${range.last} lies in none of these networks`,
      remedy: 'name the interface of the boot network and a range of addresses in its subnet',
    },
  ]
}
