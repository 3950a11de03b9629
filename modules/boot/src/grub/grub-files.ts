import type { BootDecision } from '../boot-source.ts'
import { noteOfAsking } from '../journal-notes.ts'
import { type Answering, answerMachine } from '../machine-answer.ts'
import { machineFromQuery } from '../machine-query.ts'
import type { BootSessions } from '../sessions/boot-sessions.ts'
import type { CodeSource } from '../sessions/code-source.ts'
import { bootUrl } from '../template.ts'
import { keyFor } from '../web/pass-of.ts'
import { firstConfig } from './first-config.ts'
import { grubScript, sorryScript } from './grub-script.ts'

export type GrubAnswering = Answering & {
  readonly sessions: Pick<BootSessions, 'open' | 'permit' | 'signedIn'>
  readonly codes: CodeSource
}

/** One question of GRUB, by TFTP or by HTTP. */
export type GrubQuestion = {
  /** Below `grub/`, without a query: `grub.cfg`. */
  readonly path: string
  /** What follows a `?`. */
  readonly search: string
  /** The address that asks. */
  readonly client: string
  /** Where machines there reach HTTP; no slash at the end. */
  readonly baseUrl: string
  /** Where people approve codes. */
  readonly activateUrl: string
}

/**
 * The small files that GRUB asks for below `grub/`: its first configuration, the script of a machine, and lists of
 * modules, of which there are none. `undefined`: there is no such file, or the question names no machine.
 */
export async function grubFile(
  question: GrubQuestion,
  answering: GrubAnswering,
): Promise<string | undefined> {
  const { path } = question
  if (/^grub\.cfg(?:-[\w.-]{1,64})?$/.test(path)) return firstConfig
  if (/^[a-z0-9_]+-efi\/(?:command|fs|crypto|terminal)\.lst$/.test(path)) return '\n'
  return path === 'machine.cfg' ? machineScript(question, answering) : undefined
}

async function machineScript(
  { search, client, baseUrl }: GrubQuestion,
  answering: GrubAnswering,
): Promise<string | undefined> {
  const { log, sessions } = answering
  const told = machineFromQuery(search)
  if (told === 'none' || 'refused' in told) {
    const reason = told === 'none' ? 'it has no mac' : told.refused
    log('debug', 'a GRUB script was asked for in a way that names no machine', { client, reason })
    return undefined
  }
  const machine = { ...told, address: client }
  answering.journal.note(noteOfAsking(machine, { from: client, loader: 'GRUB' }))
  const say = (decision: BootDecision) => {
    const key = keyFor(decision, sessions, machine, client)
    return grubScript(decision.plan, {
      base: baseUrl,
      boot: key === undefined ? baseUrl : bootUrl(baseUrl, key),
    })
  }
  return (await answerMachine({ machine, from: client }, { say, sorry: sorryScript }, answering)).toString()
}
