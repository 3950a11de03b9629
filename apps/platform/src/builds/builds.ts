import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Build, type BuildPlan, BuildRefused, BuildStopped, noBuild, type Parameters } from './build.ts'
import { BuildJob, type BuildTools, type Ending } from './build-job.ts'
import { logFrom } from './build-log.ts'
import type { BuildQuery, BuildStore } from './build-store.ts'
import { type Builder, type Builders, builderIn, parametersFor } from './builder.ts'

export type BuildsSettings = BuildTools & {
  readonly builders: Builders
  readonly store: BuildStore
  readonly newId: () => string
  /** Something could not be written down or cleaned away. */
  readonly onError: (error: unknown) => void
}

/** What somebody outside tells of a job. */
export type Report = {
  readonly percent?: number | undefined
  readonly note?: string | undefined
  readonly log?: string | undefined
  readonly failed?: string | undefined
  readonly output?: { readonly url: string; readonly digest: string } | undefined
}

/** Of an image, that have ended. */
const mostKept = 20
const mostWaiting = 50
/** Programs of this computer at the same time. */
const atOnce = 2
const saveMs = 2_000

/**
 * Which builder makes which image, and the runs of them. A run does not outlive this process: what the store has of one
 * that did not end is told as lost when the platform starts. Memory: a log of bounded length for each that is under way.
 */
export class Builds {
  readonly #settings: BuildsSettings
  readonly #jobs = new Map<string, BuildJob>()
  readonly #queue: (() => void)[] = []
  readonly #saving: NodeJS.Timeout
  #running = 0
  #isStopping = false

  private constructor(settings: BuildsSettings) {
    this.#settings = settings
    this.#saving = setInterval(() => void this.#tick(), saveMs).unref()
  }

  /** The workplace is clean by then: what ran before runs no more. */
  static async open(settings: BuildsSettings): Promise<Builds> {
    const { store, workplace } = settings
    const problem = { code: 'build_lost', detail: 'The platform ended during the build. Start it again.' }
    for (const { id } of await store.underWay(workplace.owner))
      await store.end(id, { state: 'lost', problem, endedAt: settings.now() })
    return new Builds(settings)
  }

