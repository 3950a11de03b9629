import type { Audit } from '../audit/audit.ts'
import type { Attempts } from '../identity/attempts.ts'
import { type CommandCodes, NoTokenYet, type WaitingCommand } from '../identity/command-codes.ts'
import type { KnownUser, UserStore } from '../identity/identity-store.ts'
import {
  Forbidden,
  type IssuedToken,
  NotSignedIn,
  type Session,
  type Sessions,
} from '../identity/sessions.ts'
import { noSuchCode } from './no-such-code.ts'

export type CommandDeskOptions = {
  readonly codes: CommandCodes
  readonly users: Pick<UserStore, 'findUser'>
  readonly sessions: Pick<Sessions, 'issue'>
  /** Wrong codes count as wrong passwords do. */
  readonly attempts: Attempts
  readonly audit: Audit
}

/** Who decides about a command, and from where. */
export type CommandApprover = { readonly session: Session; readonly from: string }

/** Commands that wait to be signed in, for people who are signed in with a browser. */
export class CommandDesk {
  readonly #options: CommandDeskOptions

  constructor(options: CommandDeskOptions) {
    this.#options = options
  }

  begin(host: string, from: string) {
    return this.#options.codes.begin(host, from)
  }

  /** Whether a code is that of a command; counted nowhere, so not to be told to who guesses. */
  knows(typed: string): boolean {
    return this.#options.codes.find(typed) !== undefined
  }

  /** The command that shows a code. @throws {Refused | Forbidden | TooManyAttempts} */
  show(typed: string, { session, from }: CommandApprover): WaitingCommand {
    if (session.kind === 'api')
      throw new Forbidden('A token for programs approves no sign-in. Sign in yourself, and approve it then')
    const { attempts, codes } = this.#options
    const who = `code of ${session.user}`
    attempts.begin(who, from)
    const shown = codes.find(typed)
    if (shown === undefined) throw noSuchCode(typed)
    attempts.succeeded(who, from)
    return shown
  }

  /** The command may sign in as the approver. @throws what `show` throws, and {NotSignedIn} */
  async approve(typed: string, approver: CommandApprover): Promise<void> {
    const { codes, users } = this.#options
    const shown = this.show(typed, approver)
    const user = await users.findUser(approver.session.user)
    if (user === undefined || user.disabled) throw new NotSignedIn('This user is disabled')
    if (!codes.approve(typed, user)) throw noSuchCode(typed)
    this.#note(user.name, 'approveSignIn', aboutOf(shown), approver.from)
  }

  deny(typed: string, approver: CommandApprover): void {
    const shown = this.show(typed, approver)
    if (!this.#options.codes.deny(typed)) throw noSuchCode(typed)
    this.#noteRefused(approver.session.user, aboutOf(shown), approver.from, 'browser: denied')
  }

  /** The token of a command that was approved. @throws {NoTokenYet} */
  async finish(deviceCode: string, from: string): Promise<IssuedToken> {
    const { codes, users, sessions } = this.#options
    const { approvedBy, ...command } = codes.take(deviceCode)
    const user = await users.findUser(approvedBy.name)
    if (user === undefined || !isStillIn(user, approvedBy)) {
      this.#noteRefused(approvedBy.name, aboutOf(command), from, 'browser: disabled, or another password')
      throw new NoTokenYet('access_denied', 'Who approved this sign-in may not sign in any more')
    }
    const issued = await sessions.issue(user, 'sign-in')
    this.#note(user.name, 'signIn', aboutOf(command), from, 'browser')
    return issued
  }

  #note(who: string, action: string, about: string, from: string, because?: string): void {
    this.#options.audit.note({ who, action, about, from, ...(because !== undefined && { because }) })
  }

  #noteRefused(who: string, about: string, from: string, because: string): void {
    this.#options.audit.note({ who, action: 'signIn', about, from, because, refused: true })
  }
}

const aboutOf = ({ host, address }: WaitingCommand): string => `bootcast at ${host} from ${address}`

/** A new password and disabling end what somebody is signed in by, so also what they approved. */
const isStillIn = (now: KnownUser, then: KnownUser): boolean =>
  now.id === then.id && !now.disabled && now.passwordPhc === then.passwordPhc
