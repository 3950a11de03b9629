import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { scratchDirectory } from './lab-run.ts'
import { addPort } from './namespaces.ts'
import { end, run, startInside, until } from './processes.ts'

export type LineOrder = {
  readonly mbit: number
  /** One way. */
  readonly delayMs: number
  /** Of the frames, in each direction. */
  readonly lossPercent: number
  /** How much may wait to be sent; more is lost. */
  readonly queueKiB: number
}

/** An ordinary line of a small place: 40 ms there and back. */
export const usualLine: LineOrder = { mbit: 50, delayMs: 20, lossPercent: 0.5, queueKiB: 1024 }

let program: Promise<string> | undefined

/** Two ports of a namespace with a long line between them. */
export class WanLine {
  readonly #namespace: string
  #process: ChildProcess | undefined

  private constructor(namespace: string) {
    this.#namespace = namespace
  }

  /** @param ports bridges of the namespace, one for each end */
  static async lay(namespace: string, ports: readonly [string, string], order: LineOrder): Promise<WanLine> {
    const line = new WanLine(namespace)
    for (const [index, bridge] of ports.entries()) {
      await run('ip', ['-n', namespace, 'tuntap', 'add', 'dev', `line${index}`, 'mode', 'tap'])
      await addPort(namespace, bridge, `line${index}`)
    }
    await line.become(order)
    return line
  }

  /** Another line in its place; what is under way is lost. */
  async become({ mbit, delayMs, lossPercent, queueKiB }: LineOrder): Promise<void> {
    await this.end()
    program ??= compiled()
    const numbers = [mbit, delayMs, lossPercent, queueKiB].map(String)
    const child = startInside(this.#namespace, await program, ['line0', 'line1', ...numbers], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
    await until('the line carries', 10, () => {
      if (child.exitCode !== null) throw new Error(`the line ended with ${child.exitCode}: ${said}`)
      return said.includes('ready')
    })
    // The rest of this run ends it with its namespace.
    child.unref()
  }

  /** Cut, it carries nothing, nor what is under way; whoever is behind the bridges keeps the link of their interface. */
  async setLink(state: 'up' | 'down'): Promise<void> {
    for (const port of ['line0', 'line1'])
      await run('ip', ['-n', this.#namespace, 'link', 'set', port, state])
  }

  async end(): Promise<void> {
    if (this.#process !== undefined) await end(this.#process)
  }
}

async function compiled(): Promise<string> {
  const path = join(scratchDirectory(), 'wan-line')
  await run('gcc', ['-O2', '-Wall', '-o', path, join(import.meta.dirname, 'wan-line.c')])
  return path
}
