import { StartRefused } from '@bootcast/options'
import type { UserList, UserStore } from './identity-store.ts'
import { makePassword, type PasswordHasher } from './password.ts'

export const administrator = 'admin'

export type Administrator =
  /** Made now; `password` is kept nowhere else. */
  | { readonly kind: 'made'; readonly password: string }
  /** Made now, or changed, with the password of the operator's file. */
  | { readonly kind: 'made-from-file' | 'changed-from-file' }
  | { readonly kind: 'there-already' }

type Needs = {
  readonly store: UserStore & UserList
  readonly passwords: PasswordHasher
  /** What the operator's file says. */
  readonly wanted: string | undefined
}

/**
 * Makes the first user when nobody can administer. The operator's file is also the way back in: the user `admin` gets
 * its password, administers and may sign in, whatever was changed before.
 */
export async function ensureAdministrator(needs: Needs): Promise<Administrator> {
  const { store, passwords, wanted } = needs
  const user = await store.findUser(administrator)
  if (wanted === undefined && (user !== undefined || (await store.hasAdministrator())))
    return { kind: 'there-already' }
  if (user === undefined) return await made(needs)
  if (user.source !== 'local')
    throw new StartRefused(`the user admin comes from ${user.source}, so it gets no password from a file`)
  const isRight = await passwords.verify(wanted ?? '', user.passwordPhc)
  if (isRight && user.role === 'administrator' && !user.disabled) return { kind: 'there-already' }
  const passwordPhc = isRight ? {} : { passwordPhc: await passwords.hash(wanted ?? '') }
  await store.changeUser(
    administrator,
    { role: 'administrator', disabled: false, ...passwordPhc },
    Date.now(),
  )
  return { kind: 'changed-from-file' }
}

async function made({ store, passwords, wanted }: Needs): Promise<Administrator> {
  const password = wanted ?? makePassword()
  const passwordPhc = await passwords.hash(password)
  const user = { name: administrator, passwordPhc, role: 'administrator' as const, groups: [] }
  if (!(await store.addUser({ ...user, createdAt: Date.now() }))) return { kind: 'there-already' }
  return wanted === undefined ? { kind: 'made', password } : { kind: 'made-from-file' }
}
