/** From the one who may do everything to the one who only boots. */
export const roles = ['administrator', 'publisher', 'operator', 'viewer', 'user'] as const
export type Role = (typeof roles)[number]

/** What each role is for, in a sentence. */
export const aboutRoles: Readonly<Record<Role, string>> = {
  administrator: 'Everything, also users, loaders and sites',
  publisher: 'Publishes images and moves their channels',
  operator: 'Decides what machines boot, and who may boot what',
  viewer: 'Sees images, machines and boots; boots what is granted',
  user: 'Somebody in front of a machine: boots what is granted',
}

type Row = { readonly about: string; readonly roles: readonly Role[] }

/**
 * Who may do what: the one table. Routes name a permission, the platform asks `may`, the reference is made from it.
 * The administrator may do everything and is not named.
 */
export const permissions = {
  'status.read': {
    about: 'See what runs, the settings and the loaders',
    roles: ['publisher', 'operator', 'viewer'],
  },
  'settings.change': { about: 'Choose the default image', roles: ['operator'] },
  'images.read': { about: 'See and fetch images', roles: ['publisher', 'operator', 'viewer'] },
  'images.publish': { about: 'Publish and remove releases', roles: ['publisher'] },
  'images.promote': { about: 'Move channels, also back', roles: ['publisher', 'operator'] },
  'images.test': { about: 'Record how a release booted in a test', roles: ['publisher', 'operator'] },
  'images.boot': { about: 'Boot every image, also without a grant', roles: ['publisher', 'operator'] },
  'builds.run': { about: 'Run the builder of an image, cancel it, read its log', roles: ['publisher'] },
  'builds.change': { about: 'Choose which builder makes an image', roles: [] },
  'grants.change': { about: 'Decide who may boot an image', roles: ['operator'] },
  'machines.read': { about: 'See machines', roles: ['publisher', 'operator', 'viewer'] },
  'machines.change': { about: 'Decide what a machine boots', roles: ['operator'] },
  'openings.change': { about: 'Open an image to machines', roles: ['operator'] },
  'templates.change': { about: 'Change how installations answer', roles: ['publisher', 'operator'] },
  'templates.reveal': { about: 'See a template filled in with its secrets', roles: ['operator'] },
  'boots.read': { about: 'See boots', roles: ['publisher', 'operator', 'viewer'] },
  'boots.approve': {
    about: 'Approve a code that a boot screen shows',
    roles: ['publisher', 'operator', 'viewer', 'user'],
  },
  'sites.read': { about: 'See sites', roles: ['publisher', 'operator', 'viewer'] },
  'sites.change': { about: 'Decide what sites may have, keep, fetch and send', roles: ['operator'] },
  'sites.add': { about: 'Add, revoke and remove sites', roles: [] },
  'sources.change': { about: 'See, add, sync and remove sources of images', roles: [] },
  'loaders.change': { about: 'Import and remove boot loaders', roles: [] },
  'tokens.make': { about: 'Make and remove tokens of one’s own', roles: ['publisher', 'operator', 'viewer'] },
  'users.read': { about: 'See users and their groups', roles: ['operator'] },
  'users.change': { about: 'Add, change and remove users, and their tokens', roles: [] },
  'audit.read': { about: 'Read the audit log', roles: [] },
} as const satisfies Record<string, Row>
export type Permission = keyof typeof permissions
export const permissionNames = Object.keys(permissions) as readonly Permission[]

export function may(role: Role, permission: Permission): boolean {
  return role === 'administrator' || (permissions[permission].roles as readonly Role[]).includes(role)
}

/** The roles with a permission, from the administrator down. */
export const rolesWith = (permission: Permission): readonly Role[] =>
  roles.filter((role) => may(role, permission))

/** Whether `role` may do all that `other` may. */
export const covers = (role: Role, other: Role): boolean =>
  permissionNames.every((permission) => may(role, permission) || !may(other, permission))

/** The strongest role that may do nothing that one of the two may not. */
export const commonRole = (one: Role, other: Role): Role =>
  roles.find((role) => covers(one, role) && covers(other, role)) ?? 'user'
