import type { MachineFacts } from '@bootcast/boot'
import type { UplinkClient } from '@bootcast/uplink'

const flushMs = 2_000
/** Machines that are told in one go; more are left out, and told when they are heard again. */
const mostWaiting = 500

/** Machines that were heard by DHCP, on their way to the upstream; while it is away they are forgotten. */
export class HeardMachines {
  readonly #uplink: Pick<UplinkClient, 'call'>
  readonly #waiting = new Map<string, MachineFacts>()
  #timer: NodeJS.Timeout | undefined

  constructor(uplink: Pick<UplinkClient, 'call'>) {
    this.#uplink = uplink
  }

  add(machine: MachineFacts): void {
    if (this.#waiting.size >= mostWaiting && !this.#waiting.has(machine.mac)) return
    this.#waiting.set(machine.mac, machine)
    this.#timer ??= setTimeout(() => this.#flush(), flushMs).unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #flush(): void {
    this.#timer = undefined
    const machines = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#uplink.call('heard', { machines }).catch(() => undefined)
  }
}
