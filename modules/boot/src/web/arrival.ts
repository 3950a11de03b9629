import { IpxeScript, or, word } from '@bootcast/netboot'
import { askerOf, noteOfAsking } from '../journal-notes.ts'
import { machineFromQuery } from '../machine-query.ts'
import { askAgain } from '../methods/first.ts'
import { detectProcessor, withFacts } from '../methods/machine-facts.ts'
import { noteSignIn, type SignInWay } from '../sessions/sign-in-notes.ts'
import { tell } from './entry.ts'
import { answeringOf, baseUrlOf, clientOf, sendScript, sendText, type Web } from './web.ts'

/** Somebody who was let in elsewhere than at a session, and whose loader asks what to boot. */
export type Arrival = {
  readonly user: string
  readonly how: Exclude<SignInWay, 'code'>
  /** Where the loader asks again, with which machine it is; ends in `?` or `&`. */
  readonly again: string
  /** Where it goes when that fails; may be relative to where this script came from. */
  readonly otherwise: string
}

/**
 * What the machine of this user boots: the same question, session and key as when they sign in at its menu. A loader
 * that has not said which machine it is in the query is told to.
 */
export async function arrive(web: Web, { user, how, again, otherwise }: Arrival): Promise<void> {
  const { settings, request } = web
  const machine = machineFromQuery(web.search)
  if (machine === 'none') return sendScript(web, factsScript(baseUrlOf(web), again, otherwise))
  if ('refused' in machine) return sendText(web, 400, `${machine.refused}\n`)
  const from = clientOf(web)
  web.journal.note(noteOfAsking(machine, askerOf(request, from)))
  const { key, session } = settings.sessions.open(machine, from)
  settings.sessions.signedIn(session, user)
  noteSignIn(answeringOf(web), session, user, how)
  await tell({ ...web, session, key }, {})
}

/** The password is in the loader's memory until somebody clears it; it is needed no more. */
function factsScript(base: string, again: string, otherwise: string): IpxeScript {
  const script = new IpxeScript().command('clear', 'password', or)
  detectProcessor(script)
  script
    .command('chain', '--replace', '--autofree', withFacts(again), or)
    .echo('Bootcast: no boot script (the lines above say why); from the start again')
    .command('sleep', '5', or)
    .command('chain', '--replace', '--autofree', word(otherwise), or)
  return askAgain(script, base, 5)
}
