import type { DhcpServerHeard, FirmwareLoader, Network } from '@bootcast/contract'
import { subnetTextOf } from '@bootcast/options'
import type { NetworkDesk, NetworkSeen } from '../network/network-desk.ts'
import type { Handlers } from './handlers.ts'

export function networkHandlers(
  desk: Pick<NetworkDesk, 'look' | 'dhcpText'>,
): Pick<Handlers, 'showNetwork' | 'showDhcpText'> {
  return {
    async showNetwork() {
      return shown(desk.look())
    },
    async showDhcpText({ params: { server }, query: { address } }) {
      const { steps, missing, ...text } = desk.dhcpText(server, address)
      return { server, ...text, steps: [...steps], missing: [...missing] }
    },
  }
}

function shown({ mode, why, heard, servers, places, firmwares, findings }: NetworkSeen): Network {
  const { since, lastAt, messages, bootMessages } = heard
  return {
    dhcp: { mode, why },
    heard: {
      ...{ since: iso(since), messages, bootMessages },
      ...(lastAt !== undefined && { lastAt: iso(lastAt) }),
    },
    servers: servers.map(shownServer),
    networks: places.map(({ interface: name, address, netmask, bootUrl, tftp }) => ({
      ...{ address, subnet: subnetTextOf(address, netmask), bootUrl },
      ...(name !== undefined && { interface: name }),
      ...(tftp !== undefined && { tftp }),
    })),
    loaders: firmwares.map(shownLoader),
    findings: findings.map((finding) => ({ ...finding })),
  }
}

function shownServer({
  offered,
  file,
  fileServer,
  ...server
}: NetworkSeen['servers'][number]): DhcpServerHeard {
  return {
    ...server,
    ...{ firstAt: iso(server.firstAt), lastAt: iso(server.lastAt) },
    ...(offered !== undefined && { offered }),
    ...(file !== undefined && { file }),
    ...(fileServer !== undefined && { fileServer }),
  }
}

const shownLoader = ({ loader, ...firmware }: NetworkSeen['firmwares'][number]): FirmwareLoader => ({
  ...firmware,
  ...(loader !== undefined && { loader }),
})

const iso = (at: number): string => new Date(at).toISOString()
