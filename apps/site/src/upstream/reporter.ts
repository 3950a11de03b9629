import type { BootLog } from '@bootcast/boot'
import { type SiteReport, type UplinkClient, UpstreamAway } from '@bootcast/uplink'

export type ReporterSettings = {
  readonly uplink: Pick<UplinkClient, 'call'>
  readonly report: () => Promise<SiteReport>
  readonly log: BootLog
}

const everyMs = 15_000
/** When something has changed that people watch. */
const soonMs = 1_000

/** Tells the upstream now and then how this site is. */
export class Reporter {
  readonly #settings: ReporterSettings
  #timer: NodeJS.Timeout | undefined
  #dueAt = 0
  #isStopped = false

  constructor(settings: ReporterSettings) {
    this.#settings = settings
  }

  start(): void {
    this.#in(0)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  soon(): void {
    if (this.#dueAt - Date.now() > soonMs) this.#in(soonMs)
  }

  #in(ms: number): void {
    if (this.#isStopped) return
    clearTimeout(this.#timer)
    this.#dueAt = Date.now() + ms
    this.#timer = setTimeout(() => void this.#tell(), ms).unref()
  }

  async #tell(): Promise<void> {
    this.#in(everyMs)
    const { uplink, report, log } = this.#settings
    try {
      await uplink.call('report', await report())
    } catch (error) {
      if (!(error instanceof UpstreamAway))
        log('debug', 'the platform takes no report', { reason: String(error) })
    }
  }
}
