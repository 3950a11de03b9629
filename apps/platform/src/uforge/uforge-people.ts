import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { placeOf } from '../identity/attempts.ts'
import type { UserStore } from '../identity/identity-store.ts'
import type { PasswordGate, SignedIn } from '../identity/password-gate.ts'
import { NotSignedIn } from '../identity/sessions.ts'
import { type Credentials, credentialsOf, isSignedBy } from './credentials.ts'

/** What a request brings along to say who it is from. */
export type UforgeRequest = {
  readonly authorization: string | undefined
  /** The raw path and query as they came, below the root context and without its slash: what was signed. */
  readonly path: string
  /** The address that attempts are counted by. */
  readonly from: string
}

/** The pair of a public key, opened, and whose it is. */
export type KnownApiKey = { readonly secretKey: string; readonly user: string }

/** Who asks, and by what: an API key is a thing of programs. */
export type Asker = SignedIn & { readonly by: 'password' | 'api-key' }

export interface ApiKeys {
  findKey(publicKey: string): Promise<KnownApiKey | undefined>
}

export type UforgePeopleOptions = {
  readonly gate: Pick<PasswordGate, 'check'>
  readonly users: Pick<UserStore, 'findUser'>
  readonly keys: ApiKeys
  readonly now?: () => number
}

type Judged = { readonly person: SignedIn; readonly phc: string | undefined }
/** What the gate said, or is about to say, about one password. */
type Remembered = { readonly mark: Buffer; readonly judged: Promise<Judged>; readonly until: number }

/**
 * How long a right password is not judged anew. Clients of UForge know no sessions: they send it with each request,
 * every 2 s while they wait, and argon2id is made to be slow. A directory hears of a sign-in once in that time.
 */
const rememberMs = 60_000
const mostRemembered = 1_000

/** Who sends a request at the addresses of UForge. Memory: of the last 1,000 sign-ins a digest, for a minute. */
export class UforgePeople {
  readonly #options: UforgePeopleOptions
  readonly #now: () => number
  readonly #remembered = new Map<string, Remembered>()
  /** Marks are worth nothing outside this process. */
  readonly #secret = randomBytes(32)

  constructor(options: UforgePeopleOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  /**
   * @throws {NotSignedIn} nothing that can be read, an unknown key or a wrong signature; and what
   *   `PasswordGate.check` throws. `uforgeRefusal` makes an answer of either.
   */
  async whoAsks({ authorization, path, from }: UforgeRequest): Promise<Asker> {
    const credentials = credentialsOf(authorization, path)
    if (credentials === undefined)
      throw new NotSignedIn('This needs a user and a password (Basic), or an address signed with an API key')
    return credentials.kind === 'api-key'
      ? { ...(await this.#signedBy(credentials)), by: 'api-key' }
      : { ...(await this.#withPassword(credentials, from)), by: 'password' }
  }

  async #signedBy(credentials: Extract<Credentials, { readonly kind: 'api-key' }>): Promise<SignedIn> {
    const key = await this.#options.keys.findKey(credentials.publicKey)
    // Compared for an unknown key as well, so that time does not tell which ones there are.
    const isRight = isSignedBy(key?.secretKey ?? this.#secret.toString('hex'), credentials)
    const user = key && isRight ? await this.#options.users.findUser(key.user) : undefined
    if (user === undefined || user.disabled)
      throw new NotSignedIn('The API key is unknown, or the address is not signed with its secret key')
    return signedIn(user)
  }

  async #withPassword(
    { user: name, password }: Extract<Credentials, { readonly kind: 'password' }>,
    from: string,
  ): Promise<SignedIn> {
    const place = JSON.stringify([placeOf(from), name])
    const mark = createHmac('sha256', this.#secret).update(password).digest()
    const before = this.#remembered.get(place)
    if (before !== undefined && timingSafeEqual(before.mark, mark) && this.#now() < before.until) {
      const person = await this.#again(await before.judged)
      if (person !== undefined) return person
    }
    // Also when only the password is another: who guesses gets one try at it, and the gate counts all others.
    return (await this.#judge(place, mark, () => this.#check(name, password, from))).person
  }

  async #check(name: string, password: string, from: string): Promise<Judged> {
    const person = await this.#options.gate.check(name, password, from)
    return { person, phc: (await this.#options.users.findUser(person.name))?.passwordPhc }
  }

  /** The same person with their role of now, unless the password or the user is another one by now. */
  async #again({ person: { id, name }, phc }: Judged): Promise<SignedIn | undefined> {
    const user = await this.#options.users.findUser(name)
    const isSame = user?.id === id && user.passwordPhc === phc && !user.disabled
    return isSame ? signedIn(user) : undefined
  }

  async #judge(place: string, mark: Buffer, check: () => Promise<Judged>): Promise<Judged> {
    const judged = check()
    const sign = { mark, judged, until: this.#now() + rememberMs }
    this.#remembered.delete(place)
    this.#remembered.set(place, sign)
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size > mostRemembered && oldest !== undefined) this.#remembered.delete(oldest)
    try {
      return await judged
    } catch (error) {
      if (this.#remembered.get(place) === sign) this.#remembered.delete(place)
      throw error
    }
  }
}

const signedIn = ({ id, name, role, source }: SignedIn): SignedIn => ({ id, name, role, source })
