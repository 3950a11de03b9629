import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeLeaving, isLeftover, removeLeftoverFiles, runName, scratchDirectory } from './lab-run.ts'
import { inside, run, startInside, until } from './processes.ts'

/** Where the platform under test is, in the namespace `server`. */
export const serverAddress = '10.77.0.1'
/** Where another DHCP server is, in the namespace `other`. */
export const otherAddress = '10.77.0.2'

const open = new Set<LabNetwork>()
let made = 0

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

  private constructor(name: string) {
    this.server = `${name}-server`
    this.other = `${name}-other`
    this.client = `${name}-client`
  }

  static async open(): Promise<LabNetwork> {
    made += 1
    const network = new LabNetwork(`${runName}-${made}`)
    if (made === 1) {
      removeLeftoverFiles()
      removeLeftoverNamespaces()
      beforeLeaving(() => {
        for (const each of [...open]) each.close()
      })
    }
    open.add(network)
    try {
      await network.#build()
    } catch (error) {
      network.close()
      throw error
    }
    return network
  }

  async #build(): Promise<void> {
    for (const name of this.#names()) {
      await run('ip', ['netns', 'add', name])
      await run('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
    }
    // A port forwards at once; with the bridge's usual delay DHCP times out.
    const bridge = ['type', 'bridge', 'stp_state', '0', 'forward_delay', '0', 'mcast_snooping', '0']
    await run('ip', ['-n', this.server, 'link', 'add', 'br0', ...bridge])
    await run('ip', ['-n', this.server, 'addr', 'add', `${serverAddress}/24`, 'dev', 'br0'])
    await run('ip', ['-n', this.server, 'addr', 'add', 'fd77::1/64', 'dev', 'br0', 'nodad'])
    await run('ip', ['-n', this.server, 'link', 'set', 'br0', 'up'])
    await this.#plug('v-other', this.other)
    await this.#plug('v-client', this.client)
    await run('ip', ['-n', this.other, 'addr', 'add', `${otherAddress}/24`, 'dev', 'eth0'])
    await run('ip', ['-n', this.other, 'addr', 'add', 'fd77::2/64', 'dev', 'eth0', 'nodad'])
    // Checksums left to the network card that veth does not have: firmware drops such packets.
    await run('ip', ['netns', 'exec', this.other, 'ethtool', '-K', 'eth0', 'tx', 'off'])
    await run('ip', ['netns', 'exec', this.server, 'ethtool', '-K', 'br0', 'tx', 'off'])
    await this.#advertiseRouter()
  }

  #names(): readonly string[] {
    return [this.server, this.other, this.client]
  }

  async #plug(port: string, namespace: string): Promise<void> {
    const peer = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace]
    await run('ip', ['-n', this.server, 'link', 'add', port, ...peer])
    await run('ip', ['-n', this.server, 'link', 'set', port, 'master', 'br0', 'up'])
    await run('ip', ['-n', namespace, 'link', 'set', 'eth0', 'up'])
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
    await run('ip', ['-n', this.server, 'link', 'set', name, 'master', 'br0', 'up'])
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
    open.delete(this)
    for (const name of this.#names()) removeNamespace(name)
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** Namespaces of runs that were killed before they could clean up. */
function removeLeftoverNamespaces(): void {
  const listed = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout
  const names = listed.split('\n').map((line) => line.split(' ')[0] ?? '')
  for (const name of names.filter(isLeftover)) removeNamespace(name)
}

function removeNamespace(name: string): void {
  const pids = () =>
    spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean)
      .map(Number)
  for (const pid of pids()) kill(pid)
  for (let tries = 0; tries < 50 && pids().length > 0; tries += 1) spawnSync('sleep', ['0.05'])
  spawnSync('ip', ['netns', 'del', name])
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
