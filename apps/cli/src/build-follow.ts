import type { Build, Client } from '@bootcast/contract'
import { BuildLine } from './build-line.ts'
import { exitCodes, Failure } from './failure.ts'
import { plainLines } from './plain-text.ts'
import type { Screen, World } from './world.ts'

const lookAgainMilliseconds = 1_000
/** Of the log of a build that failed. */
const lastLines = 20

/** Shows how far a build is until it has ended. `log`: where its log goes meanwhile. @throws {Failure} interrupted: it goes on */
export async function followBuild(
  world: World,
  client: Client,
  { id, image }: Build,
  log?: Screen,
): Promise<Build> {
  const line = new BuildLine(world)
  const params = { id }
  try {
    for (let from = 0; ; ) {
      const build = await client.call('showBuild', { params })
      if (log !== undefined) from = await copyLog(client, id, from, log)
      else line.at(build)
      if (build.endedAt !== undefined) return build
      await world.wait(lookAgainMilliseconds)
    }
  } catch (error) {
    throw world.signal.aborted ? interrupted(image, id) : error
  } finally {
    if (log === undefined) line.clear()
  }
}

/** Writes what has come of a log. @returns where it goes on */
export async function copyLog(client: Client, id: string, from: number, screen: Screen): Promise<number> {
  const log = await client.call('showBuildLog', { params: { id }, query: { from } })
  if (log.from > from) screen.write(`… ${log.from - from} characters are not kept …\n`)
  if (log.text !== '') screen.write(plainLines(log.text))
  return log.next
}

/** The build, when a release was made. @throws {Failure} with the end of its log when none was */
export async function madeRelease(client: Client, build: Build): Promise<Build> {
  const { id, image, state, problem } = build
  if (state === 'done') return build
  const log = await client
    .call('showBuildLog', { params: { id }, query: {} })
    .then(({ text }) => text.trimEnd().split('\n').slice(-lastLines).join('\n'))
    .catch(() => '')
  const why = [problem?.detail, log].filter((one) => one !== undefined && one !== '').join('\n')
  throw new Failure(`The build of ${image} made no release: ${problem?.title ?? state}.`, {
    code: problem?.code ?? 'build_failed',
    ...(why !== '' && { why }),
    todo: `All of its log: bootcast build show ${id} --log`,
  })
}

const interrupted = (image: string, id: string): Failure =>
  new Failure(
    `Interrupted. The build of ${image} goes on.`,
    { code: 'interrupted', todo: `See: bootcast build show ${id}. To end it: bootcast build cancel ${id}` },
    exitCodes.interrupted,
  )
