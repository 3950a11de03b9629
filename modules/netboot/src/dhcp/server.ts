import { addressNumber, addressText, isAddress, sameSubnet } from './address.ts'
import { GroupCommit } from './group-commit.ts'
import type { Lease, LeaseStore } from './lease-store.ts'
import { LeaseTable } from './lease-table.ts'
import { type DhcpOptions, readOption, writeOptions } from './options.ts'
import type { DhcpPacket } from './packet.ts'

/** What boot adds to the OFFER and ACK of a client that wants to boot. */
export type BootFields = {
  readonly siaddr?: string
  readonly sname?: string
  readonly file?: string
  readonly options: DhcpOptions
}

export type DhcpServerSettings = {
  /** Our address on the subnet: option 54. */
  readonly serverAddress: string
  readonly netmask: string
  /** First and last address given out, both included; at most 65,536. */
  readonly range: { readonly first: string; readonly last: string }
  readonly router?: string
  readonly dns?: readonly string[]
  readonly leaseSeconds: number
  readonly store: LeaseStore
  readonly bootFields: (request: DhcpPacket) => BootFields | undefined
  /** Unix time in milliseconds. */
  readonly now?: () => number
}

export type DhcpAnswer = DhcpPacket | { readonly ignored: string }

/** An address offered stays reserved for this long (RFC 2131 §3.1 leaves it to us). */
const offerMs = 60_000
/** An address somebody else uses (DECLINE) is left alone for this long. */
const quarantineMs = 10 * 60_000

/** An authoritative DHCP server for one subnet, without sockets: RFC 2131 §4.3. */
export class DhcpServer {
  readonly #settings: DhcpServerSettings
  readonly #table: LeaseTable
  readonly #commit: GroupCommit
  readonly #now: () => number

