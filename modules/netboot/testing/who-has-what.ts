import { readOption } from '../src/dhcp/options.ts'
import type { DhcpPacket } from '../src/dhcp/packet.ts'
import type { DhcpAnswer } from '../src/dhcp/server.ts'

const offerMs = 60_000
const quarantineMs = 600_000

/** Follows what a DHCP server says, as its clients would: nobody may get an address that another one has. */
export class WhoHasWhat {
  readonly #leaseMs: number
  readonly #holders = new Map<string, { readonly who: string; readonly until: number }>()

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs
  }

  /** @throws when two have one address */
  follow(request: DhcpPacket, answer: DhcpAnswer, now: number): void {
    const who = identity(request)
    if ('ignored' in answer) this.#ended(request, answer.ignored, who, now)
    else if (answer.yiaddr !== '0.0.0.0') this.#given(answer, who, now)
  }

  #given(answer: DhcpPacket, who: string, now: number): void {
    const type = readOption(answer.options, 'message-type')
    const held = this.#holders.get(answer.yiaddr)
    if (held !== undefined && held.who !== who && held.until > now)
      throw new Error(`${type} of ${answer.yiaddr} to ${who}, but ${held.who} has it`)
    if (!/^10\.77\.0\.1(0\d|1[0-5])$/.test(answer.yiaddr))
      throw new Error(`${answer.yiaddr} is not in the range`)
    const until = now + (type === 'ack' ? this.#leaseMs : offerMs)
    this.#holders.set(answer.yiaddr, { who, until: held?.who === who ? Math.max(held.until, until) : until })
  }

  #ended(request: DhcpPacket, reason: string, who: string, now: number): void {
    if (reason === 'released') this.#holders.delete(request.ciaddr)
    if (reason.startsWith('declined: '))
      this.#holders.set(readOption(request.options, 'requested-address') ?? '', {
        who: 'somebody else',
        until: now + quarantineMs,
      })
    if (reason !== 'chose another server') return
    for (const [address, held] of this.#holders)
      if (held.who === who && held.until <= now + offerMs) this.#holders.delete(address)
  }
}

function identity(request: DhcpPacket): string {
  const mac = request.mac.replaceAll(':', '')
  const id = Buffer.from(request.options.get(61) ?? []).toString('hex')
  return id.length < 4 ? `01${mac}` : id
}
