import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const main = join(import.meta.dirname, '../src/main.ts')

export type PlatformProcess = {
  readonly child: ChildProcess
  /** All of standard output and standard error so far. */
  readonly said: () => string
  /** When it listens. */
  readonly url: string
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

const environment = {
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
}

/** Runs main.ts on loopback until it listens. @throws with what it said when it ends before */
export async function startPlatformProcess(dir: string, ...more: string[]): Promise<PlatformProcess> {
  const running = runPlatform([...usualArguments(dir), ...more])
  const url = await Promise.race([
    running.until(/^ {2}(http:\/\/127\.0\.0\.1:\d+)$/m),
    running.ended.then((code) => {
      throw new Error(`it ended with ${code}:\n${running.said()}`)
    }),
  ])
  return {
    ...running,
    url,
    stop: async (signal = 'SIGTERM') => {
      running.child.kill(signal)
      return await running.ended
    },
  }
}

export const usualArguments = (dir: string): string[] => [
  ...['--data', join(dir, 'data'), '--loaders', join(dir, 'loaders')],
  ...['--listen', '127.0.0.1:0', '--tftp-port', 'off'],
]

/** Runs main.ts with these arguments alone. */
export function runPlatform(args: readonly string[]) {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  })
  const parts: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => parts.push(part.toString()))
  const said = () => parts.join('')
  const ended = once(child, 'close').then(([code]) => code as number | null)
  /** The first group of the pattern, as soon as it was said. */
  const until = (pattern: RegExp) =>
    new Promise<string>((resolve) => {
      const look = () => {
        const found = pattern.exec(said())?.[1]
        if (found !== undefined) resolve(found)
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
    })
  return { child, said, ended, until }
}
