import { type DhcpSocket, decodeDhcp, openDhcpSocket } from '@bootcast/netboot'
import type { BootJournal } from './boot-journal.ts'
import type { Counters } from './counters.ts'
import { noteOfOther } from './dhcp-notes.ts'
import type { BootLog } from './log.ts'
import { rareWarnings } from './rare-warnings.ts'

export type WatchOffersSettings = {
  /** On a network: 255.255.255.255, port 68, and the device. */
  readonly bind: { readonly address: string; readonly port: number; readonly device?: string }
  /** Our own address there: the kernel lets us hear our own broadcasts. */
  readonly own: string
  readonly counters: Counters
  readonly log: BootLog
  readonly journal: BootJournal
}

/**
 * Hears what other DHCP servers broadcast to clients (RFC 2131 §4.1), to tell who else offers a boot file. Never
 * sends. Bound to the broadcast address alone, a unicast to port 68 stays with this machine's own DHCP client.
 * Answers by unicast, as relays and some servers send them, are not heard.
 * @throws an error with `code` when the socket cannot be opened
 */
export async function watchOffers({
  bind,
  own,
  counters,
  log,
  journal,
}: WatchOffersSettings): Promise<DhcpSocket> {
  const levelOf = rareWarnings()
  return await openDhcpSocket({
    ...bind,
    onPacket: (bytes, from) => {
      if (from.address === own) return
      counters.add('other-dhcp.heard')
      const reply = decodeDhcp(bytes)
      if ('malformed' in reply) return
      const note = noteOfOther(reply, from.address)
      if (note !== undefined) journal.note(note)
    },
    onError: (error) =>
      log(levelOf('socket'), 'a DHCP socket had an error', { service: 'watch', reason: error.message }),
  })
}
