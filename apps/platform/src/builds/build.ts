/** What a builder is told: the names of its parameters, and a value for each. */
export type Parameters = Readonly<Record<string, string>>

/** Which builder makes an image. */
export type BuildPlan = {
  readonly image: string
  readonly builder: string
  readonly parameters: Parameters
  /** That follows what was built; `undefined`: none. */
  readonly channel: string | undefined
  /** Milliseconds since 1970. */
  readonly changedAt: number
  readonly changedBy: string
}

export type BuildState = 'waiting' | 'running' | 'publishing' | 'done' | 'failed' | 'cancelled' | 'lost'

/** One run of a builder. */
export type Build = {
  readonly id: string
  readonly image: string
  readonly builder: string
  readonly parameters: Parameters
  readonly channel: string | undefined
  readonly state: BuildState
  /** 0 to 100, as the builder says. */
  readonly percent: number | undefined
  readonly note: string | undefined
  /** What a webhook calls it. */
  readonly job: string | undefined
  /** Characters that it has written. */
  readonly logLength: number
  /** Milliseconds since 1970, and the name of a user. */
  readonly askedAt: number
  readonly askedBy: string
  readonly beganAt: number | undefined
  readonly endedAt: number | undefined
  /** The number of the release that was made. */
  readonly release: number | undefined
  /** Why there is none: a code of the contract, and words. */
  readonly problem: BuildProblem | undefined
}

export type BuildProblem = { readonly code: string; readonly detail: string }

/** A call about builds that cannot be done. */
export class BuildRefused extends Error {
  override readonly name = 'BuildRefused'
  readonly code:
    | 'builder_not_found'
    | 'build_plan_not_found'
    | 'build_not_found'
    | 'build_parameters_refused'
    | 'build_running'
    | 'builds_full'
    | 'build_ended'
    | 'build_token_refused'
    | 'address_refused'

  constructor(code: BuildRefused['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** How a build ended that made no release. */
export class BuildStopped extends Error {
  override readonly name = 'BuildStopped'
  readonly code:
    | 'build_failed'
    | 'build_timed_out'
    | 'build_cancelled'
    | 'build_lost'
    | 'build_output_unusable'
    | 'store_full'

  constructor(code: BuildStopped['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const states: Readonly<Record<string, BuildState>> = { build_cancelled: 'cancelled', build_lost: 'lost' }

/** The state that a build is in after an error of this code. */
export const stateAfter = (code: string): BuildState => states[code] ?? 'failed'

export const noBuild = (id: string): BuildRefused =>
  new BuildRefused('build_not_found', `There is no build ${id}, or it was long ago.`)
