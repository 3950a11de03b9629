import type { BootPlan } from './boot-plan.ts'
import type { BootSource } from './boot-source.ts'
import type { Counters } from './counters.ts'
import { type BootLog, tame } from './log.ts'
import type { MachineFacts } from './machine.ts'

export type Answering = {
  readonly source: Pick<BootSource, 'planFor'>
  readonly counters: Counters
  readonly log: BootLog
}

/** What one kind of boot loader is told. */
export type Dialect<Script> = {
  readonly say: (plan: BootPlan) => Script
  /** When no plan can be made: say so, and ask again after a while. */
  readonly sorry: (seconds: number) => Script
}

/**
 * The one place where a machine is told what to boot, whatever its loader reads. It always gets a script: what went
 * wrong must stand on its screen, and it must ask again.
 */
export async function answerMachine<Script>(
  machine: MachineFacts,
  { say, sorry }: Dialect<Script>,
  { source, counters, log }: Answering,
): Promise<Script> {
  const { mac } = machine
  try {
    const plan = await source.planFor(machine)
    const script = say(plan)
    counters.add(`plan.${plan.method}`)
    log('info', 'a machine was told what to boot', { mac, method: plan.method, ...whatOf(plan) })
    return script
  } catch (error) {
    counters.add('plan.failed')
    const reason = tame(error instanceof Error ? error.message : String(error), 300)
    log('error', 'no boot script could be made for a machine', { mac, reason })
    return sorry(retrySeconds)
  }
}

const retrySeconds = 10

function whatOf(plan: BootPlan): { readonly title: string } | { readonly reason: string } {
  return 'title' in plan ? { title: plan.title } : { reason: plan.reason }
}
