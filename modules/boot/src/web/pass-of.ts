import type { BootPlan, Places } from '../boot-plan.ts'
import type { BootDecision } from '../boot-source.ts'
import type { Pass } from '../sessions/boot-session.ts'

/** What the bearer of a key may fetch after this decision; `undefined`: nothing. */
export function passOf({ plan, release, leave }: BootDecision): Pass | undefined {
  const needs = needsOf(plan)
  if (needs === undefined) return undefined
  const { documents = {}, files = {}, tree } = needs.places
  return {
    release,
    leave,
    files: [...new Set([...needs.first, ...Object.values(files).map(({ digest }) => digest)])],
    tree,
    missing: [...new Set(needs.first)],
    documents: Object.fromEntries(Object.entries(documents).map(([role, { fetches }]) => [role, fetches])),
    installs: Object.values(documents).some(({ installs }) => installs),
    fetched: {},
  }
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
