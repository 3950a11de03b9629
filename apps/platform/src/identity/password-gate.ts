import { setTimeout as sleep } from 'node:timers/promises'
import { nameOfPerson, userNameSchema } from '@bootcast/contract'
import type { Audit } from '../audit/audit.ts'
import type { Attempts } from './attempts.ts'
import type { Arrival, ExternalUsers } from './external-users.ts'
import type { UserStore } from './identity-store.ts'
import type { PasswordHasher } from './password.ts'
import { type User, UserExists, type UserSource } from './user.ts'

export class SignInFailed extends Error {
  override readonly name = 'SignInFailed'
  readonly code = 'sign_in_failed'

  constructor() {
    super('The user or the password is wrong')
  }
}

/** Somebody who has proved to be who they say. */
export type SignedIn = Pick<User, 'id' | 'name' | 'role' | 'source'>

/** A service that knows users with their passwords. */
export interface Directory {
  /** `undefined`: no such user, or another password. @throws {DirectoryUnreachable} */
  find(name: string, password: string): Promise<Arrival | undefined>
}

/** A directory, and what becomes of those who come from it. */
export type SomeDirectory = {
  readonly source: UserSource
  readonly in: Directory
  readonly externals: ExternalUsers
}

export type PasswordGateOptions = {
  readonly users: Pick<UserStore, 'findUser'>
  readonly passwords: PasswordHasher
  readonly attempts: Attempts
  readonly audit: Audit
  /**
   * Asked for names that are not local, one after another until one knows the user. Who came from one of them is asked
   * for there only: no other service hears that password.
   */
  readonly directories?: () => readonly SomeDirectory[]
  readonly onNameTaken?: (name: string) => void
}

/** With a directory, a refusal waits for the next such tick, so that time does not tell who refused. */
const tickMs = 250

/** The one place where a name and a password are judged: for the API, the browser and the boot screen. */
export class PasswordGate {
  readonly #options: PasswordGateOptions

  constructor(options: PasswordGateOptions) {
    this.#options = options
  }

  /**
   * Who it is. Local names go before those of the directory. An unknown user costs as much time as a wrong password,
   * and gets the same words. @throws {SignInFailed | TooManyAttempts | TooBusy | DirectoryUnreachable}
   */
  async check(text: string, password: string, from: string): Promise<SignedIn> {
    const { attempts, audit } = this.#options
    const directories = this.#options.directories?.() ?? []
    const name = nameOfPerson(text.slice(0, 1024))
    const counted = name.toLowerCase().slice(0, 256)
    attempts.begin(counted, from)
    const began = performance.now()
    const judged = await this.#judge(name, password, directories).catch((error: unknown) => {
      attempts.withdraw(counted, from)
      throw error
    })
    if (judged.user === undefined) {
      if (directories.length > 0) await sleep(tickMs - ((performance.now() - began) % tickMs))
      // A name that nobody has may be a password in the wrong line.
      const because = judged.isKnown ? 'wrong password, or disabled' : 'no such user'
      audit.note({
        who: judged.isKnown ? name : '',
        action: 'signIn',
        about: '',
        from,
        because,
        refused: true,
      })
      throw new SignInFailed()
    }
    attempts.succeeded(counted, from)
    const { id, name: who, role, source } = judged.user
    audit.note({ who, action: 'signIn', about: '', from, because: `${source} password` })
    return { id, name: who, role, source }
  }

  async #judge(name: string, password: string, directories: readonly SomeDirectory[]) {
    const { users, passwords } = this.#options
    const isName = userNameSchema.safeParse(name).success
    const known = isName ? await users.findUser(name) : undefined
    const isKnown = known !== undefined
    if (directories.length === 0 || known?.source === 'local') {
      const isRight = await passwords.verify(password, known?.passwordPhc)
      return { isKnown, user: isRight && known?.disabled === false ? known : undefined }
    }
    // Both are waited for, also when one fails at once: what is under way counts against what may be.
    const [hashed, asked] = await Promise.allSettled([
      passwords.verify(password, undefined),
      isName ? foundIn(ownOf(known, directories), name, password) : undefined,
    ])
    if (hashed.status === 'rejected') throw hashed.reason
    if (asked.status === 'rejected') throw asked.reason
    if (asked.value === undefined) return { isKnown, user: undefined }
    const user = await this.#arrive(asked.value.arrival, asked.value.externals)
    return { isKnown: isKnown || user !== undefined, user: user?.disabled === false ? user : undefined }
  }

  async #arrive(arrival: Arrival, externals: ExternalUsers): Promise<User | undefined> {
    try {
      return await externals.arrive(arrival)
    } catch (error) {
      if (!(error instanceof UserExists)) throw error
      this.#options.onNameTaken?.(arrival.name)
      return undefined
    }
  }
}

/** Where a user is asked for: where they came from, when that is one of these; else in all. */
function ownOf(known: Pick<User, 'source'> | undefined, directories: readonly SomeDirectory[]) {
  const own = directories.filter(({ source }) => source === known?.source)
  return own.length > 0 ? own : directories
}

/** One that is away does not keep the others from knowing somebody; nobody is unknown then, though. */
async function foundIn(directories: readonly SomeDirectory[], name: string, password: string) {
  let away: { readonly error: unknown } | undefined
  for (const { in: directory, externals } of directories)
    try {
      const arrival = await directory.find(name, password)
      if (arrival !== undefined) return { arrival, externals }
    } catch (error) {
      away ??= { error }
    }
  if (away !== undefined) throw away.error
  return undefined
}
