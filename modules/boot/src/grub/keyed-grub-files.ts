import type { GrubScript } from '@bootcast/netboot'
import type { Asking, BootDecision } from '../boot-source.ts'
import { noteOfAsking } from '../journal-notes.ts'
import { answerMachine } from '../machine-answer.ts'
import type { BootSession } from '../sessions/boot-session.ts'
import { codesAwayText, unlessAway } from '../sessions/code-source.ts'
import { noteCode, noteSignIn } from '../sessions/sign-in-notes.ts'
import { bootUrl } from '../template.ts'
import { permitWhat } from '../web/pass-of.ts'
import type { GrubAnswering, GrubQuestion } from './grub-files.ts'
import { grubMenu } from './grub-menu.ts'
import { answer, grubScript, sorryScript } from './grub-script.ts'

/** A question with the key of a boot. */
export type KeyedGrubQuestion = GrubQuestion & { readonly session: BootSession; readonly key: string }

type Answer = (question: KeyedGrubQuestion, answering: GrubAnswering) => Promise<GrubScript>

/** What a menu leads to. */
const answers: Readonly<Record<string, Answer>> = {
  'machine.cfg': async (question, answering) => {
    answering.journal.note(noteOfAsking(machineOf(question), { from: question.client, loader: 'GRUB' }))
    return await told(question, answering)
  },
  'menu.cfg': menu,
  'choose.cfg': (question, answering) => told(question, answering, queryValue(question, 'image') ?? ''),
  'code.cfg': showCode,
  'wait.cfg': lookAtCode,
  'sign-out.cfg': (question, answering) => {
    answering.sessions.signedIn(question.session, undefined)
    return told(question, answering)
  },
}

/** The files below `/b/<key>/grub/`. `undefined`: there is no such file. */
export async function keyedGrubFile(
  question: KeyedGrubQuestion,
  answering: GrubAnswering,
): Promise<string | undefined> {
  const made = Object.hasOwn(answers, question.path) ? answers[question.path] : undefined
  return (await made?.(question, answering))?.toString()
}

function queryValue({ search }: GrubQuestion, name: string): string | undefined {
  return new URLSearchParams(search.slice(0, 1024)).get(name)?.slice(0, 256)
}

const urlsOf = ({ baseUrl, key }: KeyedGrubQuestion) => ({ base: baseUrl, boot: bootUrl(baseUrl, key) })

/** As it was when its session began, but for its address: GRUB asks DHCP again. */
const machineOf = ({ session, client }: KeyedGrubQuestion) => ({ ...session.machine, address: client })

const askingOf = (question: KeyedGrubQuestion): Asking => ({
  machine: machineOf(question),
  from: question.client,
  ...(question.session.user !== undefined && { user: question.session.user }),
})

/** What the machine shall do now; its key stays. */
function told(question: KeyedGrubQuestion, answering: GrubAnswering, choice?: string): Promise<GrubScript> {
  const { session } = question
  const say = (decision: BootDecision) => {
    permitWhat(decision, answering.sessions, session)
    const asked = choice === undefined ? 'machine.cfg' : `choose.cfg?image=${encodeURIComponent(choice)}`
    return grubScript(decision.plan, urlsOf(question), asked)
  }
  const asking = { ...askingOf(question), ...(choice !== undefined && { choice }) }
  return answerMachine(asking, { say, sorry: sorryScript }, answering)
}

/** Empty when there is something else to do by now: GRUB shows no menu without entries, and the machine asks again. */
async function menu(question: KeyedGrubQuestion, { source }: GrubAnswering): Promise<GrubScript> {
  const { plan } = await source.decide(askingOf(question))
  return plan.method === 'menu' ? grubMenu(plan) : answer()
}

async function showCode(question: KeyedGrubQuestion, answering: GrubAnswering): Promise<GrubScript> {
  const shown = await withCode(answer(), question, answering)
  return shown === undefined ? codesAway(question, answering) : shown.command('await_code')
}

/** When it returns the menu comes again. */
function codesAway({ session }: KeyedGrubQuestion, { counters, log }: GrubAnswering): GrubScript {
  counters.add('codes.away')
  const { mac } = session.machine
  log('warn', 'a machine could get no sign-in code: the upstream does not answer', { mac })
  return answer().echo('Bootcast:', codesAwayText).command('again', '10')
}

/** `undefined`: codes are away. */
async function withCode(
  script: GrubScript,
  { session, activateUrl }: KeyedGrubQuestion,
  answering: GrubAnswering,
): Promise<GrubScript | undefined> {
  const shown = await unlessAway(() => answering.codes.codeFor(session))
  if (shown === undefined) return undefined
  noteCode(answering, session)
  return script
    .echo()
    .echo('To sign in at this machine, open on a phone or computer')
    .echo()
    .echo('->', activateUrl)
    .echo()
    .echo('and enter the code')
    .echo()
    .echo('->', shown.code)
    .echo()
    .echo('It goes on by itself. Esc: back to the menu.')
}

/** GRUB asks every two seconds; whether there is something else to boot is looked up more rarely. */
const lookMs = 10_000
const lookedAt = new WeakMap<BootSession, number>()

async function lookAtCode(question: KeyedGrubQuestion, answering: GrubAnswering): Promise<GrubScript> {
  const { codes, sessions } = answering
  const { session } = question
  const found = await unlessAway(() => codes.wait(session, AbortSignal.abort()))
  const decided = () => answer().command('set', 'waiting=no')
  const away = () => decided().append(codesAway(question, answering))
  if (found === undefined) return away()
  switch (found.state) {
    case 'approved': {
      const { user, choice } = found
      sessions.signedIn(session, user)
      noteSignIn(answering, session, user, 'code')
      const next = await told(question, answering, choice)
      return decided().echo('Bootcast: signed in as', user).append(next)
    }
    case 'denied':
      return decided().echo('Bootcast: the sign-in was refused').command('sleep', '--interruptible', '5')
    case 'expired':
      return (await withCode(answer().command('keep_address'), question, answering)) ?? away()
    case 'waiting':
      return (await isElse(question, answering))
        ? decided().append(await told(question, answering))
        : answer()
  }
}

/** Something was assigned or opened meanwhile. Else the timeline hears that the machine still waits. */
async function isElse(question: KeyedGrubQuestion, { source, journal }: GrubAnswering): Promise<boolean> {
  const { session } = question
  const now = performance.now()
  if (now - (lookedAt.get(session) ?? Number.NEGATIVE_INFINITY) < lookMs) return false
  lookedAt.set(session, now)
  const { plan } = await source.decide(askingOf(question))
  if (plan.method === 'menu') journal.note({ kind: 'code-shown', mac: session.machine.mac, boot: session.id })
  return plan.method !== 'menu'
}
