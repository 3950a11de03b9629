import { type BootSession, type CodeAnswer, type CodeSource, CodesAway, type ShownCode } from '@bootcast/boot'
import { type UplinkClient, UpstreamAway } from '@bootcast/uplink'

/** Codes on the screens of a site: the platform makes them and hears them approved. */
export class SiteCodes implements CodeSource {
  readonly #uplink: Pick<UplinkClient, 'call'>

  constructor(uplink: Pick<UplinkClient, 'call'>) {
    this.#uplink = uplink
  }

  /** @throws {CodesAway} while the platform cannot be reached */
  async codeFor(session: BootSession): Promise<ShownCode> {
    const { id, machine, address } = session
    try {
      const { code, expiresAt } = await this.#uplink.call('code', { session: id, machine, from: address })
      return { code, session, expiresAt }
    } catch (error) {
      throw error instanceof UpstreamAway ? new CodesAway() : error
    }
  }

  async wait({ id }: BootSession, signal: AbortSignal): Promise<CodeAnswer> {
    try {
      return await this.#uplink.call('codeWait', { session: id }, { signal })
    } catch (error) {
      if (signal.aborted || error instanceof UpstreamAway) return { state: 'waiting' }
      throw error
    }
  }
}
