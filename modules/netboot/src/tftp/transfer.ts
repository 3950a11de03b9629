import { RetransmissionClock } from './retransmission-clock.ts'
import type { TransferTerms } from './terms.ts'

/** What the owner of a transfer shall do now. Block numbers start with 1 and do not wrap; on the wire they do. */
export type Step =
  | { readonly do: 'nothing' }
  | { readonly do: 'send-oack' }
  | { readonly do: 'send-blocks'; readonly first: number; readonly count: number }
  | { readonly do: 'finish' }
  | { readonly do: 'give-up' }

const nothing: Step = { do: 'nothing' }
const sendOack: Step = { do: 'send-oack' }
const finish: Step = { do: 'finish' }
const giveUp: Step = { do: 'give-up' }

const maxRetries = 8
/** A client that never answered may never have asked: the address of a UDP packet proves nothing. */
const maxRetriesUnanswered = 3
const maxSilenceMs = 300_000

/**
 * The sending side of one transfer as a state machine: acknowledgements and time in, steps out, no socket and no
 * file. Times are milliseconds of any clock that does not go back.
 *
 *     oack ──ACK 0──► blocks ──ACK n──► next window from n + 1 ──ACK of the last──► finish
 *     (without options it starts at blocks)          silence ──► same again, at most 8 times ──► give up
 */
export class Transfer {
  readonly #terms: TransferTerms
  readonly #lastBlock: number
  readonly #clock: RetransmissionClock
  #phase: 'oack' | 'blocks' | 'over'
  #acknowledged = 0
  #sent = 0
  #retries = 0
  #answered = false
  /**
   * Up to this block packets may be on their way twice, and a client may acknowledge each copy. Such an
   * acknowledgement tells of no loss: taken for one, it would make the next copies, for ever.
   */
  #doubtfulUntil = -1
  #sentAt: number | undefined
  #heardAt: number
  #resentPackets = 0

  constructor(settings: { readonly size: number; readonly terms: TransferTerms; readonly now: number }) {
    this.#terms = settings.terms
    // A file that fills its last block is ended by an empty one: RFC 1350 §6.
    this.#lastBlock = Math.floor(settings.size / settings.terms.blockSize) + 1
    this.#clock = new RetransmissionClock(settings.terms.timeoutSeconds)
    this.#phase = settings.terms.accepted.size > 0 ? 'oack' : 'blocks'
    this.#heardAt = settings.now
  }

  get answered(): boolean {
    return this.#answered
  }

  get heardAt(): number {
    return this.#heardAt
  }

  /** Blocks that the client has. */
  get acknowledgedBlocks(): number {
    return this.#acknowledged
  }

  /** Packets that were sent once more. */
  get retransmissions(): number {
    return this.#resentPackets
  }

  /** When `expire` wants to be called; Infinity while nothing is on its way. */
  get deadline(): number {
    if (this.#phase === 'over' || this.#sentAt === undefined) return Number.POSITIVE_INFINITY
    return this.#sentAt + this.#clock.milliseconds
  }

  begin(now: number): Step {
    return this.#phase === 'oack' ? sendOack : this.#newBlocks(now)
  }

  /** Must follow each step that sends: reading a file may take its time, and the client's time starts afterwards. */
  sent(now: number): void {
    this.#sentAt = now
  }

  /** An ACK came from the client, with its 16 bits. What was never sent, or is long known, changes nothing. */
  acknowledge(block: number, now: number): Step {
    if (this.#phase === 'over' || this.#sentAt === undefined) return nothing
    const ahead = (block - this.#acknowledged) & 0xffff
    if (this.#phase === 'oack') return ahead === 0 ? this.#optionsAccepted(now) : nothing
    if (ahead > this.#sent - this.#acknowledged) return nothing
    if (ahead === 0) return this.#duplicate(now)
    this.#progress(now)
    this.#acknowledged += ahead
    if (this.#acknowledged === this.#lastBlock) return this.#over(finish)
    // RFC 7440 §4: an ACK in the middle of a window tells of a gap, and the next window starts behind it.
    const gap = this.#acknowledged < this.#sent && !this.#doubtful
    return gap ? this.#windowAgain() : this.#newBlocks(now)
  }

  /** The client asked a second time before it had an answer: say the same again. */
  askedAgain(now: number): Step {
    if (this.#answered || this.#sentAt === undefined) return nothing
    this.#heardAt = now
    return this.#again()
  }

  /** To be called at the deadline. */
  expire(now: number): Step {
    if (now < this.deadline) return nothing
    const limit = this.#answered ? maxRetries : maxRetriesUnanswered
    if (this.#retries >= limit || now - this.#heardAt >= maxSilenceMs) return this.#over(giveUp)
    this.#retries++
    this.#clock.expired()
    return this.#again()
  }

  get #doubtful(): boolean {
    return this.#acknowledged <= this.#doubtfulUntil
  }

  #optionsAccepted(now: number): Step {
    this.#progress(now)
    this.#phase = 'blocks'
    return this.#newBlocks(now)
  }

  /**
   * With single blocks a second ACK never makes a packet: else each packet would travel twice from there on (the
   * sorcerer's apprentice, RFC 1123 §4.2.3.1). With windows it is how a client tells that the first block of the
   * window was lost (RFC 7440 §4).
   */
  #duplicate(now: number): Step {
    if (this.#terms.windowSize === 1 || this.#doubtful) return nothing
    this.#heardAt = now
    return this.#again()
  }

  /** The OACK, or all that is not acknowledged. */
  #again(): Step {
    this.#sentAt = undefined
    this.#doubtfulUntil = this.#sent
    if (this.#phase === 'blocks') return this.#resend(this.#sent)
    this.#resentPackets++
    return sendOack
  }

  #windowAgain(): Step {
    this.#doubtfulUntil = this.#sent
    return this.#resend(this.#windowEnd)
  }

  #resend(upTo: number): Step {
    this.#resentPackets += this.#sent - this.#acknowledged
    this.#sent = upTo
    return this.#blocks(this.#acknowledged + 1)
  }

  /** What the window has room for. */
  #newBlocks(now: number): Step {
    const first = this.#sent + 1
    this.#sent = this.#windowEnd
    if (this.#sent >= first) return this.#blocks(first)
    this.#sentAt = now
    return nothing
  }

  #blocks(first: number): Step {
    this.#sentAt = undefined
    return { do: 'send-blocks', first, count: this.#sent - first + 1 }
  }

  get #windowEnd(): number {
    return Math.min(this.#acknowledged + this.#terms.windowSize, this.#lastBlock)
  }

  #progress(now: number): void {
    if (!this.#doubtful && this.#sentAt !== undefined) this.#clock.measured(now - this.#sentAt)
    this.#clock.progressed()
    this.#retries = 0
    this.#answered = true
    this.#heardAt = now
  }

  #over(step: Step): Step {
    this.#phase = 'over'
    return step
  }
}
