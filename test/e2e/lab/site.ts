import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { scratchDirectory } from './lab-run.ts'
import { dhcpRoles, Platform, type PlatformOrder } from './platform.ts'
import { run } from './processes.ts'
import { ProgramProcess } from './program-process.ts'
import { platformAddress, type SiteNetwork, upstreamAddress } from './site-network.ts'

/** The platform of a site network, started and signed in to; far from all machines, those are at sites. */
export const startSitePlatform = (network: SiteNetwork, order: PlatformOrder = {}): Promise<Platform> =>
  Platform.startAt(
    { namespace: network.platform, address: platformAddress, machines: ['--tftp-port', 'off'] },
    order,
  )

export type JoinOrder = {
  readonly name?: string
  /** Options of the site beside those of its network. */
  readonly options?: readonly string[]
  readonly diskMiB?: number
}

const siteOptions = ['--interface', 'br0', ...dhcpRoles.server, '--log-level', 'debug']

/** Adds a site and starts it by the command that was printed for it. */
export async function joinSite(
  network: SiteNetwork,
  platform: Platform,
  { name = 'grenoble', options = [], ...order }: JoinOrder = {},
): Promise<SiteProcess> {
  const command = await joinCommand(platform, ['add', name])
  const args = (data: string) => [...command, ...siteOptions, '--data', data, ...options]
  return SiteProcess.start({ namespace: network.site.server, args, ...order })
}

/** Adds a site that asks the site `via`, and starts it on the network behind that one. */
export async function joinChild(
  network: SiteNetwork,
  platform: Platform,
  { name, via, image }: { readonly name: string; readonly via: string; readonly image?: string },
): Promise<SiteProcess> {
  const command = await joinCommand(platform, [
    'add',
    name,
    '--via',
    via,
    ...(image === undefined ? [] : ['--image', image]),
  ])
  const found = command.map((word) => word.replace('ADDRESS-OF-THAT-SITE', upstreamAddress))
  const args = (data: string) => [...found, ...siteOptions, '--data', data]
  return SiteProcess.start({ namespace: network.child.server, args })
}

/** The arguments of the command that `bootcast site add` prints; those of the interface are a person's to fill in. */
async function joinCommand(platform: Platform, args: readonly string[]): Promise<readonly string[]> {
  const printed = await platform.cli(['site', ...args])
  const [, words] = /npm run site -- (join .*) --interface eth0$/m.exec(printed) ?? []
  if (words === undefined) throw new Error(`no command to join by: ${printed}`)
  return words.split(' ')
}

export type SiteOrder = {
  /** Where it runs: `network.site.server`, or that of the child. */
  readonly namespace: string
  /** Its arguments; `data` is a folder of its own that outlives restarts. */
  readonly args: (data: string) => readonly string[]
  /** When its disk is to be a small one: then the data folder is a file system of this size, in memory. */
  readonly diskMiB?: number
  /** By its path in the project, when not that of the site. */
  readonly main?: string
}

/** The program of a site as an operator runs it. */
export class SiteProcess implements AsyncDisposable {
  readonly #home: string
  readonly #order: SiteOrder
  readonly #process: ProgramProcess

  private constructor(order: SiteOrder, home: string) {
    const { namespace, main = 'apps/site/src/main.ts' } = order
    this.#home = home
    this.#order = order
    this.#process = new ProgramProcess({ namespace, main, args: this.args })
  }

  static async start(order: SiteOrder): Promise<SiteProcess> {
    await using started = new AsyncDisposableStack()
    const site = started.use(new SiteProcess(order, scratchDirectory()))
    await mkdir(site.data)
    if (order.diskMiB !== undefined)
      await run('mount', ['-t', 'tmpfs', '-o', `size=${order.diskMiB}m,mode=0750`, 'tmpfs', site.data])
    await site.#process.start()
    started.move()
    return site
  }

  /** As they were typed. */
  get args(): readonly string[] {
    return this.#order.args(this.data)
  }

  /** Its data folder. */
  get data(): string {
    return join(this.#home, 'data')
  }

  /** After `kill` or `stop`: with the data of before. */
  async start(): Promise<void> {
    await this.#process.start()
  }

  /** As an operator stops it. */
  async stop(): Promise<void> {
    await this.#process.stop()
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.#process.kill()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** The last lines that it wrote. */
  log(lines: number): string {
    return this.#process.log(lines)
  }

  get wholeLog(): string {
    return this.#process.wholeLog
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    if (this.#order.diskMiB !== undefined) await run('umount', ['--lazy', this.data]).catch(() => undefined)
    await rm(this.#home, { recursive: true, force: true })
  }
}
