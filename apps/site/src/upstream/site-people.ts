import { type BootPeople, SignInRefused } from '@bootcast/boot'
import { type UplinkClient, UpstreamAway, UpstreamRefused } from '@bootcast/uplink'
import type { SignInVerifiers } from '../kept/sign-in-verifiers.ts'
import type { OfflinePolicy } from '../offline/offline-policy.ts'

export type SitePeopleSettings = {
  readonly uplink: Pick<UplinkClient, 'call'>
  readonly verifiers: Pick<SignInVerifiers, 'remember' | 'check' | 'keepOnly'>
  readonly offline: Pick<OfflinePolicy, 'now' | 'graceMs' | 'knowsUser'>
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
    this.#settings.verifiers.keepOnly([...users, ...this.#justSignedIn.keys()])
  }

  async signIn(name: string, password: string, from: string): Promise<string> {
    const { uplink, verifiers, offline } = this.#settings
    try {
      const { user } = await uplink.call('signIn', { user: name, password, from })
      const until = offline.now() + offline.graceMs
      // A full disk keeps nobody from signing in; only not again while the upstream is away.
      await verifiers.remember(user, password, until).catch(() => undefined)
      this.#justSignedIn.set(user, Date.now())
      return user
    } catch (error) {
      if (error instanceof UpstreamAway) return await this.#signInOffline(name, password)
      throw refusalOf(error)
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
