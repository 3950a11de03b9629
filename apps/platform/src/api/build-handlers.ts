import type { Build as ShownBuild, Builder as ShownBuilder, BuildPlan as ShownPlan } from '@bootcast/contract'
import { type ProblemCode, problems } from '@bootcast/contract'
import type { Build, BuildPlan } from '../builds/build.ts'
import type { Builder } from '../builds/builder.ts'
import type { Builds } from '../builds/builds.ts'
import type { Handlers } from './handlers.ts'
import { problemOf } from './problem-response.ts'

type BuildCalls =
  | 'listBuilders'
  | 'listBuildPlans'
  | 'showBuildPlan'
  | 'setBuildPlan'
  | 'removeBuildPlan'
  | 'startBuild'
  | 'listBuilds'
  | 'showBuild'
  | 'showBuildLog'
  | 'cancelBuild'
  | 'reportBuild'

export function buildHandlers(builds: Builds): Pick<Handlers, BuildCalls> {
  const there = () => new Set(builds.builders.map(({ name }) => name))
  return {
    async listBuilders() {
      return { items: builds.builders.map(shownBuilder) }
    },
    async listBuildPlans({ query }) {
      const { items, next } = await builds.plans(query)
      return { items: items.map((plan) => shownPlan(plan, there())), ...(next !== undefined && { next }) }
    },
    async showBuildPlan({ params }) {
      return shownPlan(await builds.plan(params.name), there())
    },
    async setBuildPlan({ params, body, user }) {
      const { channel, ...said } = body
      const plan = { ...said, image: params.name, channel: channel ?? undefined, changedBy: user }
      return shownPlan(await builds.setPlan(plan), there())
    },
    async removeBuildPlan({ params }) {
      await builds.removePlan(params.name)
      return undefined
    },
    async startBuild({ params, body, user }) {
      return shownBuild(await builds.start(params.name, user, body.parameters))
    },
    async listBuilds({ query }) {
      const { items, next } = await builds.list(query)
      return { items: items.map(shownBuild), ...(next !== undefined && { next }) }
    },
    async showBuild({ params }) {
      return shownBuild(await builds.find(params.id))
    },
    showBuildLog: ({ params, query }) => builds.log(params.id, query.from),
    async cancelBuild({ params, user }) {
      return shownBuild(await builds.cancel(params.id, user))
    },
    async reportBuild({ params, body: { token, ...report } }) {
      builds.report(params.id, token, report)
      return undefined
    },
  }
}

/** What people need to know of it; not what is run, nor with which environment. */
const shownBuilder = ({ name, kind, about, timeoutSeconds, parameters }: Builder): ShownBuilder => ({
  name,
  kind,
  ...(about !== undefined && { about }),
  timeoutSeconds,
  parameters: parameters.map(({ name: parameter, about: what, choices, default: usual }) => ({
    name: parameter,
    ...(what !== undefined && { about: what }),
    ...(choices !== undefined && { choices: [...choices] }),
    ...(usual !== undefined && { default: usual }),
  })),
})

const shownPlan = (plan: BuildPlan, there: ReadonlySet<string>): ShownPlan => ({
  image: plan.image,
  builder: plan.builder,
  isThere: there.has(plan.builder),
  parameters: { ...plan.parameters },
  ...(plan.channel !== undefined && { channel: plan.channel }),
  changedAt: timeOf(plan.changedAt),
  changedBy: plan.changedBy,
})

function shownBuild(build: Build): ShownBuild {
  const { id, image, builder, parameters, channel, state, percent, note, job, logLength } = build
  const { askedAt, askedBy, beganAt, endedAt, release, problem } = build
  return {
    ...{ id, image, builder, parameters: { ...parameters }, state, logLength, askedBy },
    ...(channel !== undefined && { channel }),
    ...(percent !== undefined && { percent }),
    ...(note !== undefined && { note }),
    ...(job !== undefined && { job }),
    askedAt: timeOf(askedAt),
    ...(beganAt !== undefined && { beganAt: timeOf(beganAt) }),
    ...(endedAt !== undefined && { endedAt: timeOf(endedAt) }),
    ...(release !== undefined && { release }),
    ...(problem !== undefined && { problem: problemOf(codeIn(problem.code), problem.detail) }),
  }
}

/** A later version may have had other codes. */
const codeIn = (code: string): ProblemCode =>
  Object.hasOwn(problems, code) ? (code as ProblemCode) : 'internal'

const timeOf = (milliseconds: number) => new Date(milliseconds).toISOString()
