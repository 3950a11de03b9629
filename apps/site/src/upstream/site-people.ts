import { type BootLog, type BootPeople, SignInRefused } from '@bootcast/boot'
import { type UplinkClient, UpstreamAway, UpstreamRefused } from '@bootcast/uplink'
import type { SignInVerifiers } from '../kept/sign-in-verifiers.ts'
import type { OfflinePolicy } from '../offline/offline-policy.ts'

export type SitePeopleSettings = {
  readonly uplink: Pick<UplinkClient, 'call'>
  readonly verifiers: Pick<SignInVerifiers, 'remember' | 'check' | 'keepOnly'>
  readonly offline: Pick<OfflinePolicy, 'now' | 'graceMs' | 'knowsUser'>
  readonly log: BootLog
}

const refusals: Readonly<Record<string, SignInRefused['why']>> = {
  sign_in_failed: 'wrong',
  too_many_attempts: 'locked',
  directory_unreachable: 'away',
}

const justMs = 60_000

/**
 * Who may sign in at the screens of a site: the upstream judges. While it is away, those who signed in here within the
 * grace time and whom the last snapshot still names.
 */
export class SitePeople implements BootPeople {
  readonly #settings: SitePeopleSettings
  readonly #justSignedIn = new Map<string, number>()

  constructor(settings: SitePeopleSettings) {
    this.#settings = settings
  }

  /** Forgets all but these: the rest may not sign in any more. Who just did is in the next snapshot. */
  keepOnly(users: readonly string[]): void {
    const since = Date.now() - justMs
    for (const [name, at] of this.#justSignedIn) if (at < since) this.#justSignedIn.delete(name)
    const { verifiers, log } = this.#settings
    try {
      verifiers.keepOnly([...users, ...this.#justSignedIn.keys()])
    } catch (error) {
      // Whom the snapshot does not name cannot sign in by it either.
      log('error', 'who may not sign in any more could not be forgotten', { reason: String(error) })
    }
  }

  async signIn(name: string, password: string, from: string): Promise<string> {
    const user = await this.#ask(name, password, from)
    if (user === undefined) return await this.#signInOffline(name, password)
    await this.#remember(user, password)
    return user
  }

  /** `undefined`: the upstream is away. */
  async #ask(name: string, password: string, from: string): Promise<string | undefined> {
    try {
      return (await this.#settings.uplink.call('signIn', { user: name, password, from })).user
    } catch (error) {
      if (error instanceof UpstreamAway) return undefined
      throw refusalOf(error)
    }
  }

  /** For the time when the upstream is away. A full disk, or many at once, keep nobody out now. */
  async #remember(user: string, password: string): Promise<void> {
    const { verifiers, offline, log } = this.#settings
    this.#justSignedIn.set(user, Date.now())
    try {
      await verifiers.remember(user, password, offline.now() + offline.graceMs)
    } catch (error) {
      log('warn', 'who signed in could not be remembered', { user, reason: String(error) })
    }
  }

  /** The same words for a wrong password and for who may be known at the platform and is not here. */
  async #signInOffline(name: string, password: string): Promise<string> {
    const { verifiers, offline } = this.#settings
    const user = await verifiers.check(name, password, offline.now()).catch((error: unknown) => {
      const isWrong = error instanceof SignInRefused && error.why === 'wrong'
      throw isWrong ? new SignInRefused('cut-off', error.retrySeconds) : error
    })
    if (!offline.knowsUser(user)) throw new SignInRefused('cut-off', 2)
    return user
  }
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof UpstreamRefused)) return error
  const why = Object.hasOwn(refusals, error.code) ? refusals[error.code] : undefined
  return why === undefined ? error : new SignInRefused(why, error.retrySeconds ?? 2)
}
