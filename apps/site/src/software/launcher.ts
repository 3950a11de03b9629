import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SoftwareVersion, SoftwareVersions } from './software-versions.ts'

/*
 * The launcher is that of the installation, and may be years older than what it starts. All that both know:
 * DATA/software as `SoftwareVersions` has it; the arguments; the variable `launchedVariable`, and a channel whose end
 * says that the launcher is gone; the exit code `restartCode`.
 */

/** "Start what is newest now." EX_TEMPFAIL of sysexits(3). */
export const restartCode = 75
/** Set for what was launched. */
export const launchedVariable = 'BOOTCAST_SITE_LAUNCHED'

export type LauncherSettings = {
  readonly versions: SoftwareVersions
  /** The main.ts of the installation: it runs when no version of the upstream does. */
  readonly installed: string
  readonly argv: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields: Record<string, unknown>) => void
  /** A version that fails sooner than that after its start did not start. */
  readonly settledMs?: number
  readonly pauseMs?: number
}

const usualSettledMs = 60_000
const usualPauseMs = 1_000
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

export const isLaunched = (env: NodeJS.ProcessEnv): boolean =>
  env[launchedVariable] !== undefined && process.channel !== undefined

/** Ends with its launcher, as if that had sent SIGTERM. */
export function endWithLauncher(): void {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel?.unref()
}

/**
 * Runs the newest version after another until one ends for good; its exit code. A version that fails twice right after
 * its start is bad: the one before runs instead, at last the installed one. When that fails as well it was not the
 * fault of the versions, and they are tried again the next time.
 */
export async function launch(settings: LauncherSettings): Promise<number> {
  const { versions, pauseMs = usualPauseMs } = settings
  using launched = new Launched(settings)
  const failures = new Failures(settings)
  for (;;) {
    const version = versions.newest()
    const ending = await launched.run(version)
    if (launched.isStopping || isForGood(ending, settings)) return ending.code
    // It may have brought another one.
    if (versions.newest()?.digest !== version?.digest) continue
    if ((await failures.add(version, ending.code)) === 'nothing is left') return ending.code
    await sleep(pauseMs)
    if (launched.isStopping) return 0
  }
}

type Ending = { readonly code: number; readonly afterMs: number }

const isForGood = ({ code, afterMs }: Ending, { settledMs = usualSettledMs }: LauncherSettings): boolean =>
  code === 0 || (code !== restartCode && afterMs >= settledMs)

/** Starts that failed, one version after another. */
class Failures {
  readonly #settings: Pick<LauncherSettings, 'versions' | 'log'>
  readonly #given = new Set<string>()
  #last: { readonly digest: string | undefined } | undefined

  constructor(settings: Pick<LauncherSettings, 'versions' | 'log'>) {
    this.#settings = settings
  }

  async add(version: SoftwareVersion | undefined, code: number): Promise<'go on' | 'nothing is left'> {
    const { versions, log } = this.#settings
    const software = version === undefined ? 'as installed' : `${version.version} ${version.digest}`
    log('error', 'the site ended right after its start', { software, code })
    const isFirst = this.#last === undefined || this.#last.digest !== version?.digest
    this.#last = { digest: version?.digest }
    if (isFirst) return 'go on'
    if (version === undefined) {
      if (this.#given.size > 0) await versions.forgive(this.#given)
      return 'nothing is left'
    }
    this.#given.add(version.digest)
    await versions.markBad(version.digest)
    log('error', 'this software does not start here; the one before runs instead', { software })
    return 'go on'
  }
}

/** One process at a time; signals go to it. */
class Launched implements Disposable {
  readonly #settings: LauncherSettings
  readonly #pass = (signal: NodeJS.Signals) => {
    this.isStopping = true
    // A terminal sends its signals to the whole process group.
    if (!(process.stdin.isTTY && signal === 'SIGINT')) this.#child?.kill(signal)
  }
  #child: ChildProcess | undefined
  isStopping = false

  constructor(settings: LauncherSettings) {
    this.#settings = settings
    for (const signal of signals) process.on(signal, this.#pass)
  }

  run(version: SoftwareVersion | undefined): Promise<Ending> {
    const since = performance.now()
    const { versions, installed, argv, env } = this.#settings
    const program = version === undefined ? installed : versions.programOf(version.digest)
    const child = spawn(process.execPath, [program, ...argv], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...env, [launchedVariable]: '1' },
    })
    this.#child = child
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) =>
        resolve({
          code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
          afterMs: performance.now() - since,
        }),
      )
    })
  }

  [Symbol.dispose](): void {
    for (const signal of signals) process.off(signal, this.#pass)
  }
}
