import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { sameSubnet } from '../src/dhcp/address.ts'
import { messageTypes } from '../src/dhcp/option.ts'
import { dhcpOptions, type OptionName, readOption } from '../src/dhcp/options.ts'
import { type DhcpPacket, decodeDhcp, encodeDhcp } from '../src/dhcp/packet.ts'
import { readPxeVendorOptions } from '../src/dhcp/pxe-vendor-options.ts'
import { largestReply, replyTarget } from '../src/dhcp/reply.ts'
import { type DhcpAnswer, DhcpServer } from '../src/dhcp/server.ts'
import { MemoryLeaseStore } from './memory-lease-store.ts'
import { datagramsIn } from './pcap.ts'
import { type Seeded, seeded } from './seeded.ts'
import { WhoHasWhat } from './who-has-what.ts'

const network = { serverAddress: '10.77.0.1', netmask: '255.255.255.0' }
const range = { first: '10.77.0.100', last: '10.77.0.115' }
const leaseSeconds = 3600

export type FuzzReport = {
  readonly packets: number
  readonly malformed: number
  readonly ignored: number
  readonly offers: number
  readonly acks: number
  readonly naks: number
  /** How far the heap went above where it was after a tenth of the run, MiB. */
  readonly heapGrowthMiB: number
}

/**
 * Feeds captured and generated messages, most of them spoilt, to the codec and to a server. The same seed does the same.
 * @throws with the packet when something throws, is not read as it was written, gets an answer that it must not get, or
 *   two clients have one address
 */
export async function fuzzDhcp(packets: number, seed: number): Promise<FuzzReport> {
  const next = seeded(seed)
  const captured = capturedMessages()
  const counts = { malformed: 0, ignored: 0, offers: 0, acks: 0, naks: 0 }
  let now = 1_790_000_000_000
  const store = new MemoryLeaseStore()
  const server = new DhcpServer({
    ...network,
    range,
    leaseSeconds,
    store,
    now: () => now,
    bootFields: () => ({ siaddr: network.serverAddress, file: 'undionly.kpxe', options: new Map() }),
  })
  await server.start()
  const model = new WhoHasWhat(leaseSeconds * 1000)
  let heap = 0
  let highest = 0
  for (let i = 0; i < packets; i++) {
    now += next(2000)
    const bytes =
      next(3) === 0 ? spoilt(captured[next(captured.length)] ?? Buffer.alloc(0), next) : generated(next)
    try {
      const request = decodeDhcp(bytes)
      if ('malformed' in request) {
        counts.malformed++
        continue
      }
      checkCodec(request)
      const answer = await server.answer(request)
      counts[kindOf(answer)]++
      if (!('ignored' in answer)) checkReply(request, answer)
      model.follow(request, answer, now)
    } catch (error) {
      throw new Error(`packet ${i}: ${Buffer.from(bytes).toString('hex')}`, { cause: error })
    }
    if (i % 1000 === 0) {
      store.saves.length = 0
      highest = Math.max(highest, process.memoryUsage().heapUsed)
      if (i <= packets / 10) heap = highest
    }
  }
  return { packets, ...counts, heapGrowthMiB: Math.round((highest - heap) / 2 ** 20) }
}

function capturedMessages(): readonly Buffer[] {
  const folder = join(import.meta.dirname, '../captures')
  return readdirSync(folder)
    .filter((name) => name.endsWith('.pcap'))
    .flatMap((name) => datagramsIn(readFileSync(join(folder, name))))
    .filter(({ to }) => [67, 68, 4011].includes(to.port))
    .map(({ payload }) => payload)
}

/** A copy with bytes changed, cut, added or repeated; sometimes only noise, sometimes as it was. */
function spoilt(original: Uint8Array, next: Seeded): Uint8Array {
  const bytes = Buffer.from(original)
  const kind = next(16)
  if (kind === 0) return Buffer.from(Array.from({ length: next(600) }, () => next(256)))
  if (kind < 4) return bytes
  for (let changes = next(6); changes > 0; changes--) bytes[next(bytes.length)] = next(2) * next(256)
  if (kind < 10) bytes[240 + next(bytes.length - 240)] = next(256) // among the options
  if (kind === 10) return bytes.subarray(0, next(bytes.length + 1))
  if (kind === 11) return Buffer.concat([bytes, bytes.subarray(240), bytes.subarray(240)])
  return bytes
}

