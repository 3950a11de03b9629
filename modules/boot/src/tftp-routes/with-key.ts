import { tame } from '../log.ts'
import type { BootSession } from '../sessions/boot-session.ts'
import type { TftpContext } from './route.ts'

/** The session of a key, or `undefined`: then the refusal is noted. `name`: what was asked for, without the key. */
export async function sessionOf(
  context: TftpContext,
  key: string,
  name: string,
): Promise<BootSession | undefined> {
  const session = await context.sessions.use(key, context.client)
  if (!('refused' in session)) return session
  noteRefusal(context, name, session.refused, session.of?.machine.mac)
  return undefined
}

export function noteRefusal(
  { counters, log, journal, source, client }: TftpContext,
  name: string,
  why: string,
  mac: string | undefined,
): void {
  counters.add(`tftp.refused: ${why}`)
  log('warn', 'a key was refused', { why, from: client, of: mac })
  source.refused?.({ mac, why, from: client })
  journal.note({ kind: 'refused-file', address: client, name: tame(name), why })
}
