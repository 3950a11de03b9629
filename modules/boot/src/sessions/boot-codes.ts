import type { BootSession } from './boot-session.ts'
import type { CodeSource } from './code-source.ts'
import { codeLifeMs, newCodeText, shownCodeText, typedCodeText } from './code-text.ts'

const usualCapacity = 20_000

/** What became of a code. */
export type CodeAnswer =
  | { readonly state: 'approved'; readonly user: string; readonly choice: string | undefined }
  | { readonly state: 'denied' }
  | { readonly state: 'waiting' }
  | { readonly state: 'expired' }

type Code = {
  readonly text: string
  readonly session: BootSession
  readonly expiresAt: number
  answer: CodeAnswer
  readonly listeners: Set<() => void>
}

/** A machine that shows a code, for whoever decides about it. */
export type ShownCode = {
  /** As the screen shows it: `KQTF-RXMP`. */
  readonly code: string
  readonly session: BootSession
  readonly expiresAt: number
}

export type BootCodesOptions = {
  readonly now?: () => number
  readonly capacity?: number
  /** Whether something other than a machine shows these letters. */
  readonly isTaken?: (text: string) => boolean
}

/**
 * Codes on the screens of machines, until somebody who is signed in elsewhere approves them (after RFC 8628, with the
 * session key as device code). One for each session. Memory: at most `capacity`, the oldest goes first.
 */
export class BootCodes implements CodeSource {
  readonly #byText = new Map<string, Code>()
  readonly #bySession = new WeakMap<BootSession, Code>()
  readonly #now: () => number
  readonly #capacity: number
  readonly #isTaken: (text: string) => boolean

  constructor({ now = Date.now, capacity = usualCapacity, isTaken = () => false }: BootCodesOptions = {}) {
    this.#now = now
    this.#capacity = capacity
    this.#isTaken = isTaken
  }

  /** The code of a session: the one it shows already, or a new one when that has expired. */
  codeFor(session: BootSession): ShownCode {
    const known = this.#bySession.get(session)
    if (known !== undefined && known.answer.state === 'waiting' && !this.#isOver(known)) return shownOf(known)
    if (known !== undefined) this.#forget(known)
    const code: Code = {
      text: newCodeText((text) => this.#byText.has(text) || this.#isTaken(text)),
      session,
      expiresAt: this.#now() + codeLifeMs,
      answer: { state: 'waiting' },
      listeners: new Set(),
    }
    this.#byText.set(code.text, code)
    this.#bySession.set(session, code)
    const [oldest] = this.#byText.values()
    if (this.#byText.size > this.#capacity && oldest !== undefined) this.#forget(oldest)
    return shownOf(code)
  }

  /** The machine that shows a code; in any spelling of case, spaces and hyphens. `undefined`: none does now. */
  find(typed: string): ShownCode | undefined {
    const code = this.#open(typed)
    return code && shownOf(code)
  }

  /** Lets a machine go on as this user, straight to `choice` when one is given. False: nobody shows the code now. */
  approve(typed: string, user: string, choice?: string): boolean {
    return this.#answer(typed, { state: 'approved', user, choice })
  }

  deny(typed: string): boolean {
    return this.#answer(typed, { state: 'denied' })
  }

  /** What became of the code of a session: at once when that is known, else as soon as it is, or when `signal` says. */
  async wait(session: BootSession, signal: AbortSignal): Promise<CodeAnswer> {
    const code = this.#bySession.get(session)
    if (code === undefined || this.#isOver(code)) return { state: 'expired' }
    if (code.answer.state === 'waiting' && !signal.aborted)
      await new Promise<void>((resolve) => {
        const done = () => {
          code.listeners.delete(done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        code.listeners.add(done)
        signal.addEventListener('abort', done)
      })
    if (code.answer.state === 'approved' || code.answer.state === 'denied') this.#forget(code)
    return code.answer
  }

  #open(typed: string): Code | undefined {
    const code = this.#byText.get(typedCodeText(typed))
    return code === undefined || code.answer.state !== 'waiting' || this.#isOver(code) ? undefined : code
  }

  #answer(typed: string, answer: CodeAnswer): boolean {
    const code = this.#open(typed)
    if (code === undefined) return false
    code.answer = answer
    this.#byText.delete(code.text)
    for (const listener of [...code.listeners]) listener()
    return true
  }

  #isOver({ expiresAt }: Code): boolean {
    return this.#now() >= expiresAt
  }

  #forget(code: Code): void {
    this.#byText.delete(code.text)
    if (this.#bySession.get(code.session) === code) this.#bySession.delete(code.session)
  }
}

const shownOf = ({ text, session, expiresAt }: Code): ShownCode => ({
  code: shownCodeText(text),
  session,
  expiresAt,
})
