import type { Grants, GrantsChange } from '@bootcast/contract'

type Wanted = Omit<Grants, 'image'>

/** The change that makes what is wanted of what there was; what did not change is not named. */
export function grantsChangeOf(before: Wanted, wanted: Wanted): GrantsChange {
  return {
    ...(wanted.everyone !== before.everyone && { everyone: wanted.everyone }),
    allow: { users: besides(wanted.users, before.users), groups: besides(wanted.groups, before.groups) },
    disallow: { users: besides(before.users, wanted.users), groups: besides(before.groups, wanted.groups) },
  }
}

const besides = (names: readonly string[], others: readonly string[]): string[] =>
  names.filter((name) => !others.includes(name))
