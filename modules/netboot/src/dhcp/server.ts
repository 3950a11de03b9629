import { addressNumber, addressText, isAddress, sameSubnet } from './address.ts'
import { GroupCommit } from './group-commit.ts'
import type { Lease, LeaseStore } from './lease-store.ts'
import { LeaseTable } from './lease-table.ts'
import { type DhcpOptions, readOption, writeOptions } from './options.ts'
import type { DhcpPacket } from './packet.ts'
import { type BootFields, canBeEchoed, type ReplyContents, replyTo } from './reply.ts'

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
const unspecified = '0.0.0.0'

/** An authoritative DHCP server for one subnet, without sockets: RFC 2131 §4.3. */
export class DhcpServer {
  readonly #settings: DhcpServerSettings
  readonly #table: LeaseTable
  readonly #commit: GroupCommit
  readonly #now: () => number
  readonly #subnetOptions: DhcpOptions
  readonly #leaseOptions: DhcpOptions

  /** @throws {RangeError} when the settings contradict each other */
  constructor(settings: DhcpServerSettings) {
    this.#settings = settings
    this.#now = settings.now ?? Date.now
    this.#table = leaseTable(settings, this.#now)
    this.#commit = new GroupCommit(settings.store)
    const { netmask, router, dns = [], leaseSeconds } = settings
    this.#subnetOptions = writeOptions({
      'subnet-mask': netmask,
      router: router === undefined ? undefined : [router],
      'domain-name-server': dns.length === 0 ? undefined : dns,
    })
    this.#leaseOptions = writeOptions({
      'lease-time': leaseSeconds,
      // T1 and T2 at their usual half and seven eighths (RFC 2131 §4.4.5)
      'renewal-time': Math.floor(leaseSeconds / 2),
      'rebinding-time': Math.floor((leaseSeconds * 7) / 8),
    })
  }

  /** Takes over the leases of before. */
  async start(): Promise<void> {
    this.#table.restore(await this.#settings.store.load())
  }

  /** Waits until the leases under way are kept. */
  async stop(): Promise<void> {
    await this.#commit.settled()
  }

  /**
   * The answer to one message. Work does not grow with the range or the number of leases; an ACK comes when its lease
   * is durable. Rejects with the store's error when a lease could not be kept: the client then asks again.
   */
  async answer(request: DhcpPacket): Promise<DhcpAnswer> {
    const nonsense = this.#nonsense(request)
    if (nonsense !== undefined) return { ignored: nonsense }
    const type = readOption(request.options, 'message-type')
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
        return this.#inform(request)
      case 'offer':
      case 'ack':
      case 'nak':
        return { ignored: 'a server message' }
      case undefined:
        return { ignored: 'BOOTP without DHCP' }
    }
  }

  /** Why a message deserves no look at its type. */
  #nonsense(request: DhcpPacket): string | undefined {
    if (request.op !== 'request') return 'a reply'
    if (request.htype !== 1 || request.hlen !== 6) return 'not Ethernet'
    if (!/^.[02468ace]/.test(request.mac) || request.mac === '00:00:00:00:00:00')
      return 'not the hardware address of a machine'
    if (!canBeEchoed(request)) return 'an identifier too long to be echoed'
    if (request.giaddr !== unspecified && !this.#isHost(request.giaddr)) return 'relayed from another subnet'
    return undefined
  }

  /** Whether the address can be that of another machine of the subnet. */
  #isHost(address: string): boolean {
    const { serverAddress, netmask } = this.#settings
    const hostBits = addressNumber(address) & ~addressNumber(netmask)
    const isBroadcast = hostBits === ~addressNumber(netmask)
    return (
      sameSubnet(address, serverAddress, netmask) &&
      address !== serverAddress &&
      hostBits !== 0 &&
      !isBroadcast
    )
  }

  #discover(request: DhcpPacket): DhcpAnswer {
    if (request.ciaddr !== unspecified && !this.#isHost(request.ciaddr))
      return { ignored: 'has an address of another subnet' }
    const wanted = readOption(request.options, 'requested-address')
    const address = this.#table.reserve(
      clientOf(request),
      wanted === undefined ? undefined : addressNumber(wanted),
      offerMs,
    )
    if (address === undefined) return { ignored: 'no free address in the range' }
    return this.#lease(request, 'offer', addressText(address))
  }

  /** RFC 2131 §4.3.2: SELECTING has our server identifier, INIT-REBOOT option 50 only, RENEWING and REBINDING ciaddr. */
  async #request(request: DhcpPacket): Promise<DhcpAnswer> {
    const client = clientOf(request)
    const server = readOption(request.options, 'server-identifier')
    if (server !== undefined && server !== this.#settings.serverAddress) {
      this.#table.unreserve(client)
      return { ignored: 'chose another server' }
    }
    const current = request.ciaddr === unspecified ? undefined : request.ciaddr
    const requested = readOption(request.options, 'requested-address')
    const address = requested ?? current
    if (address === undefined) return { ignored: 'a request without an address' }
    if (current !== undefined && current !== address) return { ignored: 'a request for two addresses' }
    if (!sameSubnet(address, this.#settings.serverAddress, this.#settings.netmask))
      return this.#nak(request, 'not an address of this network')
    if (server === undefined && this.#isHost(address) && !this.#table.inRange(addressNumber(address)))
      return { ignored: 'has an address that we do not give out' } // its own affair, or another server's
    if (!this.#table.mayHave(client, addressNumber(address)))
      return this.#nak(request, 'not the address of this client')
    return this.#bind(request, client, address)
  }

  async #bind(request: DhcpPacket, client: string, address: string): Promise<DhcpAnswer> {
    if (this.#commit.isFull) return { ignored: 'the store of leases is too slow' }
    const hostname = readOption(request.options, 'host-name')
      ?.replace(/[^A-Za-z0-9._-]/g, '')
      .slice(0, 63)
    const lease: Lease = {
      address,
      client,
      mac: request.mac,
      ...(hostname === undefined || hostname === '' ? {} : { hostname }),
      state: 'bound',
      expiresAt: this.#now() + this.#settings.leaseSeconds * 1000,
    }
    this.#table.bind(lease)
    try {
      await this.#commit.save(lease)
    } catch (error) {
      this.#table.unbind(lease, offerMs)
      throw error
    }
    return this.#lease(request, 'ack', address)
  }

  async #decline(request: DhcpPacket): Promise<DhcpAnswer> {
    const address = readOption(request.options, 'requested-address')
    if (address === undefined || !this.#concerns(request, address))
      return { ignored: 'declined an address that it does not have' }
    if (this.#commit.isFull) return { ignored: 'the store of leases is too slow' }
    const lease: Lease = {
      address,
      client: `declined:${address}`,
      mac: request.mac,
      state: 'declined',
      expiresAt: this.#now() + quarantineMs,
    }
    this.#table.bind(lease)
    await this.#commit.save(lease)
    return { ignored: 'declined: somebody else uses the address' }
  }

  async #release(request: DhcpPacket): Promise<DhcpAnswer> {
    if (!this.#concerns(request, request.ciaddr))
      return { ignored: 'released an address that it does not have' }
    if (this.#commit.isFull) return { ignored: 'the store of leases is too slow' }
    const lease = this.#table.release(clientOf(request), addressNumber(request.ciaddr))
    if (lease !== undefined) await this.#commit.save(lease)
    return { ignored: 'released' }
  }

  /** A DECLINE or RELEASE that is for us, of an address that is the client's (RFC 2131 §4.3.3, §4.3.4). */
  #concerns(request: DhcpPacket, address: string): boolean {
    const server = readOption(request.options, 'server-identifier') ?? this.#settings.serverAddress
    return (
      server === this.#settings.serverAddress && this.#table.holds(clientOf(request), addressNumber(address))
    )
  }

  /** RFC 2131 §4.3.5: settings for who has an address by other means; no lease. */
  #inform(request: DhcpPacket): DhcpAnswer {
    if (!this.#isHost(request.ciaddr)) return { ignored: 'has an address of another subnet' }
    return this.#reply(request, { type: 'ack', yiaddr: unspecified, options: this.#subnetOptions })
  }

  #lease(request: DhcpPacket, type: 'offer' | 'ack', yiaddr: string): DhcpPacket {
    return this.#reply(request, {
      type,
      yiaddr,
      options: new Map([...this.#leaseOptions, ...this.#subnetOptions]),
    })
  }

  #reply(request: DhcpPacket, contents: Omit<ReplyContents, 'serverAddress' | 'boot'>): DhcpPacket {
    const boot = this.#settings.bootFields(request)
    return replyTo(request, { ...contents, boot, serverAddress: this.#settings.serverAddress })
  }

  #nak(request: DhcpPacket, message: string): DhcpPacket {
    const { serverAddress } = this.#settings
    return replyTo(request, {
      type: 'nak',
      serverAddress,
      yiaddr: unspecified,
      options: writeOptions({ message }),
    })
  }
}

/**
 * Who a client is: see `Lease.client`. An identifier that is only the hardware address again counts as that: EDK2 sends
 * none, the iPXE it loads sends that one (captures/dhcp-uefi-x64-pxe), and it should not cost a machine two addresses.
 */
function clientOf(request: DhcpPacket): string {
  const hardware = `01${request.mac.replaceAll(':', '')}`
  const raw = request.options.get(61)
  const id = raw === undefined || raw.length < 2 ? hardware : Buffer.from(raw).toString('hex')
  return id === hardware ? `hw:1:${id.slice(2)}` : `id:${id}`
}

function leaseTable(settings: DhcpServerSettings, now: () => number): LeaseTable {
  const { serverAddress, netmask, range, router, dns = [] } = settings
  for (const address of [serverAddress, netmask, range.first, range.last])
    if (!isAddress(address)) throw new RangeError(`${JSON.stringify(address)} is no IPv4 address`)
  if (![range.first, range.last].every((one) => sameSubnet(one, serverAddress, netmask)))
    throw new RangeError(
      `the DHCP range ${range.first}-${range.last} is not in the subnet of ${serverAddress} (${netmask})`,
    )
  const first = addressNumber(range.first)
  const last = addressNumber(range.last)
  if (last < first || last - first >= 65_536)
    throw new RangeError('a DHCP range goes from its first to its last address, at most 65,536')
  const mask = addressNumber(netmask)
  const network = (addressNumber(serverAddress) & mask) >>> 0
  const others = [serverAddress, ...(router === undefined ? [] : [router]), ...dns].map(addressNumber)
  return new LeaseTable({ first, last, never: new Set([...others, network, (network | ~mask) >>> 0]), now })
}
