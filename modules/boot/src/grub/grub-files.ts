import type { BootPlan } from '../boot-plan.ts'
import { type Answering, answerMachine } from '../machine-answer.ts'
import { machineFromQuery } from '../machine-query.ts'
import { firstConfig } from './first-config.ts'
import { grubScript, sorryScript } from './grub-script.ts'

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
}

/**
 * The small files that GRUB asks for below `grub/`: its first configuration, the script of a machine, and lists of
 * modules, of which there are none. `undefined`: there is no such file, or the question names no machine.
 */
export async function grubFile(question: GrubQuestion, answering: Answering): Promise<string | undefined> {
  const { path } = question
  if (/^grub\.cfg(?:-[\w.-]{1,64})?$/.test(path)) return firstConfig
  if (/^[a-z0-9_]+-efi\/(?:command|fs|crypto|terminal)\.lst$/.test(path)) return '\n'
  return path === 'machine.cfg' ? machineScript(question, answering) : undefined
}

async function machineScript(
  { search, client, baseUrl }: GrubQuestion,
  answering: Answering,
): Promise<string | undefined> {
  const { log } = answering
  const told = machineFromQuery(search)
  if (told === 'none' || 'refused' in told) {
    const reason = told === 'none' ? 'it has no mac' : told.refused
    log('debug', 'a GRUB script was asked for in a way that names no machine', { client, reason })
    return undefined
  }
  const { mac } = told
  const say = (plan: BootPlan) => {
    const { script, cannot: reason } = grubScript(plan, baseUrl)
    if (reason !== undefined) log('warn', 'a machine cannot boot this through GRUB', { mac, reason })
    return script
  }
  const machine = { ...told, address: client }
  return (await answerMachine(machine, { say, sorry: sorryScript }, answering)).toString()
}
