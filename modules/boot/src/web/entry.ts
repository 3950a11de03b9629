import { IpxeScript } from '@bootcast/netboot'
import { bootScript } from '../boot-script.ts'
import type { Asking, BootDecision } from '../boot-source.ts'
import { noteOfAsking, noteOfDecision } from '../journal-notes.ts'
import type { MachineFacts } from '../machine.ts'
import { machineFromQuery } from '../machine-query.ts'
import { askAgain, firstScript } from '../methods/first.ts'
import type { BootSession } from '../sessions/boot-session.ts'
import { passOf } from './pass-of.ts'
import {
  baseUrlOf,
  clientOf,
  type KeyedWeb,
  reasonOf,
  scriptOptions,
  sendScript,
  sendText,
  type Web,
  whatOf,
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
  web.journal.note(noteOfAsking(machine, web.request))
  await sayOrAskAgain(web, machine, async () => {
    const decision = await decide(web, { machine, from: clientOf(web) })
    return scriptWithKey(web, machine, decision)
  })
}

/** The script that tells who a machine is; the same for all. */
export async function firstStep(web: Web): Promise<void> {
  const { journal, request } = web
  if (request.method === 'GET') journal.note({ kind: 'first-script', address: clientOf(web), via: 'http' })
  sendScript(web, firstScript(baseUrlOf(web)))
}

/** What a machine of a session is told; its key stays. */
export async function tell(web: KeyedWeb, asking: Pick<Asking, 'choice'>, page?: number): Promise<void> {
  const { session, key, settings } = web
  const { machine, user } = session
  await sayOrAskAgain(web, machine, async () => {
    const decision = await decide(web, { machine, from: clientOf(web), user, ...asking })
    const pass = passOf(decision)
    const script = bootScript(decision.plan, {
      ...scriptOptions(web, machine, key),
      ...(page !== undefined && { page }),
    })
    if (pass !== undefined) settings.sessions.permit(session, pass)
    return script
  })
}

async function decide(web: Web, asking: Asking): Promise<BootDecision> {
  const { settings, counters } = web
  const decision = await settings.source.decide(asking)
  counters.add(`plan.${decision.plan.method}`)
  web.journal.note(noteOfDecision(asking, decision))
  settings.log('info', 'a machine was told what to boot', { mac: asking.machine.mac, ...whatOf(decision) })
  return decision
}

/** A session is opened only for who has something to fetch or to pick. */
function scriptWithKey(web: Web, machine: MachineFacts, decision: BootDecision): IpxeScript {
  const { sessions } = web.settings
  const pass = passOf(decision)
  if (pass === undefined && decision.plan.method !== 'menu')
    return bootScript(decision.plan, scriptOptions(web, machine))
  const opened: { readonly key: string; readonly session: BootSession } = sessions.open(
    machine,
    clientOf(web),
  )
  if (pass !== undefined) sessions.permit(opened.session, pass)
  return bootScript(decision.plan, scriptOptions(web, machine, opened.key))
}

/** A machine that asks always gets a script: what went wrong must stand on its screen, and it must ask again. */
async function sayOrAskAgain(
  web: Web,
  { mac }: MachineFacts,
  make: () => Promise<IpxeScript>,
): Promise<void> {
  const { settings, counters, journal } = web
  try {
    sendScript(web, await make())
  } catch (error) {
    counters.add('plan.failed')
    const reason = reasonOf(error)
    journal.note({ kind: 'trouble', mac, where: 'script', reason })
    settings.log('error', 'no boot script could be made for a machine', { mac, reason })
    const script = new IpxeScript()
      .echo('Bootcast: the platform cannot answer now; its log says why')
      .echo('Bootcast: this machine is', mac, `and asks again in ${retrySeconds} s`)
    sendScript(web, askAgain(script, baseUrlOf(web), retrySeconds))
  }
}

const retrySeconds = 10
