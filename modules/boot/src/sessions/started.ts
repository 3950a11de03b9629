import type { BootSource } from '../boot-source.ts'
import type { Counters } from '../counters.ts'
import type { BootLog } from '../log.ts'
import type { BootSession } from './boot-session.ts'
import type { BootSessions } from './boot-sessions.ts'

export type Starting = {
  readonly source: Pick<BootSource, 'started'>
  readonly sessions: BootSessions
  readonly counters: Counters
  readonly log: BootLog
}

/** A file was sent whole. With the last one that the loader fetches, the system starts. */
export async function noteSent(
  { source, sessions, counters, log }: Starting,
  session: BootSession,
  digest: string,
): Promise<void> {
  const { machine, user, pass } = session
  const place = pass?.missing.indexOf(digest) ?? -1
  if (pass === undefined || place === -1) return
  pass.missing.splice(place, 1)
  sessions.changed(session)
  if (pass.missing.length > 0) return
  counters.add('boot.started')
  log('info', 'a machine has all that it starts from', { mac: machine.mac, release: pass.release })
  await source.started?.({ machine, user, release: pass.release, leave: pass.leave })
}
