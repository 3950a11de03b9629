import { may, type Permission, type Role } from '@bootcast/contract'

export const tabNames = ['users', 'groups', 'grants', 'roles', 'tokens', 'providers'] as const
export type TabName = (typeof tabNames)[number]

const needs: Readonly<Record<TabName, Permission>> = {
  users: 'users.read',
  groups: 'users.read',
  grants: 'images.read',
  roles: 'users.read',
  tokens: 'users.change',
  providers: 'users.read',
}

/** What a role may look at; the tokens of others only who administers, one's own stand in the account. */
export const tabsOf = (role: Role): readonly TabName[] => tabNames.filter((name) => may(role, needs[name]))
