import type { BootDetail } from '../../../modules/contract/src/boots.ts'
import { withEvidence } from './evidence.ts'
import type { FirmwareName } from './firmwares.ts'
import { Machine } from './machine.ts'
import type { Platform } from './platform.ts'
import { until } from './processes.ts'
import { type JoinOrder, joinSite, type SiteProcess, startSitePlatform } from './site.ts'
import { SiteNetwork, type SiteNetworkOrder } from './site-network.ts'
import { bootedMarker } from './tiny-linux.ts'

export type SceneOrder = { readonly network?: SiteNetworkOrder; readonly join?: JoinOrder }

/** Slower than usual by so much a boot still passes. */
const patience = 6

/** A platform and a site of it, `grenoble`, with a long line between them. */
export class SiteScene implements AsyncDisposable {
  readonly network: SiteNetwork
  readonly platform: Platform
  readonly site: SiteProcess
  readonly #all: AsyncDisposableStack

  private constructor(parts: Pick<SiteScene, 'network' | 'platform' | 'site'>, all: AsyncDisposableStack) {
    this.network = parts.network
    this.platform = parts.platform
    this.site = parts.site
    this.#all = all
  }

  static async open(order: SceneOrder = {}): Promise<SiteScene> {
    await using opened = new AsyncDisposableStack()
    const network = opened.use(await SiteNetwork.open(order.network))
    const platform = opened.use(await startSitePlatform(network))
    const site = opened.use(await joinSite(network, platform, order.join))
    return new SiteScene({ network, platform, site }, opened.move())
  }

  /** Bytes that came over the long line, with all headers, while something happened. */
  async wanBytes(work: () => Promise<unknown> = async () => undefined): Promise<number> {
    const before = await this.#received()
    await work()
    return (await this.#received()) - before
  }

  /** Waits until so many bytes have come over the long line since `before`. */
  async wanBytesAbove(bytes: number): Promise<void> {
    const before = await this.#received()
    await until(
      `${bytes} bytes come over the line`,
      60,
      async () => (await this.#received()) > before + bytes,
    )
  }

  async #received(): Promise<number> {
    return (await this.network.wanBytes()).rx
  }

  /** Switches a machine on, and looks at it while something happens. */
  async withMachine(
    name: string,
    [firmware, number]: readonly [FirmwareName, number],
    body: (machine: Machine) => Promise<void>,
  ): Promise<void> {
    const { network, platform, site } = this
    await using machine = await Machine.start({ network: network.site, firmware, number })
    await withEvidence(`site ${name} ${firmware}`, machine, platform, () => body(machine), site)
  }

  /** A machine starts, down to the command line of its kernel. */
  async boots(name: string, which: readonly [FirmwareName, number], words: string): Promise<void> {
    await this.withMachine(name, which, (machine) => hasBooted(machine, words))
  }

  /** The last boot of a machine, when the platform knows all that the loader did. */
  async startedBoot(mac: string, isIt: (boot: BootDetail) => boolean = () => true): Promise<BootDetail> {
    let boot: BootDetail | undefined
    await until(`the platform knows that ${mac} has started`, 60, async () => {
      boot = await this.platform.boot(mac).catch(unlessNotHeardOf)
      return boot?.state === 'started' && isIt(boot)
    })
    if (boot === undefined) throw new Error('no boot')
    return boot
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#all.disposeAsync()
  }
}

/** What a site has to tell takes a moment. */
function unlessNotHeardOf(error: unknown): undefined {
  if (!String(error).includes('boot_not_found')) throw error
}

/** @param words at the end of its command line, as a pattern */
export async function hasBooted({ console, firmware }: Machine, words: string): Promise<void> {
  await console.expect(new RegExp(`${bootedMarker} .*${words}\\b`), firmware.usualSeconds * patience)
}
