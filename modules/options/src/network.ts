import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { BootInterface } from '@bootcast/boot'
import type { BootConfig } from './boot-options.ts'
import { type Interfaces, ipv4SubnetsOf } from './interfaces.ts'
import { isInside } from './subnet.ts'

/** The interfaces of the machines; none named: TFTP on all, no DHCP. */
export function bootInterfaces(
  { interface: names, dhcpRange }: Pick<BootConfig, 'interface' | 'dhcpRange'>,
  interfaces: Interfaces,
): readonly BootInterface[] {
  if (names.length === 0) return [{ address: '0.0.0.0', netmask: '0.0.0.0' }]
  return names.flatMap((name) => {
    const subnets = ipv4SubnetsOf(interfaces, name)
    const ofRange = subnets.find((subnet) => dhcpRange !== undefined && isInside(subnet, dhcpRange.first))
    const subnet = ofRange ?? subnets[0]
    return subnet === undefined ? [] : [{ name, address: subnet.address, netmask: subnet.netmask }]
  })
}

const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::'

/** By which addresses and URLs this computer is reached. */
export type Reaching = {
  readonly config: Pick<BootConfig, 'listen' | 'bootUrl'> & {
    /** How people reach it, when not by its own address. */
    readonly publicUrl?: string | undefined
  }
  readonly port: number
  readonly interfaces: Interfaces
}

/** Where machines reach HTTP that know this computer as `address`. */
export function baseUrlFor({ config, port, interfaces }: Reaching): (address: string) => string {
  const { listen, publicUrl, bootUrl } = config
  const named = bootUrl ?? (publicUrl?.startsWith('http:') === true ? publicUrl : undefined)
  const [ownAddress = '127.0.0.1'] = ownAddresses(interfaces)
  return (address) => {
    if (named !== undefined) return named
    if (!isWildcard(listen.address)) return originOf(listen.address, port)
    return originOf(isWildcard(address) ? ownAddress : address, port)
  }
}

/** Where machines reach HTTP, and where their screens send people. */
export function bootPlaces(reaching: Reaching) {
  const { publicUrl } = reaching.config
  return {
    // Asked anew each time: the port is known when it is open.
    baseUrl: (address: string) => baseUrlFor(reaching)(address),
    activateUrl: publicUrl === undefined ? undefined : () => `${publicUrl}/activate`,
  }
}

/** The URLs by which people reach HTTP; the one to tell others first. */
export function urlsForPeople({ config, port, interfaces }: Reaching): readonly string[] {
  const { listen, publicUrl } = config
  const addresses = isWildcard(listen.address)
    ? [...ownAddresses(interfaces).slice(0, 8), '127.0.0.1']
    : [listen.address]
  const urls = addresses.map((address) => originOf(address, port))
  return publicUrl === undefined ? urls : [publicUrl, ...urls]
}

function ownAddresses(interfaces: Interfaces): readonly string[] {
  return Object.values(interfaces)
    .flatMap((infos) => infos ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}

const originOf = (address: string, port: number): string =>
  `http://${isIPv6(address) ? `[${address}]` : address}:${port}`

export type DhcpMode = {
  readonly mode: 'off' | 'proxy' | 'server'
  readonly why: 'configured' | 'possible' | 'no interface' | 'no right'
}

/** The mode that was asked for, else the one that this process can do. */
export async function dhcpModeOf(
  config: Pick<BootConfig, 'dhcp' | 'interface'>,
  mayOpen: (port: number) => Promise<boolean>,
): Promise<DhcpMode> {
  if (config.dhcp !== undefined) return { mode: config.dhcp, why: 'configured' }
  if (config.interface.length === 0) return { mode: 'off', why: 'no interface' }
  return (await mayOpen(67)) ? { mode: 'proxy', why: 'possible' } : { mode: 'off', why: 'no right' }
}

/** Whether this process has the right to open the UDP port; a port that another program has does not count against it. */
export async function mayOpenPort(port: number): Promise<boolean> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  try {
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return true
  } catch (error) {
    return !['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')
  } finally {
    socket.close()
  }
}

/** Why DHCP is as it is, for a person. */
export const dhcpReasons: Readonly<Record<DhcpMode['why'], string>> = {
  configured: 'as configured',
  possible: 'an interface is named and port 67 may be opened',
  'no interface': 'no interface is named (--interface NAME)',
  'no right': 'this process may not open port 67',
}

/** How to get the right to low ports: said only when one is wanted and this process may not open it. */
export async function grantAdvice({
  interface: names,
  dhcp,
  tftpPort,
}: Pick<BootConfig, 'interface' | 'dhcp' | 'tftpPort'>): Promise<readonly string[]> {
  const wantsDhcp = names.length > 0 && dhcp !== 'off'
  const wantsTftp = tftpPort !== 'off' && tftpPort < 1024
  if (!wantsDhcp && !wantsTftp) return []
  return (await mayOpenPort(67)) ? [] : [howToGrant(process.execPath)]
}

/** How to give this very program the right to open low ports. */
export const howToGrant = (node: string): string =>
  `DHCP and TFTP: this process may not open their low ports. Grant it: "sudo setcap cap_net_bind_service,cap_net_raw+ep ${node}", ` +
  'or run Bootcast as the systemd unit of docs/operate/install.md'