  /** What the operator of the host allows to be run. */
  get builders(): readonly Builder[] {
    return [...this.#settings.builders.values()]
  }

  /** @throws {BuildRefused} when no builder makes the image */
  async plan(image: string): Promise<BuildPlan> {
    const plan = await this.#settings.store.plan(image)
    if (plan !== undefined) return plan
    throw new BuildRefused(
      'build_plan_not_found',
      `No builder makes ${image}. Choose one: bootcast build set ${image} BUILDER`,
    )
  }

  /** @throws {BuildRefused} for a builder that is not there, or parameters that it does not take */
  async setPlan(plan: Omit<BuildPlan, 'changedAt'>): Promise<BuildPlan> {
    const builder = builderIn(this.#settings.builders, plan.builder)
    const parameters = parametersFor(builder, plan.parameters)
    const checked = { ...plan, parameters, changedAt: this.#settings.now() }
    await this.#settings.store.setPlan(checked)
    return checked
  }

  /** @throws {BuildRefused} when no builder makes the image */
  async removePlan(image: string): Promise<void> {
    if (!(await this.#settings.store.removePlan(image))) await this.plan(image)
  }

  /** Begins a build, or has it wait for its turn. @throws {BuildRefused} */
  async start(image: string, user: string, given: Parameters = {}): Promise<Build> {
    const { store, builders, newId, now, workplace } = this.#settings
    if (this.#isStopping || this.#jobs.size >= mostWaiting)
      throw new BuildRefused('builds_full', 'Too many builds are waiting; try again when some have ended.')
    const { builder: name, channel, parameters } = await this.plan(image)
    const builder = builderIn(builders, name)
    const build: Build = {
      ...{ id: newId(), image, builder: name, channel, state: 'waiting', logLength: 0 },
      parameters: parametersFor(builder, parameters, given),
      ...{ askedAt: now(), askedBy: user, beganAt: undefined, endedAt: undefined },
      ...{ percent: undefined, note: undefined, job: undefined, release: undefined, problem: undefined },
    }
    await store.add(build, workplace.owner)
    if (this.#isStopping) {
      const { code, message: detail } = lost()
      await store.end(build.id, { state: 'lost', problem: { code, detail }, endedAt: now() })
      throw lost()
    }
    const token = `bcb_${randomBytes(32).toString('base64url')}`
    const job = new BuildJob(build, builder, token, this.#settings)
    this.#jobs.set(build.id, job)
    void this.#run(job)
    return job.build
  }

  /** As it is now. @throws {BuildRefused} */
  async find(id: string): Promise<Build> {
    const build = this.#jobs.get(id)?.build ?? (await this.#settings.store.find(id))
    if (build === undefined) throw noBuild(id)
    return build
  }

  /** The newest of an image; `undefined`: there is none. */
  async newest(image: string): Promise<Build | undefined> {
    return (await this.list({ image, limit: 1 })).items[0]
  }

  /** The newest first. */
  async list(query: BuildQuery) {
    const { items, next } = await this.#settings.store.list(query)
    return { items: items.map((build) => this.#jobs.get(build.id)?.build ?? build), next }
  }

  plans(query: Pick<BuildQuery, 'limit' | 'after'>) {
    return this.#settings.store.plans(query)
  }

  /** What it wrote, from a character on. @throws {BuildRefused} */
  async log(id: string, from: number) {
    const job = this.#jobs.get(id)
    if (job !== undefined) return { ...logFrom(job.log.text, job.log.length, from), isOver: false }
    const { endedAt, logLength } = await this.find(id)
    const text = await this.#settings.store.log(id)
    return { ...logFrom(text, logLength, from), isOver: endedAt !== undefined }
  }

  /** Ends it, with all that it started. @throws {BuildRefused} when it has ended before */
  async cancel(id: string, user: string): Promise<Build> {
    const cancelled = new BuildStopped('build_cancelled', `${user} has cancelled the build.`)
    const job = this.#jobs.get(id)
    if (job !== undefined) await job.stop(cancelled)
    else await this.#endElsewhere(id, cancelled)
    return await this.find(id)
  }

  /** What the other end of a webhook tells. @throws {BuildRefused} */
  report(id: string, token: string, report: Report): void {
    const job = this.#jobs.get(id)
    // Whether there is such a build is nobody's business who has not its token.
    if (job === undefined || !isSame(token, job.token))
      throw new BuildRefused('build_token_refused', 'The build has ended, or the token is not that of it.')
    job.report(report)
  }

  /** Ends all; called again, it waits for the same. */
  async stop(): Promise<void> {
    this.#isStopping = true
    clearInterval(this.#saving)
    await Promise.all([...this.#jobs.values()].map((job) => job.stop(lost(), { graceMs: 500 })))
  }

  async #run(job: BuildJob): Promise<void> {
    const hasTurn = job.builder.kind === 'command' && (await this.#turn(job.signal))
    const { workplace, onError } = this.#settings
    const ending = await job.run()
    await workplace.remove(job.build.id).catch(onError)
    await this.#keep(job, ending)
    this.#jobs.delete(job.build.id)
    job.end(ending)
    if (hasTurn) this.#passTurn()
  }

  /** Until it is written down how it ended, or the platform stops: then the next start says that it was lost. */
  async #keep(job: BuildJob, ending: Ending): Promise<void> {
    const { store, onError, pause } = this.#settings
    for (;;) {
      try {
        await store.save(job.build.id, { ...job.build, ...ending, log: job.log.text })
        await store.forgetOld(job.build.image, mostKept)
        return
      } catch (error) {
        onError(error)
        if (this.#isStopping) return
        await pause(saveMs)
      }
    }
  }

  /** Runs on another platform with the same database, which sees it; or ran on one that is no more. */
  async #endElsewhere(id: string, { code, message: detail }: BuildStopped): Promise<void> {
    await this.find(id)
    const end = { state: 'cancelled', problem: { code, detail }, endedAt: this.#settings.now() } as const
    if (!(await this.#settings.store.end(id, end)))
      throw new BuildRefused('build_ended', 'The build has ended already.')
  }

  async #tick(): Promise<void> {
    const jobs = [...this.#jobs.values()]
    try {
      if (await this.#settings.workplace.isNearlyFull())
        for (const job of jobs) if (job.builder.kind === 'command') void job.stop(noRoom())
    } catch (error) {
      this.#settings.onError(error)
    }
    for (const job of jobs.filter((one) => one.isChanged())) await this.#save(job)
  }

  async #save(job: BuildJob): Promise<void> {
    const { store, onError } = this.#settings
    try {
      const isOurs = await store.save(job.build.id, { ...job.build, log: job.log.text })
      if (!isOurs && this.#jobs.has(job.build.id))
        void job.stop(new BuildStopped('build_cancelled', 'The build was cancelled on another platform.'))
    } catch (error) {
      onError(error)
    }
  }

  /** Whether it is its turn; false when the build was ended before. */
  async #turn(signal: AbortSignal): Promise<boolean> {
    if (this.#running < atOnce) {
      this.#running += 1
      return true
    }
    return await new Promise<boolean>((resolve) => {
      const begin = () => {
        signal.removeEventListener('abort', leave)
        resolve(true)
      }
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(begin), 1)
        resolve(false)
      }
      this.#queue.push(begin)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  #passTurn(): void {
    const next = this.#queue.shift()
    if (next === undefined) this.#running -= 1
    else next()
  }
}

const lost = () =>
  new BuildStopped('build_lost', 'The platform was stopped during the build. Start it again.')

const noRoom = () =>
  new BuildStopped('store_full', 'The disk of the platform is nearly full. Make room, and build again.')

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
