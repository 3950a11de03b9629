import type { Publications } from '../publishing/publications.ts'
import type { MadeInput } from '../publishing/take-input.ts'
import { type Build, type BuildProblem, BuildRefused, BuildStopped, stateAfter } from './build.ts'
import { BuildLog } from './build-log.ts'
import type { Builder, CommandBuilder, WebhookBuilder } from './builder.ts'
import type { Report } from './builds.ts'
import { madeIn } from './output.ts'
import { noteOf, ProgressLines } from './progress-lines.ts'
import { runCommand } from './run-command.ts'
import { beginJob, cancelJob, delivered } from './webhook.ts'
import type { Workplace } from './workplace.ts'

/** What all jobs work with. */
export type BuildTools = {
  readonly workplace: Workplace
  readonly publications: Pick<Publications, 'start' | 'ended' | 'cancel'>
  /** Where the other end of a webhook reports. */
  readonly reportUrl: (id: string) => string
  /** An error as people are told it; what it was is in the log under the name of the incident. */
  readonly problemOf: (error: unknown, incident: string) => BuildProblem
  readonly now: () => number
  readonly pause: (ms: number) => Promise<unknown>
}

/** How a build ended. */
export type Ending = Pick<Build, 'state' | 'percent' | 'note' | 'release' | 'problem' | 'endedAt'>

const usualGraceMs = 5_000
/** So long is waited for a publication that was cancelled, which may be done a moment before. */
const lastMomentMs = 1_000
/** Whoever else may have ended it is noticed after this time at the latest. */
const savedAnewMs = 10_000

/** One build, from its turn to its end. */
export class BuildJob {
  readonly builder: Builder
  /** What the other end of a webhook shows that it is that. */
  readonly token: string
  readonly log = new BuildLog()
  readonly #tools: BuildTools
  readonly #stopping = new AbortController()
  readonly #over = Promise.withResolvers<void>()
  readonly #told = Promise.withResolvers<MadeInput>()
  #build: Build
  #isTold = false
  #graceMs = usualGraceMs
  #changedAt = 0
  #savedAt = 0

  constructor(build: Build, builder: Builder, token: string, tools: BuildTools) {
    this.#build = build
    this.builder = builder
    this.token = token
    this.#tools = tools
    // A failure that is told when nobody waits any more.
    this.#told.promise.catch(() => undefined)
  }

  get build(): Build {
    return { ...this.#build, logLength: this.log.length }
  }

  get signal(): AbortSignal {
    return this.#stopping.signal
  }

  /** Whether there is something new to keep; asked again, only what has come since. */
  isChanged(): boolean {
    const now = performance.now()
    if (this.#changedAt <= this.#savedAt && now - this.#savedAt < savedAnewMs) return false
    this.#savedAt = now
    return true
  }

  /** Ends it and waits until it is over. */
  async stop(why: BuildStopped, { graceMs = usualGraceMs } = {}): Promise<void> {
    this.#graceMs = graceMs
    this.#stopping.abort(why)
    await this.#over.promise
  }

  /** It is written down how it ended. */
  end(ending: Ending): void {
    this.#build = { ...this.#build, ...ending }
    this.#over.resolve()
  }

  /** @throws {BuildRefused} for an output that is not taken, or a second one */
  report({ percent, note, log, failed, output }: Report): void {
    if (this.#isTold) throw new BuildRefused('build_ended', 'It was told before how the job ended.')
    const made = output && this.builder.kind === 'webhook' ? delivered(this.builder, output) : undefined
    if (log !== undefined) this.#write(log)
    this.#change({
      percent: percent === undefined ? this.#build.percent : Math.floor(percent),
      note: note === undefined ? this.#build.note : noteOf(note),
    })
    if (made === undefined && failed === undefined) return
    this.#isTold = true
    if (made !== undefined) this.#told.resolve(made)
    else
      this.#told.reject(new BuildStopped('build_failed', noteOf(failed ?? '') ?? 'The builder says no more.'))
  }

  /** Makes the release. Never rejects. */
  async run(): Promise<Ending> {
    const late = new BuildStopped(
      'build_timed_out',
      `It took more than ${this.builder.timeoutSeconds} seconds.`,
    )
    let limit: NodeJS.Timeout | undefined
    try {
      this.signal.throwIfAborted()
      this.#change({ state: 'running', beganAt: this.#tools.now() })
      limit = setTimeout(() => this.#stopping.abort(late), this.builder.timeoutSeconds * 1000)
      const input = await this.#made(this.builder)
      clearTimeout(limit)
      this.#change({ state: 'publishing', percent: undefined, note: undefined })
      const release = await this.#published(input)
      return { ...this.#ended(), state: 'done', release }
    } catch (error) {
      const problem = this.#tools.problemOf(error, `build ${this.#build.id}`)
      return { ...this.#ended(), state: stateAfter(problem.code), problem }
    } finally {
      clearTimeout(limit)
    }
  }

  #ended(): Ending {
    const nothing = { percent: undefined, note: undefined, release: undefined, problem: undefined }
    return { ...nothing, state: 'done', endedAt: this.#tools.now() }
  }

  async #made(builder: Builder): Promise<MadeInput> {
    return builder.kind === 'command' ? await this.#commanded(builder) : await this.#asked(builder)
  }

  async #commanded(builder: CommandBuilder): Promise<MadeInput> {
    const { workplace } = this.#tools
    const { id, image } = this.#build
    await workplace.prepare(id)
    const lines = new ProgressLines((progress) => this.#change(progress))
    await runCommand({
      ...{ id, command: builder.command, directory: builder.directory },
      environment: workplace.environmentFor(this.#build, builder),
      onText: (text, stream) => {
        this.#write(text)
        if (stream === 'stdout') lines.take(text)
      },
      signal: this.signal,
      graceMs: () => this.#graceMs,
    })
    return await madeIn(workplace.output(id), image, builder.output)
  }

  async #asked(builder: WebhookBuilder): Promise<MadeInput> {
    const callback = { report: this.#tools.reportUrl(this.#build.id), token: this.token }
    try {
      this.#change({ job: await beginJob(builder, this.#build, callback, this.signal) })
      return await Promise.race([this.#told.promise, rejectedBy(this.signal)])
    } catch (error) {
      // One that was asked and has not answered may have begun all the same.
      const isUnanswered = error instanceof BuildStopped && error.cause !== undefined
      if (this.signal.aborted || isUnanswered) await cancelJob(builder, this.#build)
      throw error
    }
  }

  /** The number of the release. */
  async #published(input: MadeInput): Promise<number | undefined> {
    const { publications, pause } = this.#tools
    const { image, askedBy: user, channel } = this.#build
    this.signal.throwIfAborted()
    const { id } = publications.start({ image, user, channel, input, ...this.builder.publish })
    const ended = publications.ended(id, user)
    const stopped = rejectedBy(this.signal)
    const how = await Promise.race([ended, stopped]).catch(async (why: unknown) => {
      publications.cancel(id, user).catch(() => undefined)
      const late = await Promise.race([ended, pause(lastMomentMs).then(() => undefined)])
      if (late?.state === 'done') return late
      throw why
    })
    if (how.state !== 'done') throw how.error
    return how.release?.number
  }

  #write(text: string): void {
    this.log.append(text)
    this.#changedAt = performance.now()
  }

  #change(more: Partial<Build>): void {
    this.#build = { ...this.#build, ...more }
    this.#changedAt = performance.now()
  }
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}
