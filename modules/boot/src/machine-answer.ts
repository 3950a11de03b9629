import type { BootJournal } from './boot-journal.ts'
import type { Asking, BootDecision, BootSource } from './boot-source.ts'
import type { Counters } from './counters.ts'
import { noteOfDecision } from './journal-notes.ts'
import { type BootLog, reasonOf, tame } from './log.ts'

export type Answering = {
  readonly source: Pick<BootSource, 'decide'>
  readonly counters: Counters
  readonly log: BootLog
  readonly journal: BootJournal
}

export type Told<Script> = {
  readonly script: Script
  /** Why this loader cannot do what was decided, for people; its script says so, too. */
  readonly cannot?: string
}

/** What one kind of boot loader is told. */
export type Dialect<Script> = {
  readonly say: (decision: BootDecision) => Told<Script>
  /** When no script can be made: say so, and ask again after a while. */
  readonly sorry: (seconds: number) => Script
}

/**
 * The one place where a machine is told what to boot, whatever its loader reads. It always gets a script: what went
 * wrong must stand on its screen, and it must ask again.
 */
export async function answerMachine<Script>(
  asking: Asking,
  { say, sorry }: Dialect<Script>,
  { source, counters, log, journal }: Answering,
): Promise<Script> {
  const { mac } = asking.machine
  try {
    const decision = await source.decide(asking)
    const { script, cannot } = say(decision)
    counters.add(`plan.${decision.plan.method}`)
    journal.note(noteOfDecision(asking, cannot === undefined ? decision : refused(decision, cannot)))
    if (cannot !== undefined) log('warn', 'a loader cannot boot this', { mac, reason: cannot })
    log('info', 'a machine was told what to boot', { mac, ...whatOf(decision) })
    return script
  } catch (error) {
    counters.add('plan.failed')
    const reason = reasonOf(error)
    journal.note({ kind: 'trouble', mac, where: 'script', reason })
    log('error', 'no boot script could be made for a machine', { mac, reason })
    return sorry(retrySeconds)
  }
}

const retrySeconds = 10

const refused = ({ release, ...decision }: BootDecision, reason: string): BootDecision => ({
  ...decision,
  plan: { method: 'refuse', reason },
  because: reason,
})

function whatOf({ plan, because }: BootDecision) {
  const detail = 'title' in plan ? { title: plan.title } : 'reason' in plan ? { reason: plan.reason } : {}
  return { method: plan.method, ...detail, because: tame(because, 300) }
}
