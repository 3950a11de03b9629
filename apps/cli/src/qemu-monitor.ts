import type { ChildProcess } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'

const patienceMs = 10_000
/** A line of QEMU's has some hundred bytes. */
const mostCharacters = 1024 * 1024

/**
 * QEMU's own protocol (QMP, docs/interop/qmp-spec.rst of QEMU) on its standard input and output: one line of JSON for
 * each command, answer and event. Nobody else can reach it. Each command gives up after 10 s.
 */
export class QemuMonitor {
  readonly #child: ChildProcess
  readonly #answers = new Map<number, (isDone: boolean) => void>()
  readonly #ready: Promise<boolean>
  #count = 0
  #rest = ''
  #isStopped = false

  constructor(child: ChildProcess) {
    this.#child = child
    child.stdin?.on('error', () => undefined)
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#read(text))
    child.once('exit', () => this.#hangUp())
    child.once('error', () => this.#hangUp())
    this.#ready = this.#ask('qmp_capabilities')
  }

  /** The machine has switched itself off, or wanted to start anew; what it showed is still there. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  /** The screen as it is now, PPM; `undefined`: QEMU does not tell. */
  async screen(path: string): Promise<Buffer | undefined> {
    try {
      if (!(await this.#ready) || !(await this.#ask('screendump', { filename: path }))) return undefined
      return await readFile(path).catch(() => undefined)
    } finally {
      await rm(path, { force: true })
    }
  }

  /** Whether it was done. */
  #ask(execute: string, more?: Readonly<Record<string, unknown>>): Promise<boolean> {
    this.#count += 1
    const id = this.#count
    return new Promise((resolve) => {
      const done = (isDone: boolean) => {
        clearTimeout(timer)
        this.#answers.delete(id)
        resolve(isDone)
      }
      const timer = setTimeout(() => done(false), patienceMs)
      this.#answers.set(id, done)
      const line = JSON.stringify({ execute, id, ...(more && { arguments: more }) })
      this.#child.stdin?.write(`${line}\n`)
    })
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = (lines.pop() ?? '').slice(-mostCharacters)
    for (const line of lines) this.#hear(line)
  }

  #hear(line: string): void {
    const { id, event, error } = said(line)
    if (event === 'SHUTDOWN') this.#isStopped = true
    if (typeof id === 'number') this.#answers.get(id)?.(error === undefined)
  }

  #hangUp(): void {
    for (const done of [...this.#answers.values()]) done(false)
  }
}

type Said = { readonly id?: unknown; readonly event?: unknown; readonly error?: unknown }

function said(line: string): Said {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
