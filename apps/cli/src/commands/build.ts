import {
  ApiError,
  type Build,
  type Builder,
  type BuildPlan,
  buildIdSchema,
  type Client,
  imageNameSchema,
} from '@bootcast/contract'
import type { Command } from 'commander'
import { copyLog, followBuild, madeRelease } from '../build-follow.ts'
import { Failure, usageFailure } from '../failure.ts'
import type { Output } from '../output.ts'
import { agoText, durationText, localTime } from '../quantities.ts'
import type { Column, Fact } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, appended, type Desk, runs } from './command.ts'

export function addBuildCommands(program: Command, world: World): void {
  const build = program.command('build').description('Have images made by a builder of the platform')
  addPlanCommands(build, world)
  const runCommand = addCommand(build, {
    usage: 'run <image>',
    summary: 'Run the builder of an image; shows how far it is until the release is made',
    examples: [
      'bootcast build run debian',
      'bootcast build run debian --set SUITE=sid --log',
      'bootcast build run debian --detach',
    ],
  })
    .option('--set <name=value>', 'a parameter, this time; again for more', appended)
    .option('--log', 'show what it writes, on standard error')
    .option('--detach', 'only begin; “bootcast build show” says how far it is')
  runs<RunOptions>(runCommand, world, run)

  const listCommand = addCommand(build, {
    usage: 'list [image]',
    summary: 'Builds, the newest first; of each image the last twenty',
    examples: ['bootcast build list', 'bootcast build list debian'],
  })
  runs(listCommand, world, list)

  const showCommand = addCommand(build, {
    usage: 'show <which>',
    summary: 'Who makes an image, and how its last build went; or one build, by its id',
    examples: [
      'bootcast build show debian',
      'bootcast build show debian --log --follow',
      'bootcast build show 0f3k9aq2xm7d --log',
    ],
  })
    .option('--log', 'what it has written')
    .option('--follow', 'until it has ended')
  runs<ShowOptions>(showCommand, world, show)

  const cancelCommand = addCommand(build, {
    usage: 'cancel <which>',
    summary: 'End a build with all that it started: that of an image, or one by its id',
    examples: ['bootcast build cancel debian', 'bootcast build cancel 0f3k9aq2xm7d'],
  })
  runs(cancelCommand, world, cancel)
}

function addPlanCommands(build: Command, world: World): void {
  const buildersCommand = addCommand(build, {
    usage: 'builders',
    summary: 'What may be run on this platform to make images, and what it takes',
    examples: ['bootcast build builders'],
  })
  runs(buildersCommand, world, builders)

  const setCommand = addCommand(build, {
    usage: 'set <image> <builder>',
    summary: 'Choose the builder of an image, which need not be there yet',
    examples: [
      'bootcast build set debian mkosi',
      'bootcast build set debian mkosi --set SUITE=trixie --channel testing',
    ],
  })
    .option('--set <name=value>', 'a parameter; again for more', appended)
    .option('--channel <name>', 'the channel that follows what is built, or none', 'stable')
  runs<SetOptions>(setCommand, world, set)

  const unsetCommand = addCommand(build, {
    usage: 'unset <image>',
    summary: 'Take the builder of an image away; releases and builds stay',
    examples: ['bootcast build unset debian'],
  })
  runs(unsetCommand, world, unset)
}

type SetOptions = { readonly set?: readonly string[]; readonly channel: string }
type RunOptions = { readonly set?: readonly string[]; readonly log?: true; readonly detach?: true }
type ShowOptions = { readonly log?: true; readonly follow?: true }

async function builders({ output, connect }: Desk): Promise<void> {
  const { client } = await connect()
  const { items } = await client.call('listBuilders', {})
  const columns: readonly Column<Builder>[] = [
    { title: 'BUILDER', text: ({ name }) => name },
    { title: 'KIND', text: ({ kind }) => kind },
    { title: 'PARAMETERS', text: parametersText, shrinksTo: 20 },
    { title: 'ABOUT', text: ({ about }) => about ?? '-', shrinksTo: 20 },
  ]
  output.result({ items }, () =>
    items.length === 0
      ? output.sentence(
          'This platform has no builders. Its operator names them in a file and starts it with --builders FILE.',
        )
      : output.table(columns, items),
  )
}

