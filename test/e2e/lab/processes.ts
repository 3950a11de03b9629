import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const execFileAsync = promisify(execFile)

/** What a command printed. @throws with its arguments and what it wrote to standard error */
export async function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  try {
    const { stdout } = await execFileAsync(command, [...args], {
      maxBuffer: 64 * 2 ** 20,
      ...options,
      env: { ...(options.env ?? process.env), LC_ALL: 'C' },
    })
    return stdout
  } catch (error) {
    const { stderr, stdout, code } = error as { stderr?: string; stdout?: string; code?: unknown }
    const said = (stderr || stdout || (error as Error).message).trim()
    throw new Error(`${command} ${args.join(' ')} (${code}): ${said}`, { cause: error })
  }
}

/** The command line that runs something in a namespace, and ends it when this process is gone, even by SIGKILL. */
export function inside(namespace: string, command: string, args: readonly string[]): [string, string[]] {
  return ['ip', ['netns', 'exec', namespace, 'setpriv', '--pdeathsig', 'KILL', '--', command, ...args]]
}

export function startInside(
  namespace: string,
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  return spawn(...inside(namespace, command, args), options)
}

/** Ends a process; one that does not obey SIGTERM within 5 s is killed. */
export async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = once(child, 'exit')
  child.kill(signal)
  const impatient = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await gone
  clearTimeout(impatient)
}

/** Waits until `ready` says yes. @throws {Error} naming what was waited for */
export async function until(
  what: string,
  seconds: number,
  ready: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (!(await ready())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Without settings of whoever runs the suite. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BOOTCAST_')))
}
