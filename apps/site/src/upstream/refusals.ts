import type { KeyRefused } from '@bootcast/boot'
import type { UplinkClient } from '@bootcast/uplink'

const flushMs = 2_000
/** Told in one go; more are counted in the timelines only. */
const mostWaiting = 200

/** Keys that were refused, on their way to the audit log of the upstream; while it is away they are forgotten. */
export class Refusals {
  readonly #uplink: Pick<UplinkClient, 'call'>
  #waiting: KeyRefused[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(uplink: Pick<UplinkClient, 'call'>) {
    this.#uplink = uplink
  }

  add(refusal: KeyRefused): void {
    if (this.#waiting.length >= mostWaiting) return
    this.#waiting.push(refusal)
    this.#timer ??= setTimeout(() => this.#flush(), flushMs).unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #flush(): void {
    this.#timer = undefined
    const refusals = this.#waiting
    this.#waiting = []
    this.#uplink.call('refused', { refusals }).catch(() => undefined)
  }
}
