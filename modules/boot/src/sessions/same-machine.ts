import { readFile } from 'node:fs/promises'
import type { BootSession } from './boot-session.ts'

/**
 * Whether an address belongs to the machine of a session that came from another one before. The address of a machine
 * changes when its system asks DHCP again with an identifier of its own (RFC 4361 §6.1 where firmware sent its UUID).
 */
export type SameMachine = (session: BootSession, address: string) => Promise<boolean>

/** Which network card answers for an address on a network of ours; `undefined`: it is behind a router. */
export type Neighbours = (address: string) => Promise<string | undefined>

/** Linux' table of neighbours (IPv4): `IP address  HW type  Flags  HW address  Mask  Device`; flag 2 is "complete". */
export const linuxNeighbours: Neighbours = async (address) => {
  const text = await readFile('/proc/net/arp', 'utf8').catch(() => '')
  const row = text.split('\n').find((line) => line.startsWith(`${address} `))
  const [, , flags = '0', mac] = row?.split(/\s+/) ?? []
  return (Number(flags) & 2) === 0 ? undefined : mac?.toLowerCase()
}

/**
 * The same machine is who has the same network card. Where that cannot be seen, behind a router, the machine may move
 * once, and only when all that iPXE loads was loaded: then its system runs, and its key stood only on its command line.
 */
export function sameMachine(neighbours: Neighbours): SameMachine {
  const moved = new WeakSet<BootSession>()
  return async (session, address) => {
    const card = await neighbours(address)
    if (card !== undefined) return card === session.machine.mac
    if (moved.has(session) || session.pass === undefined || session.pass.missing.length > 0) return false
    moved.add(session)
    return true
  }
}
