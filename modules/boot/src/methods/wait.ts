import { IpxeScript, setting } from '@bootcast/netboot'
import type { BootPlan } from '../boot-plan.ts'
import type { ScriptOptions } from '../boot-script.ts'
import { askAgain } from './first.ts'

const shortestPause = 1
const longestPause = 3600

/** Says why there is nothing to boot and which machine this is, and asks again for ever; who waits for its turn the same. */
export function waitScript(
  plan: Extract<BootPlan, { method: 'wait' }>,
  { base, boot, question }: Pick<ScriptOptions, 'base' | 'boot' | 'question'>,
): IpxeScript {
  const seconds = pauseOf(plan)
  const script = new IpxeScript()
    .echo(`Bootcast: ${waitingFor(plan)}:`, plan.reason)
    .echo('Bootcast: this machine is', setting('netX/mac'), `and asks again in ${seconds} s`)
  const comesBack = plan.turnFor !== undefined && question !== undefined
  return askAgain(script, base, seconds, comesBack ? `${boot}/${question}` : undefined)
}

type WaitPlan = Extract<BootPlan, { method: 'wait' }>

/** Seconds. */
export const pauseOf = ({ seconds }: WaitPlan): number =>
  Math.min(longestPause, Math.max(shortestPause, Math.round(seconds) || shortestPause))

export const waitingFor = ({ turnFor }: WaitPlan): string =>
  turnFor === undefined ? 'nothing to boot yet' : `waiting for the turn of this machine to start ${turnFor}`
