import assert from 'node:assert/strict'
import type { Lease } from '../src/dhcp/lease-store.ts'
import { type OptionValues, readOption, writeOptions } from '../src/dhcp/options.ts'
import type { DhcpPacket } from '../src/dhcp/packet.ts'
import { type DhcpAnswer, DhcpServer, type DhcpServerSettings } from '../src/dhcp/server.ts'
import { MemoryLeaseStore } from './memory-lease-store.ts'

export const start = 1_790_000_000_000

/** A server of 10.77.0.100 to .103 on a clock of its own. */
export class Network {
  readonly leases = new Map<string, Lease>()
  readonly store = new MemoryLeaseStore(this.leases)
  now = start
  readonly server: DhcpServer

  constructor(change: Partial<DhcpServerSettings> = {}) {
    this.server = new DhcpServer({
      serverAddress: '10.77.0.1',
      netmask: '255.255.255.0',
      range: { first: '10.77.0.100', last: '10.77.0.103' },
      leaseSeconds: 3600,
      store: this.store,
      bootFields: () => undefined,
      now: () => this.now,
      ...change,
    })
  }

  async offered(client: Client, options: OptionValues = {}): Promise<string | undefined> {
    const offer = await this.server.answer(client.message('discover', options))
    return 'ignored' in offer ? undefined : offer.yiaddr
  }

  async bound(client: Client): Promise<string> {
    const address = (await this.offered(client)) ?? assert.fail('no offer')
    const ack = await this.server.answer(client.selects(address))
    assert.equal(kindOf(ack), 'ack')
    return address
  }
}

/** What a client says. */
export class Client {
  readonly mac: string
  readonly identity: OptionValues

  constructor(number: number, identity: OptionValues = {}) {
    this.mac = `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`
    this.identity = identity
  }

  static five(): [Client, Client, Client, Client, Client] {
    return [new Client(1), new Client(2), new Client(3), new Client(4), new Client(5)]
  }

  message(
    type: 'discover' | 'request' | 'decline' | 'release' | 'inform' | 'offer',
    options: OptionValues = {},
    header: Partial<DhcpPacket> = {},
  ): DhcpPacket {
    return {
      op: 'request',
      htype: 1,
      hlen: 6,
      hops: 0,
      xid: 7,
      secs: 0,
      broadcast: false,
      ciaddr: '0.0.0.0',
      yiaddr: '0.0.0.0',
      siaddr: '0.0.0.0',
      giaddr: '0.0.0.0',
      mac: this.mac,
      sname: '',
      file: '',
      ...header,
      options: writeOptions({ 'message-type': type, ...this.identity, ...options }),
    }
  }

  selects(address: string, server = '10.77.0.1'): DhcpPacket {
    return this.message('request', { 'requested-address': address, 'server-identifier': server })
  }

  reboots(address: string): DhcpPacket {
    return this.message('request', { 'requested-address': address })
  }

  renews(address: string): DhcpPacket {
    return this.message('request', {}, { ciaddr: address })
  }

  declines(address: string): DhcpPacket {
    return this.message('decline', { 'requested-address': address, 'server-identifier': '10.77.0.1' })
  }

  releases(address: string): DhcpPacket {
    return this.message('release', { 'server-identifier': '10.77.0.1' }, { ciaddr: address })
  }
}

/** The type of the answer, or why there is none. */
export function kindOf(answer: DhcpAnswer): string | undefined {
  return 'ignored' in answer ? answer.ignored : readOption(answer.options, 'message-type')
}