/** A message that makes sense field by field, and often as a whole, from one of 24 clients. */
function generated(next: Seeded): Uint8Array {
  const one = <T>(...choices: readonly [T, ...T[]]): T => choices[next(choices.length)] ?? choices[0]
  const address = (): string =>
    one(
      '0.0.0.0',
      '10.77.0.1',
      '10.77.0.9',
      '10.9.9.9',
      ...Array.from({ length: 12 }, () => `10.77.0.${98 + next(20)}`),
    )
  const bytes = (length: number) => Uint8Array.from({ length }, () => next(256))
  const dotted = (text: string) => Uint8Array.from(text.split('.'), Number)
  const options = new Map<number, Uint8Array>([[53, Uint8Array.of(1 + next(next(8) === 0 ? 256 : 8))]])
  if (next(2) === 0) options.set(50, dotted(address()))
  if (next(2) === 0) options.set(54, dotted(one('10.77.0.1', '10.77.0.1', '10.77.0.2')))
  if (next(3) === 0) options.set(61, one(Uint8Array.of(0, next(8)), bytes(next(300))))
  if (next(6) === 0) options.set(82, bytes(next(300)))
  if (next(6) === 0) options.set(57, bytes(2))
  if (next(4) === 0) options.set(1 + next(254), bytes(next(next(4) === 0 ? 400 : 20)))
  options.delete(52)
  const message = encodeDhcp({
    op: next(20) === 0 ? 'reply' : 'request',
    htype: next(20) === 0 ? next(256) : 1,
    hlen: next(20) === 0 ? 1 + next(16) : 6,
    hops: next(4),
    xid: next(2 ** 32),
    secs: next(2 ** 16),
    broadcast: next(2) === 0,
    ciaddr: next(3) === 0 ? address() : '0.0.0.0',
    yiaddr: '0.0.0.0',
    siaddr: '0.0.0.0',
    giaddr: next(8) === 0 ? address() : '0.0.0.0',
    mac: `52:54:00:00:00:${(16 + next(24)).toString(16)}`,
    sname: '',
    file: '',
    options,
  })
  return next(4) === 0 ? spoilt(message, next) : message
}

function checkCodec(packet: DhcpPacket): void {
  const written = encodeDhcp(packet)
  check(isDeepStrictEqual(decodeDhcp(written), packet), 'read otherwise than written')
  for (const name of Object.keys(dhcpOptions) as OptionName[]) readOption(packet.options, name)
  readPxeVendorOptions(packet.options.get(43) ?? new Uint8Array())
}

function checkReply(request: DhcpPacket, reply: DhcpPacket): void {
  const type = messageTypes[(request.options.get(53)?.[0] ?? 0) - 1] ?? ''
  check(
    request.op === 'request' && request.hlen === 6 && request.htype === 1,
    'an answer to no Ethernet request',
  )
  check(['discover', 'request', 'inform'].includes(type), `an answer to ${type}`)
  check(reply.op === 'reply' && reply.xid === request.xid && reply.mac === request.mac, 'not its mirror')
  check(!('malformed' in decodeDhcp(encodeDhcp(reply, { maxBytes: largestReply(request) }))), 'unreadable')
  const { address } = replyTarget(request, reply)
  const inside = sameSubnet(address, network.serverAddress, network.netmask)
  check(address === '255.255.255.255' || inside, `sent to ${address}`)
}

function kindOf(answer: DhcpAnswer): 'ignored' | 'offers' | 'acks' | 'naks' {
  if ('ignored' in answer) return 'ignored'
  const type = readOption(answer.options, 'message-type')
  if (type === 'offer') return 'offers'
  return type === 'ack' ? 'acks' : 'naks'
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

/** `node modules/netboot/testing/fuzz-dhcp.ts [PACKETS [SEED]]`, default a million. */
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const seed = Number(process.argv[3] ?? Date.now() % 1_000_000)
  process.stdout.write(`seed ${seed}: `)
  const report = await fuzzDhcp(Number(process.argv[2] ?? 1_000_000), seed)
  process.stdout.write(`${JSON.stringify(report)}\n`)
}
