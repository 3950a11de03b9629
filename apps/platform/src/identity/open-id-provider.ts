import { userNameSchema } from '@bootcast/contract'
import * as client from 'openid-client'
import type { Arrival } from './external-users.ts'

/** The provider does not answer. */
export class ProviderUnreachable extends Error {
  override readonly name = 'ProviderUnreachable'
  readonly code = 'directory_unreachable'
  readonly retrySeconds = 10

  constructor(host: string, cause: unknown) {
    super(`${host} does not answer`, { cause })
  }
}

/** Somebody came back from the provider, and may not come in. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused'
  readonly code = 'sign_in_refused'
}

export type OpenIdProviderOptions = {
  readonly issuer: string
  readonly clientId: string
  /** Absent: a public client. */
  readonly clientSecret: string | undefined
  readonly groupsClaim: string
  /** Where the provider sends people back to. */
  readonly redirectUri: string
  /** What an operator should know of; never a secret. */
  readonly onProblem: (message: string, why: string) => void
  readonly now?: () => number
}

/** What the answer of the provider is checked by; with the browser of who began. */
export type Checks = { readonly state: string; readonly nonce: string; readonly verifier: string }

const timeoutSeconds = 5
/** Keys and addresses of the provider are looked up anew after this time. */
const discoveryMs = 60 * 60 * 1000

/** People of an OpenID provider: authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636). */
export class OpenIdProvider {
  readonly #options: OpenIdProviderOptions
  readonly #now: () => number
  #discovered: { readonly until: number; readonly configuration: Promise<client.Configuration> } | undefined

  constructor(options: OpenIdProviderOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  get host(): string {
    return new URL(this.#options.issuer).host
  }

  /** Where the browser goes. @throws {ProviderUnreachable} */
  async begin(): Promise<{ readonly url: URL; readonly checks: Checks }> {
    const configuration = await this.#configuration()
    const verifier = client.randomPKCECodeVerifier()
    const checks = { state: client.randomState(), nonce: client.randomNonce(), verifier }
    const { scopes_supported: scopes = [] } = configuration.serverMetadata()
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#options.redirectUri,
      scope: ['openid', 'profile', 'email', ...(scopes.includes('groups') ? ['groups'] : [])].join(' '),
      state: checks.state,
      nonce: checks.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    return { url, checks }
  }

  /** Who came back, by the query of the address that they came back to. @throws {SignInRefused | ProviderUnreachable} */
  async finish(query: string, checks: Checks): Promise<Arrival> {
    const configuration = await this.#configuration()
    const url = new URL(this.#options.redirectUri)
    url.search = query
    try {
      const tokens = await client.authorizationCodeGrant(configuration, url, {
        expectedState: checks.state,
        expectedNonce: checks.nonce,
        pkceCodeVerifier: checks.verifier,
      })
      const { sub = '', ...claims } = tokens.claims() ?? {}
      const hasInfo = configuration.serverMetadata().userinfo_endpoint !== undefined
      const info = hasInfo ? await client.fetchUserInfo(configuration, tokens.access_token, sub) : {}
      return this.#arrivalOf(sub, { ...claims, ...info })
    } catch (error) {
      if (error instanceof SignInRefused) throw error
      throw this.#failure(error)
    }
  }

  #arrivalOf(sub: string, claims: Readonly<Record<string, unknown>>): Arrival {
    const email = claims['email_verified'] === true ? claims['email'] : undefined
    const [name] = [claims['preferred_username'], email].flatMap(
      (claim) => userNameSchema.safeParse(claim).data ?? [],
    )
    if (name === undefined)
      throw new SignInRefused(
        `${this.host} tells neither a preferred_username nor a verified email that can be the name of a user here`,
      )
    const groups = [claims[this.#options.groupsClaim] ?? []]
      .flat()
      .filter((group) => typeof group === 'string')
    return { source: 'oidc', subject: `${this.#options.issuer} ${sub}`, name, groups }
  }

  async #configuration(): Promise<client.Configuration> {
    const known = this.#discovered
    if (known !== undefined && known.until > this.#now()) return await known.configuration
    const configuration = this.#discover()
    this.#discovered = { until: this.#now() + discoveryMs, configuration }
    try {
      return await configuration
    } catch (error) {
      this.#discovered = undefined
      throw error
    }
  }

  async #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#options
    const url = new URL(issuer)
    // By http only where the configuration allows it: on this computer itself.
    const execute = [
      client.enableNonRepudiationChecks,
      ...(url.protocol === 'http:' ? [client.allowInsecureRequests] : []),
    ]
    const authentication = clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret)
    try {
      const options = { execute, timeout: timeoutSeconds }
      return await client.discovery(url, clientId, undefined, authentication, options)
    } catch (error) {
      this.#options.onProblem(`${this.host} could not be asked what it is`, reasonOf(error))
      throw new ProviderUnreachable(this.host, error)
    }
  }

  #failure(error: unknown): Error {
    this.#options.onProblem(`a sign-in with ${this.host} was not completed`, reasonOf(error))
    if (isAway(error)) return new ProviderUnreachable(this.host, error)
    const said = error instanceof client.AuthorizationResponseError ? error.error : ''
    const code = /^[a-z_]{1,40}$/.test(said) ? ` (${said})` : ''
    return new SignInRefused(`The sign-in with ${this.host} was not completed${code}. Begin again`, {
      cause: error,
    })
  }
}

function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as Error & { readonly code?: unknown }
  return code === 'OAUTH_TIMEOUT' || error.message === 'fetch failed'
}

/** Words and codes alone: what else hangs on these errors may be a code or a token. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, error: said } = error as Error & { readonly code?: unknown; readonly error?: unknown }
  const below =
    error instanceof client.WWWAuthenticateChallengeError
      ? error.cause.map(({ parameters }) => parameters.error).join(' ')
      : error.cause instanceof Error
        ? reasonOf(error.cause)
        : undefined
  return [error.message, code, said, below].filter((part) => typeof part === 'string').join(': ')
}
