import {
  type BootConfig,
  baseUrlFor,
  bootInterfaces,
  type Interfaces,
  type Ipv4Subnet,
  type Reaching,
  subnetOf,
} from '@bootcast/options'

/** A network of ours, and how machines there reach us. */
export type Place = {
  /** Absent: no interface is named. */
  readonly interface: string | undefined
  readonly address: string
  readonly netmask: string
  readonly bootUrl: string
  /** Absent: off. */
  readonly tftp: string | undefined
}

export type PlacesSettings = {
  readonly config: Pick<BootConfig, 'interface' | 'dhcpRange' | 'tftpPort'> & Reaching['config']
  readonly reaching: Reaching
}

/** More addresses than this are no networks of machines. */
const most = 16
const loopback = subnetOf('127.0.0.1', '255.0.0.0')

/** The interfaces of the machines; none named: all addresses of this computer, at least its own. */
export function placesOf({ config, reaching }: PlacesSettings): readonly Place[] {
  const { interfaces } = reaching
  const named = bootInterfaces(config, interfaces).filter(({ name }) => name !== undefined)
  const own = named.length > 0 ? named : ownSubnets(interfaces)
  const baseUrl = baseUrlFor(reaching)
  const { tftpPort } = config
  return own.slice(0, most).map(({ address, netmask, ...one }) => ({
    interface: 'name' in one ? one.name : undefined,
    ...{ address, netmask, bootUrl: baseUrl(address) },
    tftp: tftpPort === 'off' ? undefined : `${address}:${tftpPort}`,
  }))
}

function ownSubnets(interfaces: Interfaces): readonly Ipv4Subnet[] {
  const found = Object.values(interfaces)
    .flatMap((infos) => infos ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address, netmask }) => subnetOf(address, netmask))
  return found.length > 0 ? found : [loopback]
}
