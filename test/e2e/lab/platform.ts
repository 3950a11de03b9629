import type { ChildProcess } from 'node:child_process'
import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BootDetail } from '../../../modules/contract/src/boots.ts'
import { scratchDirectory } from './lab-run.ts'
import { type LabNetwork, serverAddress } from './network.ts'
import { end, run, startInside, until } from './processes.ts'
import type { TinyLinux } from './tiny-linux.ts'

const root = join(import.meta.dirname, '../../..')
const url = `http://${serverAddress}:8080`
const user = 'admin'

/** Where set-up puts the boot loaders. */
export const loaders = join(root, 'loaders')

/** How the platform takes part in DHCP, as its arguments. */
export const dhcpRoles = {
  server: ['--dhcp', 'server', '--dhcp-range', '10.77.0.100-10.77.0.199'],
  proxy: ['--dhcp', 'proxy'],
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

/** The platform as an operator starts it, in a lab network, and the command line to talk to it. */
export class Platform implements AsyncDisposable {
  readonly #network: LabNetwork
  readonly #role: DhcpRole
  readonly #order: PlatformOrder
  readonly #home: string
  /** Of its administrator. */
  readonly password = 'correct horse battery staple'
  #process: ChildProcess | undefined
  #log = ''

  private constructor(network: LabNetwork, role: DhcpRole, order: PlatformOrder, home: string) {
    this.#network = network
    this.#role = role
    this.#order = order
    this.#home = home
  }

  /** Started and signed in to; beside another DHCP server when its role is `proxy`. */
  static async start(network: LabNetwork, role: DhcpRole, order: PlatformOrder = {}): Promise<Platform> {
    await using started = new AsyncDisposableStack()
    const platform = started.use(new Platform(network, role, order, scratchDirectory()))
    if (order.ownLoaders === true) await cp(loaders, platform.#loaders, { recursive: true })
    if (role === 'proxy') await network.startPlainDhcp(platform.otherDhcpLog, order.otherDhcp ?? [])
    await writeFile(platform.#passwordFile, `${platform.password}\n`, { mode: 0o600 })
    await platform.start()
    await platform.cli(['sign-in', url, '--user', user, '--password-file', platform.#passwordFile])
    started.move()
    return platform
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
    const place = ['--data', join(this.#home, 'data'), '--loaders', this.#loaders, '--log-level', 'debug']
    const access = ['--listen', '0.0.0.0:8080', '--admin-password-file', this.#passwordFile]
    const role = ['--interface', 'br0', ...dhcpRoles[this.#role]]
    const args = [...place, ...access, ...role, ...(this.#order.options ?? [])]
    const main = join(root, 'apps/platform/src/main.ts')
    const child = startInside(this.#network.server, process.execPath, [main, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: plainEnvironment(),
    })
    this.#process = child
    const before = this.#log.length
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text
      })
    await until('the platform says that it is running', 60, () => {
      if (child.exitCode !== null) throw new Error(`the platform ended with ${child.exitCode}:\n${this.#log}`)
      return this.#log.slice(before).includes('is running')
    })
  }

  /** No time to save anything. What the kernel has not written yet survives, unlike in a power cut. */
  async kill(): Promise<void> {
    if (this.#process !== undefined) await end(this.#process, 'SIGKILL')
  }

  /** The last lines that it wrote. */
  log(lines: number): string {
    return this.#log.trimEnd().split('\n').slice(-lines).join('\n')
  }

  get wholeLog(): string {
    return this.#log
  }

  /** What the command `bootcast` printed. @throws when it fails, with its complaint */
  async cli(args: readonly string[], configHome = this.#home): Promise<string> {
    const bin = join(root, 'apps/cli/bin/bootcast.cjs')
    const inNetwork = ['netns', 'exec', this.#network.server, process.execPath, bin, ...args]
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
    await this.cli(['sign-in', url, '--user', name, '--password-file', this.#somebodysPassword], home)
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
    if (this.#process !== undefined) await end(this.#process)
    await rm(this.#home, { recursive: true, force: true })
  }
}

/** Without settings of whoever runs the suite. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BOOTCAST_')))
}
