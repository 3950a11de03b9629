import { z } from 'zod'
import { type AddressCheck, type Answer, documentOf, exchange } from './exchange.ts'
import { isThisComputer, RegistryRefused } from './registry-reference.ts'

export type SignInOptions = {
  readonly plainHttp: boolean
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly checkAddress?: AddressCheck | undefined
  readonly signal: AbortSignal
}

const tokenLimit = 64 * 1024
/** What may stand in a header: RFC 6750 §2.1. */
const tokenSchema = z.string().regex(/^[A-Za-z0-9._~+/=-]+$/)
const answerSchema = z
  .object({ token: tokenSchema.optional(), access_token: tokenSchema.optional() })
  .transform(({ token, access_token: other }) => token ?? other)

/**
 * Who asks a registry: nobody, a user by name and password, or a token from where the registry sends for it
 * (distribution, "Token Authentication Specification").
 */
export class RegistrySignIn {
  readonly #options: SignInOptions
  #authorization: string | undefined

  constructor(options: SignInOptions) {
    this.#options = options
  }

  /** For the registry itself, and for nobody else. */
  get headers(): Readonly<Record<string, string>> {
    return this.#authorization === undefined ? {} : { authorization: this.#authorization }
  }

  get hint(): string {
    return this.#options.user === undefined
      ? 'Sign in with --user and --password-file.'
      : 'It refuses this user, or the password is wrong.'
  }

  /** To a 401: whether asking again may help. @throws {RegistryRefused | HostFailed} */
  async answerTo({ headers }: Answer): Promise<boolean> {
    const challenge = String(headers['www-authenticate'] ?? '')
    const basic = this.#basic()
    if (/^basic/i.test(challenge) && basic !== undefined && this.#authorization !== basic) {
      this.#authorization = basic
      return true
    }
    const realm = URL.parse(/realm="([^"]+)"/.exec(challenge)?.[1] ?? '')
    if (!/^bearer/i.test(challenge) || realm === null) return false
    // Also when there is one: tokens last for minutes, and large layers longer.
    this.#authorization = `Bearer ${await this.#token(realm, challenge)}`
    return true
  }

  #basic(): string | undefined {
    const { user, password = '' } = this.#options
    return user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  }

  async #token(realm: URL, challenge: string): Promise<string> {
    for (const key of ['service', 'scope']) {
      const value = new RegExp(`${key}="([^"]+)"`).exec(challenge)?.[1]
      if (value !== undefined) realm.searchParams.set(key, value)
    }
    const basic = this.#basic()
    const { checkAddress, signal, plainHttp } = this.#options
    if (basic !== undefined && realm.protocol === 'http:' && !plainHttp && !isThisComputer(realm.host))
      throw new RegistryRefused(
        `The registry wants the password sent to ${realm.host} by plain HTTP; with --plain-http it is.`,
      )
    const headers = basic === undefined ? {} : { authorization: basic }
    const answer = await exchange({ url: realm, method: 'GET', headers, checkAddress, signal })
    const text = String(await documentOf(answer, tokenLimit))
    if (answer.status !== 200)
      throw new RegistryRefused(`${answer.host} answers ${answer.status} to the sign-in. ${this.hint}`)
    const token = tokenIn(text)
    if (token === undefined) throw new RegistryRefused(`${answer.host} answers the sign-in without a token.`)
    return token
  }
}

function tokenIn(text: string): string | undefined {
  try {
    return answerSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