const parametersText = ({ parameters }: Builder) =>
  parameters
    .map(({ name, choices, default: usual }) => {
      const values = choices === undefined ? '' : `=${choices.join('|')}`
      return `${name}${values}${usual === undefined ? '' : ` (${usual})`}`
    })
    .join(', ') || '-'

async function set(
  { output, connect }: Desk,
  [name = '', builder = '']: readonly string[],
  { set: given, channel }: SetOptions,
): Promise<void> {
  const { client } = await connect()
  const body = {
    builder,
    parameters: parametersOf(given),
    channel: channel === 'none' ? null : channel,
  }
  const plan = await client.call('setBuildPlan', { params: { name }, body })
  output.result(plan, () => planText(output, plan))
  output.note(`\nNext: bootcast build run ${name}`)
}

async function unset({ output, connect }: Desk, [name = '']: readonly string[]): Promise<void> {
  const { client } = await connect()
  await client.call('removeBuildPlan', { params: { name } })
  output.result({ removed: name }, () => output.sentence(`No builder makes ${name} any more.`))
}

async function run(desk: Desk, [name = '']: readonly string[], options: RunOptions): Promise<void> {
  const { world, output } = desk
  const { client } = await desk.connect()
  const body = { parameters: parametersOf(options.set) }
  const started = await client.call('startBuild', { params: { name }, body })
  if (options.detach === true)
    return output.result(started, () =>
      output.sentence(`Began the build ${started.id}. How far it is: bootcast build show ${name}`),
    )
  const build = await followBuild(world, client, started, options.log === true ? world.stderr : undefined)
  await madeRelease(client, build)
  output.result(build, () => output.sentence(`Built and published ${name}@${build.release}.`))
}

async function list({ world, output, connect }: Desk, [image]: readonly string[]): Promise<void> {
  const { client } = await connect()
  const { items } = await client.call('listBuilds', { query: image === undefined ? {} : { image } })
  const columns: readonly Column<Build>[] = [
    { title: 'BUILD', text: ({ id }) => id },
    { title: 'IMAGE', text: (build) => build.image, shrinksTo: 10 },
    { title: 'BUILDER', text: ({ builder }) => builder, shrinksTo: 10 },
    {
      title: 'STATE',
      text: ({ state, percent }) => (percent === undefined ? state : `${state} ${percent}%`),
    },
    { title: 'RELEASE', text: ({ release }) => release?.toString() ?? '-', align: 'right' },
    { title: 'ASKED', text: ({ askedAt }) => agoText(askedAt, world.now()) },
    { title: 'WHY', text: ({ problem }) => problem?.code ?? '-', shrinksTo: 14 },
  ]
  output.result({ items }, () =>
    items.length === 0 ? output.sentence('Nothing has been built.') : output.table(columns, items),
  )
}

async function show(desk: Desk, [which = '']: readonly string[], options: ShowOptions): Promise<void> {
  const { world, output } = desk
  const { log = false, follow = false } = options
  const { client } = await desk.connect()
  const { plan, build } = await meant(client, which)
  if ((log || follow) && build === undefined) throw noBuildOf(which)
  // With --json the result alone is on standard output.
  const screen = output.json ? world.stderr : world.stdout
  if (follow && build !== undefined) await followBuild(world, client, build, log ? screen : undefined)
  else if (log && build !== undefined) await copyLog(client, build.id, 0, screen)
  if (log && !output.json) return
  const now = build && (await client.call('showBuild', { params: { id: build.id } }))
  output.result({ ...(plan && { plan }), ...(now && { build: now }) }, () =>
    [plan && planText(output, plan), now && buildText(output, now)]
      .filter((part) => part !== undefined)
      .join('\n\n'),
  )
}