  constructor(settings: DhcpServerSettings) {
    this.#settings = settings
    this.#now = settings.now ?? Date.now
    const first = addressNumber(settings.range.first)
    const last = addressNumber(settings.range.last)
    if (
      !sameSubnet(settings.range.first, settings.serverAddress, settings.netmask) ||
      !sameSubnet(settings.range.last, settings.serverAddress, settings.netmask)
    ) {
      throw new RangeError(
        `the DHCP range ${settings.range.first}-${settings.range.last} is not in the subnet of ${settings.serverAddress}`,
      )
    }
    if (last < first || last - first >= 65_536)
      throw new RangeError('a DHCP range goes from its first to its last address, at most 65,536')
    const taken = [settings.serverAddress, ...(settings.router === undefined ? [] : [settings.router])].map(
      addressNumber,
    )
    const mask = addressNumber(settings.netmask)
    const network = (addressNumber(settings.serverAddress) & mask) >>> 0
    this.#table = new LeaseTable({
      first,
      last,
      never: new Set([...taken, network, (network | ~mask) >>> 0]),
      now: this.#now,
    })
    this.#commit = new GroupCommit(settings.store)
  }

  /** Takes over the leases of before. */
  async start(): Promise<void> {
    for (const lease of await this.#settings.store.load()) this.#table.restore(lease)
  }

  /** Waits until the leases under way are kept. */
  async stop(): Promise<void> {
    await this.#commit.settled()
  }

  /** The answer to one message. Work does not grow with the pool or the number of leases. */
  async answer(request: DhcpPacket): Promise<DhcpAnswer> {
    if (request.op !== 'request') return { ignored: 'a reply' }
    if (request.htype !== 1 || request.hlen !== 6) return { ignored: 'not Ethernet' }
    const type = readOption(request.options, 'message-type')
    if (type === undefined) return { ignored: 'BOOTP without DHCP' }
    const subnet = request.giaddr === '0.0.0.0' ? this.#settings.serverAddress : request.giaddr
    if (!sameSubnet(subnet, this.#settings.serverAddress, this.#settings.netmask))
      return { ignored: 'relayed from another subnet' }
    switch (type) {
      case 'discover':
        return this.#discover(request)
      case 'request':
        return this.#request(request)
      case 'decline':
        return this.#decline(request)
      case 'release':
        return this.#release(request)
      case 'inform':
        return this.#reply(request, 'ack', { yiaddr: '0.0.0.0' })
      case 'offer':
      case 'ack':
      case 'nak':
        return { ignored: 'a server message' }
    }
  }

  #discover(request: DhcpPacket): DhcpAnswer {
    const wanted = readOption(request.options, 'requested-address')
    const address = this.#table.reserve(
      clientOf(request),
      wanted === undefined ? undefined : addressNumber(wanted),
      offerMs,
    )
    if (address === undefined) return { ignored: 'no free address in the range' }
    return this.#reply(request, 'offer', { yiaddr: addressText(address), lease: true })
  }

  /** RFC 2131 §4.3.2: SELECTING, INIT-REBOOT, RENEWING and REBINDING are told apart by what the client fills in. */
  async #request(request: DhcpPacket): Promise<DhcpAnswer> {
    const client = clientOf(request)
    const server = readOption(request.options, 'server-identifier')
    if (server !== undefined && server !== this.#settings.serverAddress) {
      this.#table.unreserve(client)
      return { ignored: 'chose another server' }
    }
    const requested = readOption(request.options, 'requested-address')
    const text = requested ?? (request.ciaddr === '0.0.0.0' ? undefined : request.ciaddr)
    if (text === undefined) return { ignored: 'a request without an address' }
    const address = addressNumber(text)
    if (!this.#table.mayHave(client, address)) {
      // INIT-REBOOT of a client we do not know: RFC 2131 tells to be silent, but this server is alone on its
      // network (authoritative), and silence costs the client a minute.
      return this.#reply(request, 'nak', { yiaddr: '0.0.0.0' })
    }
    const hostname = readOption(request.options, 'host-name')
      ?.replace(/[^A-Za-z0-9._-]/g, '')
      .slice(0, 63)
    const lease: Lease = {
      address: text,
      client,
      mac: request.mac,
      ...(hostname === undefined || hostname === '' ? {} : { hostname }),
      state: 'bound',
      expiresAt: this.#now() + this.#settings.leaseSeconds * 1000,
    }
    this.#table.bind(lease)
    await this.#commit.save(lease)
    return this.#reply(request, 'ack', { yiaddr: text, lease: true })
  }

  async #decline(request: DhcpPacket): Promise<DhcpAnswer> {
    const address = readOption(request.options, 'requested-address')
    const client = clientOf(request)
    if (address === undefined || !this.#table.holds(client, addressNumber(address)))
      return { ignored: 'declined an address that it does not have' }
    const lease: Lease = {
      address,
      client: `declined:${address}`,
      mac: request.mac,
      state: 'declined',
      expiresAt: this.#now() + quarantineMs,
    }
    this.#table.quarantine(client, lease)
    await this.#commit.save(lease)
    return { ignored: 'declined: somebody else uses the address' }
  }

  async #release(request: DhcpPacket): Promise<DhcpAnswer> {
    const client = clientOf(request)
    const lease = this.#table.release(client, addressNumber(request.ciaddr))
    if (lease === undefined) return { ignored: 'released an address that it does not have' }
    await this.#commit.save(lease)
    return { ignored: 'released' }
  }

  #reply(
    request: DhcpPacket,
    type: 'offer' | 'ack' | 'nak',
    { yiaddr, lease = false }: { yiaddr: string; lease?: boolean },
  ): DhcpPacket {
    const boot = type === 'nak' ? undefined : this.#settings.bootFields(request)
    const options = new Map([
      ...writeOptions({ 'message-type': type, 'server-identifier': this.#settings.serverAddress }),
      ...(type === 'nak' ? writeOptions({ message: 'not your address' }) : this.#subnetOptions()),
      ...(lease ? this.#leaseOptions() : []),
      ...(boot?.options ?? []),
    ])
    const id = request.options.get(61) // RFC 6842 §3: echoed
    if (id !== undefined) options.set(61, id)
    const relay = request.options.get(82) // RFC 3046 §2.2: echoed, last
    if (relay !== undefined && request.giaddr !== '0.0.0.0') options.set(82, relay)
    return {
      op: 'reply',
      htype: 1,
      hlen: 6,
      hops: 0,
      xid: request.xid,
      secs: 0,
      // RFC 2131 §4.3.2: a NAK through a relay is broadcast on the client's link
      broadcast: request.broadcast || (type === 'nak' && request.giaddr !== '0.0.0.0'),
      ciaddr: type === 'ack' ? request.ciaddr : '0.0.0.0',
      yiaddr,
      siaddr: boot?.siaddr ?? '0.0.0.0',
      giaddr: request.giaddr,
      mac: request.mac,
      sname: boot?.sname ?? '',
      file: boot?.file ?? '',
      options,
    }
  }

  #subnetOptions(): DhcpOptions {
    const { netmask, router, dns } = this.#settings
    return writeOptions({
      'subnet-mask': netmask,
      router: router === undefined ? undefined : [router],
      'domain-name-server': dns === undefined || dns.length === 0 ? undefined : dns,
    })
  }

  /** T1 and T2 at their usual half and seven eighths (RFC 2131 §4.4.5). */
  #leaseOptions(): DhcpOptions {
    const seconds = this.#settings.leaseSeconds
    return writeOptions({
      'lease-time': seconds,
      'renewal-time': Math.floor(seconds / 2),
      'rebinding-time': Math.floor((seconds * 7) / 8),
    })
  }
}

/**
 * Who a client is (RFC 2131 §4.2): its client identifier when it sends one, else its hardware address.
 * Firmware, loader and system of one machine may differ in it; each then has its own lease.
 */
function clientOf(request: DhcpPacket): string {
  const id = request.options.get(61)
  return id === undefined || id.length < 2
    ? `hw:1:${request.mac.replaceAll(':', '')}`
    : `id:${Buffer.from(id).toString('hex').slice(0, 510)}`
}

/**
 * Where a reply goes: RFC 2131 §4.1. A client without an address gets a broadcast even when it could take
 * unicast: sending to an address that nobody answers ARP for yet needs raw sockets, and all firmware hears broadcasts.
 */
export function replyTarget(
  request: DhcpPacket,
  reply: DhcpPacket,
): { readonly address: string; readonly port: number } {
  if (request.giaddr !== '0.0.0.0' && isAddress(request.giaddr)) return { address: request.giaddr, port: 67 }
  const isNak = readOption(reply.options, 'message-type') === 'nak'
  if (!isNak && request.ciaddr !== '0.0.0.0') return { address: request.ciaddr, port: 68 }
  return { address: '255.255.255.255', port: 68 }
}
