import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { run } from '../src/program.ts'
import type { World } from '../src/world.ts'
import { fakeToken } from './fake-platform.ts'

export type Said = { readonly exitCode: number; readonly stdout: string; readonly stderr: string }

export type Setting = Partial<Omit<World, 'stdout' | 'stderr' | 'stdin'>> & {
  /** Columns of a terminal; absent: output goes to files. */
  readonly columns?: number
  readonly stdin?: string
}

export const now = Date.parse('2026-11-23T12:00:00Z')

/** A user at a command line of their own: runs commands in this process and gives what they said. */
export class CommandLine implements AsyncDisposable {
  readonly dir: string
  readonly #setting: Setting
  readonly waits: number[] = []

  private constructor(dir: string, setting: Setting) {
    this.dir = dir
    this.#setting = setting
  }

  static async open(setting: Setting = {}): Promise<CommandLine> {
    return new CommandLine(await mkdtemp(join(tmpdir(), 'bootcast-cli-')), setting)
  }

  /** With this platform and a token for it in the environment. */
  static async at(url: string, setting: Setting = {}): Promise<CommandLine> {
    return CommandLine.open({ url, token: fakeToken, ...setting })
  }

  path(name: string): string {
    return join(this.dir, name)
  }

  async run(args: readonly string[], more: Setting = {}): Promise<Said> {
    const { columns, stdin, ...rest } = { ...this.#setting, ...more }
    const said = { stdout: '', stderr: '' }
    const screen = (name: 'stdout' | 'stderr') => ({
      write: (text: string) => {
        said[name] += text
      },
      isTTY: columns !== undefined,
      columns,
    })
    const exitCode = await run(
      {
        stdin: Readable.from(stdin === undefined ? [] : [stdin]),
        stdout: screen('stdout'),
        stderr: screen('stderr'),
        hostName: 'anns-laptop',
        configDir: this.path('config'),
        mayColour: false,
        mayRedraw: true,
        now: () => now,
        wait: async (milliseconds) => {
          this.waits.push(milliseconds)
        },
        signal: new AbortController().signal,
        ...rest,
      },
      '0.0.0-test',
      args,
    )
    return { exitCode, ...said }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.dir, { recursive: true, force: true })
  }
}
