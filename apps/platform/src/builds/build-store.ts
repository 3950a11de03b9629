import type { Build, BuildPlan, BuildProblem, BuildState } from './build.ts'

/** How a build is now, with the end of its log. */
export type BuildNow = Pick<
  Build,
  'state' | 'percent' | 'note' | 'job' | 'beganAt' | 'endedAt' | 'release' | 'problem' | 'logLength'
> & { readonly log: string }

export type BuildQuery = {
  readonly image?: string | undefined
  readonly limit: number
  /** The id of the last build of the page before. */
  readonly after?: string | undefined
}

export type BuildEnd = {
  readonly state: BuildState
  readonly problem: BuildProblem
  readonly endedAt: number
}

/** Plans and builds, durable when a call is fulfilled. */
export interface BuildStore {
  plan(image: string): Promise<BuildPlan | undefined>
  /** By image. */
  plans(query: Pick<BuildQuery, 'limit' | 'after'>): Promise<{
    readonly items: readonly BuildPlan[]
    readonly next: string | undefined
  }>
  setPlan(plan: BuildPlan): Promise<void>
  /** Whether there was one. */
  removePlan(image: string): Promise<boolean>

  /** `owner`: the platform that runs it. @throws {BuildRefused} while another build of the image is under way */
  add(build: Build, owner: string): Promise<void>
  /** False: it has ended already, whoever ended it, and nothing is changed. */
  save(id: string, now: BuildNow): Promise<boolean>
  /** The same for what somebody else runs, or did. */
  end(id: string, end: BuildEnd): Promise<boolean>
  find(id: string): Promise<Build | undefined>
  /** The end of the log. */
  log(id: string): Promise<string>
  /** The newest first. @throws {BuildRefused} for a page after a build that is not there any more */
  list(query: BuildQuery): Promise<{ readonly items: readonly Build[]; readonly next: string | undefined }>
  /** What an owner has not ended. */
  underWay(owner: string): Promise<readonly Build[]>
  /** Forgets the oldest of an image that have ended, so that these many are left. */
  forgetOld(image: string, keep: number): Promise<void>
}
