import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratchDirectory } from './lab-run.ts'
import { addBridge, addCable, addPort, bringUp, Namespaces } from './namespaces.ts'
import { inside, run, startInside, until } from './processes.ts'

/** Where the platform under test is, in the namespace `server`. */
export const serverAddress = '10.77.0.1'
/** Where another DHCP server is, in the namespace `other`. */
export const otherAddress = '10.77.0.2'

/**
 * An isolated network of namespaces, in nobody's way: several stand side by side with the same addresses.
 *
 *     server  bridge br0 10.77.0.1/24 ── taps, one for each machine (QEMU runs in here)
 *               ├─ veth ── other   eth0 10.77.0.2/24: router advertisements; a DHCP server when a case wants one
 *               └─ veth ── client  eth0, no address: packets replayed as another machine
 */
export class LabNetwork {
  readonly server: string
  readonly other: string
  readonly client: string
  readonly #namespaces = new Namespaces()

  private constructor() {
    this.server = this.#namespaces.nameOf('server')
    this.other = this.#namespaces.nameOf('other')
    this.client = this.#namespaces.nameOf('client')
  }

  static async open(): Promise<LabNetwork> {
    const network = new LabNetwork()
    try {
      await network.#build()
    } catch (error) {
      network.close()
      throw error
    }
    return network
  }

  async #build(): Promise<void> {
    for (const part of ['server', 'other', 'client']) await this.#namespaces.add(part)
    await addBridge(this.server, 'br0', [`${serverAddress}/24`, 'fd77::1/64'])
    await this.#plug('v-other', this.other, [`${otherAddress}/24`, 'fd77::2/64'])
    await this.#plug('v-client', this.client, [])
    // Checksums left to the network card that veth does not have: firmware drops such packets.
    await run('ip', ['netns', 'exec', this.other, 'ethtool', '-K', 'eth0', 'tx', 'off'])
    await run('ip', ['netns', 'exec', this.server, 'ethtool', '-K', 'br0', 'tx', 'off'])
    await this.#advertiseRouter()
  }

  async #plug(port: string, namespace: string, addresses: readonly string[]): Promise<void> {
    const end = { namespace, name: 'eth0' }
    await addCable({ namespace: this.server, name: port }, end)
    await addPort(this.server, 'br0', port)
    await bringUp(end, addresses)
  }

  /** Without an IPv6 router every iPXE waits 13 s for one. */
  async #advertiseRouter(): Promise<void> {
    const args = ['--enable-ra', '--ra-param=eth0,10,0', '--dhcp-range=fd77::,ra-only']
    await this.#dnsmasq(args, join(scratchDirectory(), 'router.log'), 'router advertisement on fd77::')
  }

  /** An ordinary DHCP server beside the platform; without `more` it says no word about booting. */
  async startPlainDhcp(log: string, more: readonly string[] = []): Promise<void> {
    const range = ['--dhcp-range=10.77.0.100,10.77.0.199,1h', `--dhcp-option=3,${otherAddress}`]
    const behaviour = ['--dhcp-authoritative', '--no-ping', '--log-dhcp']
    await this.#dnsmasq([...range, ...behaviour, ...more], log, 'DHCP, IP range 10.77.0.100')
  }

  async #dnsmasq(args: readonly string[], log: string, readyWords: string): Promise<void> {
    const common = ['--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--interface=eth0']
    const files = ['--bind-interfaces', '--user=root', '--pid-file=', '--dhcp-leasefile=/dev/null']
    writeFileSync(log, '')
    const all = [...common, ...files, `--log-facility=${log}`, ...args]
    const child = startInside(this.other, 'dnsmasq', all, { stdio: 'ignore' })
    // Ends with its namespace.
    child.unref()
    await until('dnsmasq serves the second namespace', 10, () => {
      if (child.exitCode !== null) throw new Error(`dnsmasq ended with ${child.exitCode}; ${log}`)
      return readFileSync(log, 'utf8').includes(readyWords)
    })
  }

  /** Adds a port to the bridge for a machine. */
  async addTap(name: string): Promise<void> {
    await run('ip', ['-n', this.server, 'tuntap', 'add', 'dev', name, 'mode', 'tap'])
    await addPort(this.server, 'br0', name)
  }

  async removeTap(name: string): Promise<void> {
    await run('ip', ['-n', this.server, 'link', 'del', name])
  }

  /** What a command in a namespace printed. */
  async run(namespace: string, command: string, args: readonly string[]): Promise<string> {
    return run(...inside(namespace, command, args))
  }

  /** Ends what runs in the namespaces and removes them; synchronous, for the last moment of a process too. */
  close(): void {
    this.#namespaces.remove()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
