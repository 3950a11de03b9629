import { spawnSync } from 'node:child_process'
import { beforeLeaving, isLeftover, removeLeftoverFiles, runName } from './lab-run.ts'
import { run } from './processes.ts'

const open = new Set<Namespaces>()
let made = 0

/** The namespaces of one network of the lab. They go with this process, however it ends. */
export class Namespaces {
  readonly #prefix: string
  readonly #names: string[] = []

  constructor() {
    made += 1
    this.#prefix = `${runName}-${made}`
    if (made === 1) {
      removeLeftoverFiles()
      removeLeftoverNamespaces()
      beforeLeaving(() => {
        for (const each of [...open]) each.remove()
      })
    }
    open.add(this)
  }

  nameOf(part: string): string {
    return `${this.#prefix}-${part}`
  }

  async add(part: string): Promise<void> {
    const name = this.nameOf(part)
    this.#names.push(name)
    await run('ip', ['netns', 'add', name])
    await run('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
  }

  /** Ends what runs in them and removes them; synchronous, for the last moment of a process too. */
  remove(): void {
    open.delete(this)
    for (const name of this.#names.splice(0)) removeNamespace(name)
  }
}

/** Without addresses it only joins its ports. */
export async function addBridge(
  namespace: string,
  name: string,
  addresses: readonly string[],
): Promise<void> {
  // A port forwards at once; with the bridge's usual delay DHCP times out.
  const bridge = ['type', 'bridge', 'stp_state', '0', 'forward_delay', '0', 'mcast_snooping', '0']
  await run('ip', ['-n', namespace, 'link', 'add', name, ...bridge])
  await addAddresses(namespace, name, addresses)
  await run('ip', ['-n', namespace, 'link', 'set', name, 'up'])
}

/** An interface that is there becomes a port of the bridge. */
export async function addPort(namespace: string, bridge: string, name: string): Promise<void> {
  await run('ip', ['-n', namespace, 'link', 'set', name, 'master', bridge, 'up'])
}

type CableEnd = { readonly namespace: string; readonly name: string }

/** Two interfaces joined by a cable; both are down. */
export async function addCable(one: CableEnd, other: CableEnd): Promise<void> {
  const peer = ['type', 'veth', 'peer', 'name', other.name, 'netns', other.namespace]
  await run('ip', ['-n', one.namespace, 'link', 'add', one.name, ...peer])
}

/** @param addresses with prefix lengths */
export async function bringUp({ namespace, name }: CableEnd, addresses: readonly string[]): Promise<void> {
  await addAddresses(namespace, name, addresses)
  await run('ip', ['-n', namespace, 'link', 'set', name, 'up'])
}

async function addAddresses(namespace: string, name: string, addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    const atOnce = address.includes(':') ? ['nodad'] : []
    await run('ip', ['-n', namespace, 'addr', 'add', address, 'dev', name, ...atOnce])
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
