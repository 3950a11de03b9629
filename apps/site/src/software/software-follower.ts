import { setTimeout as sleep } from 'node:timers/promises'
import type { BootLog } from '@bootcast/boot'
import { bringSoftware, type OfferedSoftware } from './bring-software.ts'
import type { RunningSoftware } from './running-software.ts'
import type { SoftwareVersions } from './software-versions.ts'

export type SoftwareFollowerSettings = {
  readonly versions: SoftwareVersions
  readonly running: Pick<RunningSoftware, 'digest'>
  readonly bytesOf: (software: OfferedSoftware, signal: AbortSignal) => AsyncIterable<Uint8Array>
  /** Whether now is a time for what nobody waits for. */
  readonly mayFetch: () => boolean
  /** No machine fetches what it boots. */
  readonly isQuiet: () => boolean
  /** What is newest shall run instead of this process. */
  readonly onBrought: () => void
  /** Which software runs is known, or `problem` says something else. */
  readonly onLooked: () => void
  readonly log: BootLog
  readonly delays?: Partial<typeof usualDelays>
}

const usualDelays = {
  lookMs: 1_000,
  /** So long a quiet moment is waited for. */
  longestWaitMs: 10 * 60_000,
  /** After a failure, doubled with each. */
  retryMs: 30_000,
  longestRetryMs: 60 * 60_000,
}

/** Keeps this site at the software of its platform: brings what its snapshot names, and asks to be started anew. */
export class SoftwareFollower {
  readonly #settings: SoftwareFollowerSettings
  readonly #delays: typeof usualDelays
  readonly #ending = new AbortController()
  #waking = new AbortController()
  #wanted: OfferedSoftware | undefined
  #running: Promise<void> | undefined
  #failures = 0
  #problem: string | undefined

  constructor(settings: SoftwareFollowerSettings) {
    this.#settings = settings
    this.#delays = { ...usualDelays, ...settings.delays }
  }

  /** Why this site does not run what its platform has, in words for people; until it is tried again with success. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** As the last snapshot says. */
  follow(wanted: OfferedSoftware | undefined): void {
    if (wanted?.digest === this.#wanted?.digest) return
    this.#wanted = wanted
    this.#problem = undefined
    this.#failures = 0
    this.#waking.abort()
    this.#running ??= this.#run()
  }

  /** What is being unpacked is waited for by nobody: the next start throws it away. */
  stop(): void {
    this.#ending.abort()
  }

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      this.#waking = new AbortController()
      const restMs = await this.#step(this.#wanted)
      this.#settings.onLooked()
      await this.#rest(restMs)
    }
  }

  /** How long to rest; `undefined`: until another version is wanted. */
  async #step(wanted: OfferedSoftware | undefined): Promise<number | undefined> {
    const { running, versions, mayFetch, log } = this.#settings
    if (wanted === undefined || wanted.digest === (await running.digest())) return undefined
    if (versions.isBad(wanted.digest)) {
      this.#tell(wanted, 'did not start here; an older one runs')
      return undefined
    }
    if (!mayFetch()) return this.#delays.lookMs
    try {
      await bringSoftware(wanted, { ...this.#settings, signal: this.#ending.signal })
      this.#tell(wanted, undefined)
      log('info', 'the software of the platform is here', { software: wordsFor(wanted) })
      return await this.#giveWay(wanted)
    } catch (error) {
      if (this.#ending.signal.aborted) return undefined
      const reason = error instanceof Error ? error.message : String(error)
      this.#tell(wanted, `could not be had: ${reason}`)
      log('warn', 'the software of the platform could not be had yet', { software: wordsFor(wanted), reason })
      return this.#retryMs()
    }
  }

  /** Nothing of a version that is no longer the wanted one. */
  #tell(wanted: OfferedSoftware, problem: string | undefined): void {
    if (this.#wanted !== wanted) return
    this.#problem = problem && `the software of the platform, ${wordsFor(wanted)}, ${problem}`.slice(0, 400)
  }

  /** Machines try again when a file breaks off; a moment in which none fetches one is better. */
  async #giveWay(wanted: OfferedSoftware): Promise<number | undefined> {
    const { isQuiet, onBrought } = this.#settings
    const until = Date.now() + this.#delays.longestWaitMs
    while (!isQuiet() && Date.now() < until && this.#wanted === wanted && !this.#ending.signal.aborted)
      await this.#rest(this.#delays.lookMs)
    if (this.#wanted !== wanted || this.#ending.signal.aborted) return 0
    onBrought()
    return undefined
  }

  #retryMs(): number {
    const { retryMs, longestRetryMs } = this.#delays
    this.#failures += 1
    return Math.min(longestRetryMs, retryMs * 2 ** Math.min(this.#failures - 1, 16))
  }

  async #rest(ms: number | undefined): Promise<void> {
    const signal = AbortSignal.any([this.#waking.signal, this.#ending.signal])
    if (ms !== undefined)
      return void (await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined))
    if (signal.aborted) return
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }
}

/** `0.1.0+1a2b3c4d`, as the site that runs it calls itself. */
export const wordsFor = ({ version, digest }: Pick<OfferedSoftware, 'version' | 'digest'>): string =>
  `${version}+${digest.slice('sha256:'.length, 'sha256:'.length + 8)}`
