import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { end, plainEnvironment, startInside, until } from './processes.ts'

const root = join(import.meta.dirname, '../../..')

export type ProgramOrder = {
  readonly namespace: string
  /** The file that is run, by its path in the project. */
  readonly main: string
  readonly args: readonly string[]
}

/** A program of the project as an operator runs it: it can be killed and started again. */
export class ProgramProcess implements AsyncDisposable {
  readonly #order: ProgramOrder
  #process: ChildProcess | undefined
  #log = ''

  constructor(order: ProgramOrder) {
    this.#order = order
  }

  /** Fulfilled when it says that it is running. */
  async start(): Promise<void> {
    const { namespace, main, args } = this.#order
    const child = startInside(namespace, process.execPath, [join(root, main), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: plainEnvironment(),
    })
    this.#process = child
    const before = this.#log.length
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text
      })
    await until(`${main} says that it is running`, 60, () => {
      if (child.exitCode !== null) throw new Error(`${main} ended with ${child.exitCode}:\n${this.#log}`)
      return this.#log.slice(before).includes('is running')
    })
  }

  /** As an operator stops it. */
  async stop(): Promise<void> {
    if (this.#process !== undefined) await end(this.#process)
  }

  /** No time to save anything. What the kernel has not written yet survives, unlike in a power cut. */
  async kill(): Promise<void> {
    if (this.#process !== undefined) await end(this.#process, 'SIGKILL')
  }

  /** The exit code of the last run; `undefined` while it runs, or when a signal ended it. */
  get exitCode(): number | undefined {
    return this.#process?.exitCode ?? undefined
  }

  /** The last lines that it wrote, in all its runs. */
  log(lines: number): string {
    return this.#log.trimEnd().split('\n').slice(-lines).join('\n')
  }

  get wholeLog(): string {
    return this.#log
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
