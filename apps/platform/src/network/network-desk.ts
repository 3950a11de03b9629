import {
  type BootServices,
  type DhcpServerName,
  type DhcpText,
  dhcpText,
  type FirmwareName,
  firmwares,
  type LoaderShelf,
  loaderKinds,
  peopleOf,
} from '@bootcast/boot'
import { type DhcpMode, dhcpReasons } from '@bootcast/options'
import { type Finding, findingsOf, type Verdict, verdictOn } from './findings.ts'
import type { Heard, HeardDhcp, HeardServer } from './heard-dhcp.ts'
import { type Place, type PlacesSettings, placesOf } from './places.ts'

export type NetworkDeskSettings = PlacesSettings & {
  readonly services: Pick<BootServices, 'status'>
  readonly shelf: Pick<LoaderShelf, 'nameFor' | 'list' | 'lacks'>
  readonly dhcp: DhcpMode
  readonly heard: Pick<HeardDhcp, 'heard'>
}

export type NetworkSeen = {
  readonly mode: DhcpMode['mode']
  readonly why: string
  readonly heard: Omit<Heard, 'servers'>
  readonly servers: readonly (HeardServer & { readonly verdict: Verdict })[]
  readonly places: readonly Place[]
  readonly firmwares: readonly FirmwareSeen[]
  readonly findings: readonly Finding[]
}

export type FirmwareSeen = Pick<(typeof firmwares)[number], 'platform' | 'architecture' | 'transport'> & {
  readonly firmware: FirmwareName
  readonly people: string
  readonly isUsual: boolean
  readonly loader: string | undefined
}

/** The platform has no such address in a network of machines. */
export class NetworkNotFound extends Error {
  override readonly name = 'NetworkNotFound'
  readonly code = 'network_not_found'
}

/** Looks at the network of the machines, and writes what its DHCP server may be told. Keeps nothing. */
export class NetworkDesk {
  readonly #settings: NetworkDeskSettings

  constructor(settings: NetworkDeskSettings) {
    this.#settings = settings
  }

  look(): NetworkSeen {
    const { services, shelf, dhcp } = this.#settings
    const { heard } = this.#settings.heard
    const { servers, ...rest } = heard
    const facts = {
      ...{ dhcp, heard, places: this.#places() },
      problems: services.status().problems,
      lacks: shelf.lacks(dhcp.mode),
      loaders: new Set(shelf.list().map(({ name }) => name)),
    }
    return {
      ...{ mode: dhcp.mode, why: dhcpReasons[dhcp.why], heard: rest, places: facts.places },
      servers: servers.map((server) => ({ ...server, verdict: verdictOn(server, facts) })),
      firmwares: this.#firmwares(),
      findings: findingsOf(facts),
    }
  }

  /**
   * `address`: ours in the network of the machines; absent: the first.
   * @throws {NetworkNotFound} @throws {NotForDhcpText}
   */
  dhcpText(server: DhcpServerName, address?: string): DhcpText {
    const places = this.#places()
    const place = address === undefined ? places[0] : places.find((one) => one.address === address)
    if (place === undefined)
      throw new NetworkNotFound(
        `The platform does not have the address ${address ?? ''}; it has ${places.map((one) => one.address).join(', ')}`,
      )
    const { netmask, bootUrl: baseUrl } = place
    return dhcpText(server, { address: place.address, netmask, baseUrl, shelf: this.#settings.shelf })
  }

  #places(): readonly Place[] {
    return placesOf(this.#settings)
  }

  #firmwares(): readonly FirmwareSeen[] {
    return firmwares.map((row) => {
      const { name, platform, architecture, transport } = row
      return {
        ...{ firmware: name, platform, architecture, transport, people: peopleOf(row) },
        isUsual: loaderKinds.some(
          (kind) => kind.usual && kind.platform === platform && kind.architecture === architecture,
        ),
        loader: this.#settings.shelf.nameFor(row),
      }
    })
  }
}
