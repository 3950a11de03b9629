import { setTimeout as sleep } from 'node:timers/promises'
import type { EventBatch, EventQueue } from './event-queue.ts'

/** As the uplink has it; `sentAt`: now, by the clock of the site. */
export type SendEvents = (
  batch: EventBatch & { readonly sentAt: number },
) => Promise<{ readonly upTo: number }>

export type EventSenderSettings = {
  readonly queue: EventQueue
  readonly send: SendEvents
  /** A batch did not arrive; it is sent again. */
  readonly onError: (error: unknown) => void
  readonly now?: () => number
  readonly delays?: Partial<typeof usualDelays>
}

const mostEvents = 500
const usualDelays = {
  /** Events of one moment go together. */
  gatherMs: 250,
  /** Says that the site is there when nothing happens: docs/protocols/boot-events.md. */
  quietMs: 20_000,
  /** After a failure, doubled with each. */
  retryMs: 500,
  longestRetryMs: 30_000,
}

/**
 * Sends events upstream, one batch after another, each until it has arrived. Begins with an empty batch: the answer says
 * which numbers are used already.
 */
export class EventSender {
  readonly #settings: EventSenderSettings
  readonly #delays: typeof usualDelays
  readonly #ending = new AbortController()
  #waking = new AbortController()
  #running: Promise<void> | undefined
  #stopListening: () => void = () => undefined
  #isGreeted = false
  #isQuiet = false
  #failures = 0

  constructor(settings: EventSenderSettings) {
    this.#settings = settings
    this.#delays = { ...usualDelays, ...settings.delays }
  }

  start(): void {
    this.#stopListening = this.#settings.queue.onAppend(() => {
      if (this.#isQuiet) this.#waking.abort()
    })
    this.#running ??= this.#run()
  }

  /** The upstream is there again: nothing is waited for. */
  wake(): void {
    this.#failures = 0
    this.#waking.abort()
  }

  /** Fulfilled when the batch that is under way has arrived or failed. */
  async stop(): Promise<void> {
    this.#stopListening()
    this.#ending.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      try {
        await this.#step()
        this.#failures = 0
      } catch (error) {
        this.#settings.onError(error)
        await this.#wait(this.#retryMs())
      }
    }
  }

  async #step(): Promise<void> {
    const { queue } = this.#settings
    if (!this.#isGreeted) {
      await this.#send({ first: queue.nextNumber, events: [] })
      this.#isGreeted = true
    }
    const batch = queue.next(mostEvents)
    if (batch.events.length > 0) {
      const upTo = await this.#send(batch)
      if (upTo < batch.first) throw new Error(`the upstream has taken no event behind ${upTo}`)
      return
    }
    this.#isQuiet = true
    const isWoken = await this.#wait(this.#delays.quietMs)
    this.#isQuiet = false
    if (isWoken) await this.#wait(this.#delays.gatherMs)
    else if (!this.#ending.signal.aborted) await this.#send({ first: queue.nextNumber, events: [] })
  }

  async #send(batch: EventBatch): Promise<number> {
    const { queue, send, now = Date.now } = this.#settings
    const { upTo } = await send({ ...batch, sentAt: now() })
    if (!Number.isSafeInteger(upTo) || upTo < 0) throw new Error('the upstream has answered no number')
    queue.forget(upTo)
    return upTo
  }

  /** Doubled with each failure, and anything between half of it and all of it: sites do not come back at once. */
  #retryMs(): number {
    const { retryMs, longestRetryMs } = this.#delays
    const whole = Math.min(longestRetryMs, retryMs * 2 ** Math.min(this.#failures, 16))
    this.#failures += 1
    return whole * (0.5 + Math.random() / 2)
  }

  /** Whether it was woken before. */
  async #wait(ms: number): Promise<boolean> {
    this.#waking = new AbortController()
    const signal = AbortSignal.any([this.#waking.signal, this.#ending.signal])
    await sleep(ms, undefined, { signal }).catch(() => undefined)
    return this.#waking.signal.aborted
  }
}