async function cancel({ output, connect }: Desk, [which = '']: readonly string[]): Promise<void> {
  const { client } = await connect()
  const { build } = await meant(client, which)
  if (build === undefined) throw noBuildOf(which)
  const ended = await client.call('cancelBuild', { params: { id: build.id } })
  output.result(ended, () => output.sentence(`The build ${ended.id} of ${ended.image} is ${ended.state}.`))
}

type Meant = { readonly plan?: BuildPlan | undefined; readonly build?: Build | undefined }

/** A build by its id; else an image: its plan, and its last build. @throws {Failure} when there is neither */
async function meant(client: Client, which: string): Promise<Meant> {
  if (buildIdSchema.safeParse(which).success) {
    const build = await unlessMissing(client.call('showBuild', { params: { id: which } }))
    if (build !== undefined) return { build }
  }
  if (!imageNameSchema.safeParse(which).success)
    throw usageFailure(`“${which.slice(0, 40)}” is neither an image nor the id of a build.`)
  const plan = await unlessMissing(client.call('showBuildPlan', { params: { name: which } }))
  const { items } = await client.call('listBuilds', { query: { image: which, limit: 1 } })
  if (plan === undefined && items.length === 0)
    throw new Failure(`No builder makes ${which}, and none has.`, {
      code: 'build_plan_not_found',
      todo: `Choose one: bootcast build set ${which} BUILDER. See: bootcast build builders`,
    })
  return { plan, build: items[0] }
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  return await asked.catch((error: unknown) => {
    if (error instanceof ApiError && error.problem.status === 404) return undefined
    throw error
  })
}

const noBuildOf = (image: string): Failure =>
  new Failure(`${image} has not been built yet.`, {
    code: 'build_not_found',
    todo: `Build it: bootcast build run ${image}`,
  })

function planText(
  output: Output,
  { image, builder, isThere, parameters, channel, ...plan }: BuildPlan,
): string {
  const there = isThere ? '' : ' (the platform was started without it)'
  return output.facts([
    ['image', image],
    ['builder', builder + there],
    ...given(parameters),
    ['channel', channel ?? 'none'],
    ['chosen', `${localTime(plan.changedAt)} by ${plan.changedBy}`],
  ])
}

function buildText(output: Output, build: Build): string {
  const { beganAt, endedAt, problem, percent, note } = build
  const took =
    beganAt === undefined || endedAt === undefined
      ? undefined
      : durationText((Date.parse(endedAt) - Date.parse(beganAt)) / 1000)
  const state = [build.state, percent === undefined ? undefined : `${percent}%`, note]
  const facts: readonly (Fact | undefined)[] = [
    ['build', build.id],
    ['state', state.filter((one) => one !== undefined).join(', ')],
    ['builder', build.builder],
    ...given(build.parameters),
    build.job === undefined ? undefined : ['job', build.job],
    build.release === undefined ? undefined : ['release', `${build.image}@${build.release}`],
    ['asked', `${localTime(build.askedAt)} by ${build.askedBy}`],
    took === undefined ? undefined : ['took', took],
    problem === undefined ? undefined : ['why', problem.detail],
    ['log', `${build.logLength} characters`],
  ]
  return output.facts(facts.filter((fact) => fact !== undefined))
}

const given = (parameters: Readonly<Record<string, string>>): readonly Fact[] =>
  Object.entries(parameters).map(([name, value]): Fact => [name, value])

/** @throws {Failure} for what is no NAME=VALUE */
function parametersOf(given: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^([A-Z][A-Z0-9_]{0,31})=(.+)$/su.exec(text) ?? []
      if (name === undefined || value === undefined)
        throw usageFailure(`“${text.slice(0, 80)}” sets no parameter.`, 'Give it as SUITE=trixie.')
      return [name, value]
    }),
  )
}
