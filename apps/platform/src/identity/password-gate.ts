import { setTimeout as sleep } from 'node:timers/promises'
import { nameOfPerson, userNameSchema } from '@bootcast/contract'
import type { Audit } from '../audit/audit.ts'
import type { Attempts } from './attempts.ts'
import type { Arrival, ExternalUsers } from './external-users.ts'
import type { UserStore } from './identity-store.ts'
import type { PasswordHasher } from './password.ts'
import { type User, UserExists } from './user.ts'

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

export type PasswordGateOptions = {
  readonly users: Pick<UserStore, 'findUser'>
  readonly passwords: PasswordHasher
  readonly attempts: Attempts
  readonly audit: Audit
  /** Asked for names that are not local. */
  readonly directory?: { readonly in: Directory; readonly externals: ExternalUsers } | undefined
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
    const { attempts, audit, directory } = this.#options
    const name = nameOfPerson(text.slice(0, 1024))
    const counted = name.toLowerCase().slice(0, 256)
    attempts.begin(counted, from)
    const began = performance.now()
    const judged = await this.#judge(name, password).catch((error: unknown) => {
      attempts.withdraw(counted, from)
      throw error
    })
    if (judged.user === undefined) {
      if (directory !== undefined) await sleep(tickMs - ((performance.now() - began) % tickMs))
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

  async #judge(name: string, password: string) {
    const { users, passwords, directory } = this.#options
    const isName = userNameSchema.safeParse(name).success
    const known = isName ? await users.findUser(name) : undefined
    const isKnown = known !== undefined
    if (directory === undefined || known?.source === 'local') {
      const isRight = await passwords.verify(password, known?.passwordPhc)
      return { isKnown, user: isRight && known?.disabled === false ? known : undefined }
    }
    // Both are waited for, also when one fails at once: what is under way counts against what may be.
    const [hashed, asked] = await Promise.allSettled([
      passwords.verify(password, undefined),
      isName ? directory.in.find(name, password) : undefined,
    ])
    if (hashed.status === 'rejected') throw hashed.reason
    if (asked.status === 'rejected') throw asked.reason
    const arrival = asked.value
    if (arrival === undefined) return { isKnown, user: undefined }
    const user = await this.#arrive(arrival, directory.externals)
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
