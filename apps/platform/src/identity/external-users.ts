import { groupNameSchema, type Role, roles } from '@bootcast/contract'
import type { ExternalUser, ExternalUserStore } from './identity-store.ts'
import type { User } from './user.ts'

/** Somebody as their directory or provider describes them. */
export type Arrival = Omit<ExternalUser, 'role' | 'groups'> & { readonly groups: readonly string[] }

export type ExternalUsersOptions = {
  readonly store: ExternalUserStore
  /** Group there → role here; who is in none of them is a `user`. */
  readonly roleOf: ReadonlyMap<string, Role>
  readonly now?: () => number
}

const mostGroups = 200

/** Users whom another service knows: each arrival brings their groups and role of today. */
export class ExternalUsers {
  readonly #options: ExternalUsersOptions

  constructor(options: ExternalUsersOptions) {
    this.#options = options
  }

  /** @throws {UserExists} when somebody else here has the name */
  async arrive(arrival: Arrival): Promise<User> {
    const { store, roleOf, now = Date.now } = this.#options
    const groups = arrival.groups.flatMap((text) => groupNameSchema.safeParse(text).data ?? [])
    const given = new Set(groups.map((group) => roleOf.get(group)))
    const role = roles.find((each) => given.has(each)) ?? 'user'
    return await store.putExternal({ ...arrival, groups: groups.slice(0, mostGroups), role }, now())
  }
}
