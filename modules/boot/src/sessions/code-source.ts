import type { CodeAnswer, ShownCode } from './boot-codes.ts'
import type { BootSession } from './boot-session.ts'

/** Where codes for the screens of machines come from: this process, or an upstream that knows the users. */
export interface CodeSource {
  /**
   * The code of a session: the one it shows already, or a new one when that has expired.
   * @throws {CodesAway} nobody can give one now
   */
  codeFor(session: BootSession): ShownCode | Promise<ShownCode>
  /**
   * What became of the code of a session: at once when that is known, else as soon as it is, or when `signal` says. With
   * a signal that is aborted already: at once, with what is known. Told once.
   * @throws {CodesAway} nobody can say now
   */
  wait(session: BootSession, signal: AbortSignal): Promise<CodeAnswer>
}

/** Who gives out codes cannot be reached now. */
export class CodesAway extends Error {
  override readonly name = 'CodesAway'
  readonly code = 'codes_away'

  constructor(options?: ErrorOptions) {
    super('who gives out codes cannot be reached now', options)
  }
}

/** What stands on the screen then. */
export const codesAwayText = 'codes cannot be had now, since the upstream does not answer'

/** What `ask` gives, or `undefined` when codes are away. */
export async function unlessAway<T>(ask: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof CodesAway) return undefined
    throw error
  }
}
