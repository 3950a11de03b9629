import type { Answering } from '../machine-answer.ts'
import type { BootSession } from './boot-session.ts'

/** By what: `api-key` is a signed address. */
export type SignInWay = 'password' | 'code' | 'api-key'

/** Somebody signed in at a machine, whatever its loader is: counted, in the timeline, in the log. */
export function noteSignIn(
  { counters, journal, log }: Pick<Answering, 'counters' | 'journal' | 'log'>,
  { id, machine: { mac } }: BootSession,
  user: string,
  how: SignInWay,
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
