import type { UserStore } from './identity-store.ts'
import { makePassword, type PasswordHasher } from './password.ts'

export const administrator = 'admin'

export type Administrator =
  /** Made now; `password` is kept nowhere else. */
  | { readonly kind: 'made'; readonly password: string }
  /** Made now, or changed, with the password of the operator's file. */
  | { readonly kind: 'made-from-file' | 'changed-from-file' }
  | { readonly kind: 'there-already' }

type Needs = {
  readonly store: UserStore
  readonly passwords: PasswordHasher
  /** What the operator's file says. */
  readonly wanted: string | undefined
}

/** Makes the first user when there is none, and takes over a changed password of the operator's file. */
export async function ensureAdministrator({ store, passwords, wanted }: Needs): Promise<Administrator> {
  const user = await store.findUser(administrator)
  if (user !== undefined && wanted === undefined) return { kind: 'there-already' }
  if (user === undefined) {
    const password = wanted ?? makePassword()
    const added = { name: administrator, passwordPhc: await passwords.hash(password), createdAt: Date.now() }
    if (!(await store.addUser(added))) return { kind: 'there-already' }
    return wanted === undefined ? { kind: 'made', password } : { kind: 'made-from-file' }
  }
  if (await passwords.verify(wanted ?? '', user.passwordPhc)) return { kind: 'there-already' }
  await store.replacePassword(user.id, await passwords.hash(wanted ?? ''))
  return { kind: 'changed-from-file' }
}
