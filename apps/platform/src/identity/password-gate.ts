import { setTimeout as sleep } from 'node:timers/promises'
import { nameOfPerson, userNameSchema } from '@bootcast/contract'
import type { Audit } from '../audit/audit.ts'
import type { Attempts } from './attempts.ts'
import type { Arrival, ExternalUsers } from './external-users.ts'
import type { UserStore } from './identity-store.ts'
import { inAnyCase } from './in-any-case.ts'
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
  readonly users: Pick<UserStore, 'findUser' | 'sourcesOf'>
  readonly passwords: PasswordHasher
  readonly attempts: Attempts
  readonly audit: Audit
  /**
   * Asked for names that nobody has here, one after another until one knows the user or is away. Who is known, in any
   * case of the name, is asked for where they came from only, or nowhere: no other service hears that password.
   */
  readonly directories?: () => readonly SomeDirectory[]
  readonly onNameTaken?: (name: string) => void
}

type Failure = { readonly error: unknown }
type Judged = {
  readonly isKnown: boolean
  readonly user: User | undefined
  readonly failure?: Failure | undefined
}
/** What came of asking directories. */
type Asked = {
  readonly found?: Pick<SomeDirectory, 'externals'> & { readonly arrival: Arrival }
  readonly failure?: Failure
  readonly isJudgedWrong: boolean
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
    const counted = inAnyCase(name).slice(0, 256)
    attempts.begin(counted, from)
    const began = performance.now()
    const judged = await this.#judge(name, password, directories).catch((error: unknown) => {
      attempts.withdraw(counted, from)
      throw error
    })
    if (judged.failure !== undefined) throw judged.failure.error
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

  /** With `failure` somebody judged the password wrong, and somebody else could not be asked. @throws when nobody did */
  async #judge(name: string, password: string, directories: readonly SomeDirectory[]): Promise<Judged> {
    const { users, passwords } = this.#options
    const isName = userNameSchema.safeParse(name).success
    const known = isName ? await users.findUser(name) : undefined
    const isKnown = known !== undefined
    if (directories.length === 0 || known?.source === 'local') {
      const isRight = await passwords.verify(password, known?.passwordPhc)
      return { isKnown, user: isRight && known?.disabled === false ? known : undefined }
    }
    const mayHear = isName ? await this.#whoMayHear(name, known, directories) : []
    // Both are waited for, also when one fails at once: what is under way counts against what may be.
    const [hashed, asked] = await Promise.allSettled([
      passwords.verify(password, undefined),
      foundIn(mayHear, name, password),
    ])
    if (asked.status === 'rejected') throw asked.reason
    const { found, failure, isJudgedWrong } = asked.value
    if (hashed.status === 'rejected') {
      if (!isJudgedWrong) throw hashed.reason
      return { isKnown, user: undefined, failure: { error: hashed.reason } }
    }
    if (found === undefined) return { isKnown, user: undefined, failure }
    const user = await this.#arrive(found.arrival, found.externals)
    return { isKnown: isKnown || user !== undefined, user: user?.disabled === false ? user : undefined }
  }

  /**
   * Those whose user this is or may become. A directory compares names in any case of their letters, so `ADMIN` is not
   * asked for there when `admin` is known here; of several who have the name so, it is nobody's to ask for.
   */
  async #whoMayHear(name: string, known: User | undefined, directories: readonly SomeDirectory[]) {
    const sources = known === undefined ? await this.#options.users.sourcesOf(name) : [known.source]
    if (sources.length === 0) return directories
    return sources.length > 1 ? [] : directories.filter(({ source }) => source === sources[0])
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

/**
 * Ends at one that is away: who is known to none before it may be its user, whose password is not for those after it.
 * @throws what the first one threw: nobody judged the password then
 */
async function foundIn(
  directories: readonly SomeDirectory[],
  name: string,
  password: string,
): Promise<Asked> {
  let isJudgedWrong = false
  for (const { in: directory, externals } of directories)
    try {
      const arrival = await directory.find(name, password)
      if (arrival !== undefined) return { found: { arrival, externals }, isJudgedWrong: false }
      isJudgedWrong = true
    } catch (error) {
      if (!isJudgedWrong) throw error
      return { failure: { error }, isJudgedWrong }
    }
  return { isJudgedWrong }
}
