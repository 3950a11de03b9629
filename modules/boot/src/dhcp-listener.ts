import {
  type DhcpPacket,
  type DhcpSocket,
  decodeDhcp,
  encodeDhcp,
  largestReply,
  openDhcpSocket,
  readOption,
  replyTarget,
} from '@bootcast/netboot'
import { type Ignored, machineFromDhcp } from './boot-fields.ts'
import type { BootEvent, BootJournal } from './boot-journal.ts'
import type { BootSource } from './boot-source.ts'
import type { Counters } from './counters.ts'
import { noteOfIgnored, noteOfReply, noteOfRequest } from './dhcp-notes.ts'
import type { BootLog } from './log.ts'
import { rareWarnings } from './rare-warnings.ts'

export type DhcpListenerSettings = {
  /** The start of its counters' names: `dhcp`, `proxy-dhcp` or `pxe`. */
  readonly name: 'dhcp' | 'proxy-dhcp' | 'pxe'
  readonly bind: { readonly address: string; readonly port: number; readonly device?: string }
  readonly answer: (
    request: DhcpPacket,
  ) => DhcpPacket | Ignored | Promise<DhcpPacket | { readonly ignored: string }>
  /** `sender`: back to where the request came from, as on port 4011. `rfc2131`: by giaddr, ciaddr, broadcast. */
  readonly replyTo: 'sender' | 'rfc2131'
  readonly source: Pick<BootSource, 'heard'>
  readonly counters: Counters
  readonly log: BootLog
  readonly journal: BootJournal
}

/** Answers under way at once; beyond, packets are dropped and counted, and clients ask again by themselves. */
const mostPending = 4096

/**
 * One socket that speaks DHCP. A packet costs one decode and one answer; nothing is kept of it.
 * @throws an error with `code` when the socket cannot be opened
 */
export async function listenDhcp(settings: DhcpListenerSettings): Promise<DhcpSocket> {
  const { name, bind, counters, log, journal } = settings
  let pending = 0
  const levelOf = rareWarnings()
  const socket = await openDhcpSocket({
    ...bind,
    onPacket: (bytes, from) => {
      counters.add(`${name}.received`)
      if (from.port === 0) return counters.add(`${name}.malformed`) // nobody can be answered there
      if (pending >= mostPending) return counters.add(`${name}.dropped: too many at once`)
      pending += 1
      answer(bytes, from)
        .catch((error: unknown) => {
          counters.add(`${name}.failed`)
          const reason = error instanceof Error ? error.message : String(error)
          log(levelOf(`failed ${reason.slice(0, 64)}`), 'a DHCP packet could not be answered', {
            service: name,
            from: from.address,
            reason,
          })
        })
        .finally(() => {
          pending -= 1
        })
    },
    onDropped: () => counters.add(`${name}.dropped: too many at once`),
    onError: (error) => {
      counters.add(`${name}.socket-error`)
      log(levelOf('socket'), 'a DHCP socket had an error', { service: name, reason: error.message })
    },
  })
  return socket

  async function answer(
    bytes: Uint8Array,
    from: { readonly address: string; readonly port: number },
  ): Promise<void> {
    const request = decodeDhcp(bytes)
    if ('malformed' in request) {
      counters.add(`${name}.malformed`)
      return log('debug', 'a malformed DHCP packet', {
        service: name,
        from: from.address,
        reason: request.malformed,
      })
    }
    const machine = machineFromDhcp(request)
    if (machine !== undefined) settings.source.heard(machine)
    note(noteOfRequest(request, name))
    const reply = await settings.answer(request)
    if ('ignored' in reply) return ignored(request, reply)
    note(noteOfReply(request, reply, name))
    const target = settings.replyTo === 'sender' ? from : replyTarget(request, reply)
    socket.send(encodeDhcp(reply, { maxBytes: largestReply(request) }), target.port, target.address)
    const type = readOption(reply.options, 'message-type') ?? 'reply'
    counters.add(`${name}.${type}`)
    const { mac, file } = reply
    log('debug', 'a DHCP client was answered', { service: name, mac, type, address: reply.yiaddr, file })
  }

  function note(event: BootEvent | undefined): void {
    if (event !== undefined) journal.note(event)
  }

  function ignored(
    request: DhcpPacket,
    { ignored: reason, ...rest }: { ignored: string; detail?: string },
  ): void {
    counters.add(`${name}.ignored: ${reason}`)
    note(noteOfIgnored(request, { ignored: reason, ...rest }, name))
    const { mac } = request
    const { detail } = rest
    // Somebody wanted to boot and got nothing: the operator should see it without asking.
    const matters = reason === 'no loader' || reason === 'architecture not served'
    const level = matters ? levelOf(`${reason} ${detail}`) : 'debug'
    log(level, 'a DHCP packet was ignored', { service: name, mac, reason, detail })
  }
}
