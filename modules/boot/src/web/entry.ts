import { IpxeScript } from '@bootcast/netboot'
import { bootScript } from '../boot-script.ts'
import type { Asking, BootDecision } from '../boot-source.ts'
import { askerOf, noteOfAsking } from '../journal-notes.ts'
import type { MachineFacts } from '../machine.ts'
import { answerMachine } from '../machine-answer.ts'
import { machineFromQuery } from '../machine-query.ts'
import { askAgain, firstScript } from '../methods/first.ts'
import { keyFor, permitWhat } from './pass-of.ts'
import {
  answeringOf,
  baseUrlOf,
  clientOf,
  type KeyedWeb,
  scriptOptions,
  sendScript,
  sendText,
  type Web,
} from './web.ts'

/** The first of three web services: what this machine shall do. `docs/protocols/boot-web-services.md` */
export async function entry(web: Web): Promise<void> {
  const machine = machineFromQuery(web.search)
  const { log } = web.settings
  if (machine === 'none') return firstStep(web)
  if ('refused' in machine) {
    log(web.levelOf(machine.refused), 'a boot script was asked for in a way that names no machine', {
      reason: machine.refused,
    })
    return sendText(web, 400, `${machine.refused}\n`)
  }
  web.journal.note(noteOfAsking(machine, askerOf(web.request, clientOf(web))))
  const say = (decision: BootDecision) => scriptWithKey(web, machine, decision)
  sendScript(web, await answer(web, { machine, from: clientOf(web) }, say))
}

/** The script that tells who a machine is; the same for all. */
export async function firstStep(web: Web): Promise<void> {
  const { journal, request } = web
  if (request.method === 'GET') journal.note({ kind: 'first-script', address: clientOf(web) })
  sendScript(web, firstScript(baseUrlOf(web)))
}

/** What a machine of a session is told; its key stays. */
export async function tell(web: KeyedWeb, asking: Pick<Asking, 'choice'>, page?: number): Promise<void> {
  const { session, key, settings } = web
  const { machine, user } = session
  const say = (decision: BootDecision) => {
    const question = asking.choice === undefined ? 'session/menu' : chooseQuestion(asking.choice)
    const options = { ...scriptOptions(web, machine, key), question, ...(page !== undefined && { page }) }
    const script = bootScript(decision.plan, options)
    permitWhat(decision, settings.sessions, session)
    return script
  }
  sendScript(web, await answer(web, { machine, from: clientOf(web), user, ...asking }, say))
}

const chooseQuestion = (choice: string) => `session/choose?image=${encodeURIComponent(choice)}`

function scriptWithKey(web: Web, machine: MachineFacts, decision: BootDecision): IpxeScript {
  const key = keyFor(decision, web.settings.sessions, machine, clientOf(web))
  return bootScript(decision.plan, scriptOptions(web, machine, key))
}

function answer(web: Web, asking: Asking, say: (decision: BootDecision) => IpxeScript): Promise<IpxeScript> {
  const base = baseUrlOf(web)
  const sorry = (seconds: number) => {
    const script = new IpxeScript()
      .echo('Bootcast: the platform cannot answer now; its log says why')
      .echo('Bootcast: this machine is', asking.machine.mac, `and asks again in ${seconds} s`)
    return askAgain(script, base, seconds)
  }
  return answerMachine(asking, { say: (decision) => ({ script: say(decision) }), sorry }, answeringOf(web))
}
