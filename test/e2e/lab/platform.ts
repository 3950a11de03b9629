import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BootDetail } from '../../../modules/contract/src/boots.ts'
import { scratchDirectory } from './lab-run.ts'
import { type LabNetwork, serverAddress } from './network.ts'
import { plainEnvironment, run } from './processes.ts'
import { ProgramProcess } from './program-process.ts'
import type { TinyLinux } from './tiny-linux.ts'

const root = join(import.meta.dirname, '../../..')
const user = 'admin'

/** Where set-up puts the boot loaders. */
export const loaders = join(root, 'loaders')

/** How the platform takes part in DHCP, as its arguments. */
export const dhcpRoles = {
  server: ['--dhcp', 'server', '--dhcp-range', '10.77.0.100-10.77.0.199'],
  proxy: ['--dhcp', 'proxy'],
  none: ['--dhcp', 'off'],
} as const
export type DhcpRole = keyof typeof dhcpRoles

export type PlatformOrder = {
  /** Options of the platform beside those of its role. */
  readonly options?: readonly string[]
  /** What the other DHCP server says besides, as arguments of dnsmasq; where the role has another one. */
  readonly otherDhcp?: readonly string[]
  /** A copy of the usual loaders, to which the case adds its own. */
  readonly ownLoaders?: true
}

/** Where a platform runs. */
export type PlatformPlace = {
  readonly namespace: string
  /** How everybody there reaches it. */
  readonly address: string
  /** Its options for the machines there. */
  readonly machines: readonly string[]
}

/** The platform as an operator starts it, in a lab network, and the command line to talk to it. */
export class Platform implements AsyncDisposable {
  readonly #place: PlatformPlace
  readonly #order: PlatformOrder
  readonly #home: string
  readonly #process: ProgramProcess
  /** Of its administrator. */
  readonly password = 'correct horse battery staple'

  private constructor(place: PlatformPlace, order: PlatformOrder) {
    this.#place = place
    this.#order = order
    this.#home = scratchDirectory()
    this.#process = new ProgramProcess({
      namespace: place.namespace,
      main: 'apps/platform/src/main.ts',
      args: [
        ...['--data', join(this.#home, 'data'), '--loaders', this.#loaders, '--log-level', 'debug'],
        ...['--listen', '0.0.0.0:8080', '--admin-password-file', this.#passwordFile],
        ...place.machines,
        ...(order.options ?? []),
      ],
    })
  }

  /** Started and signed in to; beside another DHCP server when its role is `proxy`. */
  static async start(network: LabNetwork, role: DhcpRole, order: PlatformOrder = {}): Promise<Platform> {
    const machines = ['--interface', 'br0', ...dhcpRoles[role]]
    const place = { namespace: network.server, address: serverAddress, machines }
    return Platform.#started(place, order, async (platform) => {
      if (role === 'proxy') await network.startPlainDhcp(platform.otherDhcpLog, order.otherDhcp ?? [])
    })
  }

  /** The same, wherever the case wants it. */
  static async startAt(place: PlatformPlace, order: PlatformOrder = {}): Promise<Platform> {
    return Platform.#started(place, order)
  }

  static async #started(
    place: PlatformPlace,
    order: PlatformOrder,
    prepare?: (platform: Platform) => Promise<void>,
  ): Promise<Platform> {
    await using started = new AsyncDisposableStack()
    const platform = started.use(new Platform(place, order))
    if (order.ownLoaders === true) await cp(loaders, platform.#loaders, { recursive: true })
    await prepare?.(platform)
    await writeFile(platform.#passwordFile, `${platform.password}\n`, { mode: 0o600 })
    await platform.start()
    const byFile = ['--user', user, '--password-file', platform.#passwordFile]
    await platform.cli(['sign-in', platform.url, ...byFile])
    started.move()
    return platform
  }

  /** Its API. */
  get url(): string {
    return `http://${this.#place.address}:8080`
  }

  /** What the other DHCP server did. */
  get otherDhcpLog(): string {
    return join(this.#home, 'other-dhcp.log')
  }

  get #loaders(): string {
    return this.#order.ownLoaders === true ? join(this.#home, 'loaders') : loaders
  }

  get #passwordFile(): string {
    return join(this.#home, 'password')
  }

  /** Also after `kill`: with the data of before. */
  async start(): Promise<void> {
    await this.#process.start()
  }

  /** No time to save anything. What the kernel has not written yet survives, unlike in a power cut. */
  async kill(): Promise<void> {
    await this.#process.kill()
  }

  /** The last lines that it wrote. */
  log(lines: number): string {
    return this.#process.log(lines)
  }

  get wholeLog(): string {
    return this.#process.wholeLog
  }

  /** What the command `bootcast` printed. @throws when it fails, with its complaint */
  async cli(args: readonly string[], configHome = this.#home): Promise<string> {
    const bin = join(root, 'apps/cli/bin/bootcast.cjs')
    const inNetwork = ['netns', 'exec', this.#place.namespace, process.execPath, bin, ...args]
    return run('ip', inNetwork, { env: { ...plainEnvironment(), XDG_CONFIG_HOME: configHome } })
  }

  async publish(image: string, { kernel, initrd }: TinyLinux, cmdline: string): Promise<void> {
    await this.cli(['publish', image, '--kernel', kernel, '--initrd', initrd, '--cmdline', cmdline])
  }

  /** Somebody in front of a machine. */
  async addUser(name: string, password: string): Promise<void> {
    await writeFile(this.#somebodysPassword, `${password}\n`, { mode: 0o600 })
    await this.cli(['user', 'add', name, '--role', 'user', '--password-file', this.#somebodysPassword])
  }

  /** The user that was added last approves a code. */
  async approveAs(name: string, code: string): Promise<void> {
    const home = join(this.#home, 'somebody')
    await this.cli(['sign-in', this.url, '--user', name, '--password-file', this.#somebodysPassword], home)
    await this.cli(['approve', code], home)
  }

  get #somebodysPassword(): string {
    return join(this.#home, 'password-of-somebody')
  }

  /** A machine as the API shows it. */
  async machine(mac: string): Promise<Readonly<Record<string, unknown>>> {
    return JSON.parse(await this.cli(['machine', 'show', mac, '--json']))
  }

  /** The last boot of a machine, as the API shows it. */
  async boot(mac: string): Promise<BootDetail> {
    return JSON.parse(await this.cli(['boot', 'show', mac, '--json']))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop()
    await rm(this.#home, { recursive: true, force: true })
  }
}
