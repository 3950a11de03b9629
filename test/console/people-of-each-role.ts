import { type Role, roles } from '../../modules/contract/src/index.ts'
import type { TestPlatform } from '../site/processes.ts'
import type { Person } from './browser.ts'

export const password = 'correct horse battery staple'

export const nameOf: Readonly<Record<Role, string>> = {
  administrator: 'admin',
  publisher: 'paula',
  operator: 'oskar',
  viewer: 'vera',
  user: 'uma',
}

/** Somebody of each role, who can sign in. */
export async function addPeopleOfEachRole(platform: TestPlatform): Promise<Record<Role, Person>> {
  for (const role of roles.slice(1)) {
    const body = { name: nameOf[role], role, password, groups: ['staff'] }
    await platform.client.call('addUser', { body })
  }
  const person = (role: Role): Person => ({
    url: platform.url,
    user: nameOf[role],
    password: role === 'administrator' ? platform.password : password,
  })
  return Object.fromEntries(roles.map((role) => [role, person(role)])) as Record<Role, Person>
}
