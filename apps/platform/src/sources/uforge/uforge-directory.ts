import { userNameSchema } from '@bootcast/contract'
import type { Arrival } from '../../identity/external-users.ts'
import { DirectoryUnreachable } from '../../identity/ldap-directory.ts'
import type { Directory } from '../../identity/password-gate.ts'
import { TooBusy, turns } from '../../identity/turns.ts'
import { groupOf } from '../source.ts'
import { UforgeClient } from './uforge-client.ts'

export type UforgeDirectoryOptions = {
  /** Of the source. */
  readonly name: string
  readonly url: string
  readonly onProblem: (message: string, error?: unknown) => void
  readonly timeoutMs?: number
}

/**
 * Users of a forge: whose password is right is whom the forge shows their own account, as its own clients sign in.
 * They are in one group here, `source:NAME`, whatever the forge says of their roles.
 */
export class UforgeDirectory implements Directory {
  readonly #options: UforgeDirectoryOptions
  readonly #takeTurn = turns(4, 16)

  constructor(options: UforgeDirectoryOptions) {
    this.#options = options
  }

  async find(user: string, password: string): Promise<Arrival | undefined> {
    const { url, onProblem, timeoutMs = 10_000 } = this.#options
    // In a supervisor's name (admin\user) somebody would sign in for somebody else; a colon ends a name in Basic.
    if (password === '' || /[\\:]/.test(user)) return undefined
    try {
      const client = new UforgeClient({ url, account: { user, password }, documentMs: timeoutMs })
      const account = await this.#takeTurn(() => client.account(AbortSignal.timeout(timeoutMs * 2)))
      return account === undefined ? undefined : this.#arrivalOf(account, user)
    } catch (error) {
      if (error instanceof TooBusy) throw error
      onProblem('the forge could not be asked for a user', error)
      throw new DirectoryUnreachable(new URL(url).host, error)
    }
  }

  #arrivalOf({ loginName, active, dbId }: Account, asked: string): Arrival | undefined {
    const { name: source, url, onProblem } = this.#options
    const name = userNameSchema.safeParse(loginName).data
    if (name === undefined || name.toLowerCase() !== asked.toLowerCase()) {
      onProblem(`the forge answers with the account of another user`)
      return undefined
    }
    if (active === false) return undefined
    const subject = `${url.replace(/\/+$/, '')} ${dbId === undefined ? `user ${name}` : `dbId ${dbId}`}`
    return { source: 'uforge', subject, name, groups: [groupOf({ name: source })] }
  }
}

type Account = NonNullable<Awaited<ReturnType<UforgeClient['account']>>>
