import type { BootPlan, Places } from '../boot-plan.ts'
import type { BootDecision } from '../boot-source.ts'
import type { MachineFacts } from '../machine.ts'
import type { BootSession, Pass } from '../sessions/boot-session.ts'
import type { BootSessions } from '../sessions/boot-sessions.ts'

/** What the bearer of a key may fetch after this decision; `undefined`: nothing. */
function passOf({ plan, release, leave }: BootDecision): Pass | undefined {
  const needs = needsOf(plan)
  if (needs === undefined) return undefined
  const { documents = {}, tree } = needs.places
  return {
    release,
    leave,
    files: filesOf(plan).map(({ digest }) => digest),
    tree,
    missing: [...new Set(needs.first)],
    documents: Object.fromEntries(Object.entries(documents).map(([role, { fetches }]) => [role, fetches])),
    installs: Object.values(documents).some(({ installs }) => installs),
    fetched: {},
  }
}

/** Every file that a machine may fetch by this plan, each once. */
export function filesOf(plan: BootPlan): readonly { readonly digest: string }[] {
  const needs = needsOf(plan)
  const all = [
    ...(needs?.first ?? []),
    ...Object.values(needs?.places.files ?? {}).map(({ digest }) => digest),
  ]
  return [...new Set(all)].map((digest) => ({ digest }))
}

/** What a session may fetch after this decision, in place of what it might before. */
export function permitWhat(
  decision: BootDecision,
  sessions: Pick<BootSessions, 'permit'>,
  session: BootSession,
): void {
  const pass = passOf(decision)
  if (pass !== undefined) sessions.permit(session, pass)
}

/** The key of a new session. It is opened only for who has something to fetch or to pick: else `undefined`. */
export function keyFor(
  decision: BootDecision,
  sessions: Pick<BootSessions, 'open' | 'permit'>,
  machine: MachineFacts,
  address: string,
): string | undefined {
  if (passOf(decision) === undefined && decision.plan.method !== 'menu') return undefined
  const { key, session } = sessions.open(machine, address)
  permitWhat(decision, sessions, session)
  return key
}

/** `first`: what the loader itself fetches. */
function needsOf(plan: BootPlan): { readonly first: readonly string[]; readonly places: Places } | undefined {
  switch (plan.method) {
    case 'linux':
      return { first: [plan.kernel, ...plan.initrds].map(({ digest }) => digest), places: plan }
    case 'efi':
      return { first: [plan.program.digest], places: plan }
    case 'iso':
      return { first: [plan.iso.digest], places: {} }
    case 'wim':
      return { first: plan.files.map(({ digest }) => digest), places: {} }
    case 'local-disk':
    case 'wait':
    case 'menu':
    case 'refuse':
      return undefined
  }
}
