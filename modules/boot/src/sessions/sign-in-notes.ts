import type { Answering } from '../machine-answer.ts'
import type { BootSession } from './boot-session.ts'

/** Somebody signed in at a machine, whatever its loader is: counted, in the timeline, in the log. */
export function noteSignIn(
  { counters, journal, log }: Pick<Answering, 'counters' | 'journal' | 'log'>,
  { id, machine: { mac } }: BootSession,
  user: string,
  how: 'password' | 'code',
): void {
  counters.add(`sign-in.${how}`)
  journal.note({ kind: 'signed-in', mac, boot: id, user, how })
  log('info', 'somebody signed in at a machine', { mac, user, how })
}

/** A machine shows a code. */
export function noteCode(
  { journal, log }: Pick<Answering, 'journal' | 'log'>,
  { id, machine: { mac } }: BootSession,
): void {
  log('info', 'a machine shows a sign-in code', { mac })
  journal.note({ kind: 'code-shown', mac, boot: id })
}
