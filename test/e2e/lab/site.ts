import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { scratchDirectory } from './lab-run.ts'
import { Platform, type PlatformOrder } from './platform.ts'
import { run } from './processes.ts'
import { ProgramProcess } from './program-process.ts'
import { platformAddress, type SiteNetwork } from './site-network.ts'

/** The platform of a site network, started and signed in to; far from all machines, those are at sites. */
export const startSitePlatform = (network: SiteNetwork, order: PlatformOrder = {}): Promise<Platform> =>
  Platform.startAt(
    { namespace: network.platform, address: platformAddress, machines: ['--tftp-port', 'off'] },
    order,
  )

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
    const { namespace, args, main = 'apps/site/src/main.ts' } = order
    this.#home = home
    this.#order = order
    this.#process = new ProgramProcess({ namespace, main, args: args(this.data) })
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
