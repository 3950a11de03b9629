import { type BootPeople, SignInRefused } from '@bootcast/boot'

/** The check of a name and a password, as the API has it. */
export type PasswordCheck = (
  name: string,
  password: string,
  from: string,
) => Promise<{ readonly name: string }>

const refusals: Readonly<Record<string, SignInRefused['why']>> = {
  sign_in_failed: 'wrong',
  too_many_attempts: 'locked',
  directory_unreachable: 'away',
}

/** The same check at the screens of machines: its refusals in words for a script. */
export function screenPeople(check: PasswordCheck): BootPeople {
  return {
    async signIn(name, password, from) {
      try {
        return (await check(name, password, from)).name
      } catch (error) {
        const { code, retrySeconds = 2 } = error as { code?: unknown; retrySeconds?: number }
        const why = typeof code === 'string' && Object.hasOwn(refusals, code) ? refusals[code] : undefined
        if (why === undefined) throw error
        throw new SignInRefused(why, retrySeconds)
      }
    },
  }
}
