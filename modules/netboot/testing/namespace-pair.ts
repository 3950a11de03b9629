import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Why no namespaces can be made here; `false` when they can. For `{ skip }` of a test. */
export function noNamespaces(): string | false {
  if (process.getuid?.() !== 0) return 'not root, so no network namespaces can be made'
  return spawnSync('ip', ['netns', 'list']).status === 0 ? false : 'no ip netns here (Debian: iproute2)'
}

/** Two network namespaces joined by a cable whose ends are both called `eth0`; the server's end has an address. */
export class NamespacePair {
  readonly server: string
  readonly client: string

  private constructor(name: string) {
    this.server = `${name}-server`
    this.client = `${name}-client`
  }

  /** @param address of the server with its prefix length, for instance `10.77.0.1/24` */
  static async make(name: string, address: string): Promise<NamespacePair> {
    const pair = new NamespacePair(`bootcast-${name}-${process.pid}`)
    await run('ip', ['netns', 'add', pair.server])
    await run('ip', ['netns', 'add', pair.client])
    const cable = ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pair.client]
    await run('ip', ['-n', pair.server, ...cable])
    await run('ip', ['-n', pair.server, 'address', 'add', address, 'dev', 'eth0'])
    for (const end of [pair.server, pair.client]) {
      await run('ip', ['-n', end, 'link', 'set', 'lo', 'up'])
      await run('ip', ['-n', end, 'link', 'set', 'eth0', 'up'])
    }
    return pair
  }

  /** Runs a command at the client's end; its output, errors included, whatever its exit code. */
  async atClient(...command: string[]): Promise<string> {
    const args = ['netns', 'exec', this.client, ...command]
    const { stdout, stderr } = await run('ip', args, { timeout: 60_000 }).catch(
      (error: { stdout?: string; stderr?: string }) => ({ stdout: '', stderr: String(error), ...error }),
    )
    return `${stdout}\n${stderr}`
  }

  /** Starts a command at the server's end, and waits for a line of its output. End it with `stopped`. */
  async startAtServer(line: RegExp, ...command: string[]): Promise<ChildProcess> {
    const child = spawn('ip', ['netns', 'exec', this.server, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    const heard = new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream }).on('line', (text) => {
          said += `${text}\n`
          if (line.test(text)) resolve()
        })
      child.once('exit', () => reject(new Error(`${command[0]} ended:\n${said}`)))
    })
    await heard
    return child
  }

  /** Removes both; what runs there must have been stopped. */
  async remove(): Promise<void> {
    for (const name of [this.server, this.client]) await run('ip', ['netns', 'delete', name])
  }
}

/** Ends a process and waits until it has. */
export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
