import { createHash, randomBytes } from 'node:crypto'
import { codeLifeMs, newCodeText, shownCodeText, typedCodeText } from '@bootcast/boot'
import { placeOf } from './attempts.ts'
import type { KnownUser } from './identity-store.ts'

/** RFC 8628 §3.2, `interval`; `slow_down` adds as much again (§3.5). */
const intervalMs = 5_000
/** Two requests need not take the same time on their way. */
const leewayMs = 1_000

/** The commands of one address that may wait at once. */
const mostOfOnePlace = 100
const usualCapacity = 10_000

const reasons = {
  authorization_pending: 'Nobody has approved this sign-in yet',
  slow_down: 'Ask less often: 5 seconds more between two questions',
  access_denied: 'Whoever opened the page denied this sign-in',
  expired_token: 'This sign-in is unknown, was finished, or was not approved within ten minutes; begin again',
} as const

/** There is no token for a command: not yet, or not any more. The codes are those of RFC 8628 §3.5. */
export class NoTokenYet extends Error {
  override readonly name = 'NoTokenYet'
  readonly code: keyof typeof reasons

  constructor(code: keyof typeof reasons, reason: string = reasons[code]) {
    super(reason)
    this.code = code
  }
}

/** So many commands of one address wait that it gets no further code. */
export class TooManySignIns extends Error {
  override readonly name = 'TooManySignIns'
  readonly code = 'too_many_sign_ins'
  readonly retrySeconds: number

  constructor(retrySeconds: number) {
    super(
      `${mostOfOnePlace} sign-ins from this address wait to be approved; try again in ${retrySeconds} seconds`,
    )
    this.retrySeconds = retrySeconds
  }
}

/** A command that waits to be signed in. What it says of itself is hearsay. */
export type WaitingCommand = {
  /** As it is printed: `KQTF-RXMP`. */
  readonly code: string
  /** What its computer calls itself. */
  readonly host: string
  /** Where it asks from. */
  readonly address: string
}

type Command = WaitingCommand & {
  readonly text: string
  readonly place: string
  /** SHA-256 of the device code, hexadecimal. */
  readonly secret: string
  readonly expiresAt: number
  answer: 'waiting' | 'denied' | { readonly approvedBy: KnownUser }
  askedAt: number
  intervalMs: number
}

export type CommandCodesOptions = {
  readonly now?: () => number
  readonly capacity?: number
  /** Whether something other than a command shows these letters. */
  readonly isTaken?: (text: string) => boolean
}

/**
 * Codes that commands print until somebody signed in with a browser approves them (RFC 8628). Of a device code only the
 * hash is kept. Memory: at most `capacity`, the oldest goes first.
 */
export class CommandCodes {
  readonly #byText = new Map<string, Command>()
  readonly #bySecret = new Map<string, Command>()
  readonly #options: Required<CommandCodesOptions>

  constructor(options: CommandCodesOptions = {}) {
    this.#options = { now: Date.now, capacity: usualCapacity, isTaken: () => false, ...options }
  }

  get size(): number {
    return this.#bySecret.size
  }

  /** A code for a command, and the device code that only it gets. @throws {TooManySignIns} */
  begin(host: string, address: string) {
    const { now, capacity, isTaken } = this.#options
    this.#forgetExpired()
    const place = placeOf(address)
    this.#checkPlace(place)
    const text = newCodeText((wanted) => this.#byText.has(wanted) || isTaken(wanted))
    const deviceCode = randomBytes(32).toString('base64url')
    const code = shownCodeText(text)
    const secret = secretOf(deviceCode)
    const expiresAt = now() + codeLifeMs
    const usual = { answer: 'waiting' as const, askedAt: Number.NEGATIVE_INFINITY, intervalMs }
    const command: Command = { code, text, secret, host, address, place, expiresAt, ...usual }
    this.#byText.set(text, command)
    this.#bySecret.set(secret, command)
    const [oldest] = this.#bySecret.values()
    if (this.size > capacity && oldest !== undefined) this.#forget(oldest)
    return { deviceCode, code, seconds: codeLifeMs / 1000, intervalSeconds: intervalMs / 1000 }
  }

  /** The command that shows a code; in any spelling of case, spaces and hyphens. `undefined`: none does now. */
  find(typed: string): WaitingCommand | undefined {
    const command = this.#waiting(typed)
    return command && { code: command.code, host: command.host, address: command.address }
  }

  /** Lets the command sign in as this user. False: none shows the code now. */
  approve(typed: string, approvedBy: KnownUser): boolean {
    return this.#answer(typed, { approvedBy })
  }

  deny(typed: string): boolean {
    return this.#answer(typed, 'denied')
  }

  /** Who approved the command of this device code; told once. @throws {NoTokenYet} */
  take(deviceCode: string): WaitingCommand & { readonly approvedBy: KnownUser } {
    const command = this.#bySecret.get(secretOf(deviceCode))
    if (command === undefined || this.#isOver(command)) throw new NoTokenYet('expired_token')
    const { answer, code, host, address } = command
    if (answer === 'waiting') throw new NoTokenYet(this.#noteQuestion(command))
    this.#forget(command)
    if (answer === 'denied') throw new NoTokenYet('access_denied')
    return { code, host, address, ...answer }
  }

  #noteQuestion(command: Command): 'authorization_pending' | 'slow_down' {
    const at = this.#options.now()
    const isEarly = at - command.askedAt < command.intervalMs - leewayMs
    command.askedAt = at
    if (!isEarly) return 'authorization_pending'
    command.intervalMs += intervalMs
    return 'slow_down'
  }

  #waiting(typed: string): Command | undefined {
    const command = this.#byText.get(typedCodeText(typed))
    return command === undefined || this.#isOver(command) ? undefined : command
  }

  #answer(typed: string, answer: Command['answer']): boolean {
    const command = this.#waiting(typed)
    if (command === undefined) return false
    command.answer = answer
    this.#byText.delete(command.text)
    return true
  }

  #isOver({ expiresAt }: Command): boolean {
    return this.#options.now() >= expiresAt
  }

  /** All live equally long, so the first are those that end first. */
  #forgetExpired(): void {
    for (const command of this.#bySecret.values()) {
      if (!this.#isOver(command)) return
      this.#forget(command)
    }
  }

  #checkPlace(place: string): void {
    const there = [...this.#bySecret.values()].filter((command) => command.place === place)
    const [first] = there
    if (first === undefined || there.length < mostOfOnePlace) return
    throw new TooManySignIns(Math.ceil((first.expiresAt - this.#options.now()) / 1000))
  }

  #forget(command: Command): void {
    this.#bySecret.delete(command.secret)
    if (this.#byText.get(command.text) === command) this.#byText.delete(command.text)
  }
}

/** 256 random bits need no slow hash. */
const secretOf = (deviceCode: string): string => createHash('sha256').update(deviceCode).digest('hex')
