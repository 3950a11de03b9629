import type { BootEvent } from '@bootcast/boot'
import type { Boot, Told } from './boot.ts'
import { type BootFacts, comesBack, isOnlyDhcp, withComingBack } from './boot-facts.ts'
import { forEver, impatienceMs, judge, noSilence, type Silence } from './judge.ts'
import { type Change, Lines } from './lines.ts'
import { addEvent, addTold } from './timeline.ts'
import { withEvent } from './with-event.ts'

/** A boot that has been silent for longer than its patience, and for this long, gets no more events. */
const afterwardsMs = 10 * 60_000
/** What was said before such a silence is not waited for to repeat itself. */
const forgetMs = 2 * 60_000
/** A body that takes longer than this is none: its end was missed. */
const longestTransferMs = 6 * 60 * 60_000
/** A machine that was silent for so long begins anew when it asks for an address. */
const newBootMs = 5 * 60_000

/** A boot that goes on. `boot` is replaced with each change, so that who has it may keep it. */
export class LiveBoot {
  boot: Boot
  readonly #lines: Lines

  constructor(boot: Boot) {
    this.boot = boot
    this.#lines = new Lines(boot)
  }

  static begin(id: string, mac: string, at: number, facts: BootFacts): LiveBoot {
    return new LiveBoot({
      id,
      mac,
      beganAt: at,
      lastAt: at,
      movedAt: at,
      closedAt: undefined,
      state: 'booting',
      cause: undefined,
      facts,
      lines: 0,
      dropped: 0,
    })
  }

  /** Nothing was heard for so long that the clock has to be looked at before it goes on. */
  isSilentAt(at: number): boolean {
    return at - this.boot.lastAt > forgetMs
  }

  /** Whether this event belongs to a new boot of the machine. */
  isEndedBy(event: BootEvent, at: number): boolean {
    const { facts, state, lastAt } = this.boot
    if (event.kind !== 'discover' && event.kind !== 'asked') return false
    if (event.kind === 'discover' && event.via === 'pxe') return false
    if (event.kind === 'discover' && !event.isIpxe)
      return !isOnlyDhcp(facts) || facts.loaderRuns === true || at - lastAt > newBootMs
    if (comesBack(facts, at) !== undefined) return false
    if (facts.startedAt !== undefined || state === 'done') return true
    return at - lastAt > newBootMs && impatienceMs(facts, this.#silence(at)) > 0
  }

  /** What the event changes, in its order: lines, or only the boot itself. */
  add(event: BootEvent, at: number): readonly Change[] {
    const changes: Change[] = []
    let { facts } = this.boot
    if (event.kind === 'system' && facts.startedAt === undefined) return changes
    const seconds = isOfLoader(event, facts) ? comesBack(facts, at) : undefined
    if (seconds !== undefined) {
      facts = withComingBack(facts, seconds)
      this.#say(changes, { kind: 'came-back', seconds }, at)
    }
    const before = facts
    facts = withEvent(facts, event, at)
    const change = addEvent(this.#lines, event, at)
    if (change !== undefined) changes.push(change)
    if (facts.startedAt !== before.startedAt && facts.startedAt !== undefined)
      this.#say(changes, { kind: 'started' }, at)
    const isNew = facts !== before || changes.some(({ how }) => how !== 'repeated')
    this.#become(facts, { lastAt: at, movedAt: isNew ? at : this.boot.movedAt })
    return changes
  }

  /** The platform begins anew, and was not there for a while. */
  takeUp(at: number): readonly Change[] {
    const changes: Change[] = []
    this.#say(changes, { kind: 'restarted' }, at)
    const { facts, lastAt, movedAt } = this.boot
    this.#become({ ...facts, isInterrupted: true }, { lastAt, movedAt })
    return changes
  }

  /** Looks at the clock. Whether that changed the state. */
  look(now: number): boolean {
    const { state, cause, facts } = this.boot
    const silence = this.#silence(now)
    if (silence.silentMs > forgetMs) this.#lines.forget()
    const verdict = judge(facts, silence)
    const isOver = silence.silentMs > afterwardsMs && impatienceMs(facts, silence) > afterwardsMs
    if (verdict.state === state && verdict.cause?.code === cause?.code && !isOver) return false
    this.boot = { ...this.boot, state: verdict.state, cause: verdict.cause, ...(isOver && { closedAt: now }) }
    return true
  }

  /** Something else goes on in its place: what did not come will not come. */
  close(now: number): void {
    const { facts, state } = this.boot
    const verdict = state === 'booting' || state === 'waiting' ? judge(facts, forEver) : {}
    this.boot = { ...this.boot, ...verdict, closedAt: now }
  }

  #silence(now: number): Silence {
    const silentMs = now - this.boot.lastAt
    if (this.#lines.isSending && silentMs < longestTransferMs) return noSilence
    return { silentMs, stuckMs: now - this.boot.movedAt }
  }

  #say(changes: Change[], told: Told, at: number): void {
    const change = addTold(this.#lines, told, at)
    if (change !== undefined) changes.push(change)
  }

  #become(facts: BootFacts, { lastAt, movedAt }: Pick<Boot, 'lastAt' | 'movedAt'>): void {
    const { count: lines, dropped } = this.#lines
    const stuckMs = lastAt - movedAt
    const { state, cause } = judge(facts, this.#lines.isSending ? noSilence : { silentMs: 0, stuckMs })
    this.boot = { ...this.boot, lastAt, movedAt, state, cause, facts, lines, dropped }
  }
}

/** Whether a loader of the machine itself says this; a person who looks at its script does not. */
function isOfLoader(event: BootEvent, { address }: BootFacts): boolean {
  if (event.kind === 'asked') return (event.address ?? event.from) === address
  return event.kind === 'first-script' || (event.kind === 'discover' && event.isIpxe)
}
