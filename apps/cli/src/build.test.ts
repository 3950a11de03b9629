import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Build, BuildLog, BuildPlan } from '@bootcast/contract'
import { CommandLine } from '../testing/command-line.ts'
import { type Answers, startFakePlatform } from '../testing/fake-platform.ts'
import { ago } from '../testing/sites.ts'

const build: Build = {
  ...{
    id: '0f3k9aq2xm7d',
    image: 'debian',
    builder: 'mkosi',
    parameters: { SUITE: 'sid' },
    channel: 'stable',
  },
  ...{ state: 'running', logLength: 0, askedAt: ago(2), askedBy: 'admin', beganAt: ago(1) },
}
const done: Build = { ...build, state: 'done', release: 3, endedAt: ago(0) }
const problem = {
  ...{
    type: 'urn:bootcast:problem:build_failed',
    status: 422,
    title: 'The builder failed',
    code: 'build_failed',
  },
  detail: 'The command ended with exit code 3.',
}
const failed: Build = { ...build, state: 'failed', problem, endedAt: ago(0) }
const plan: BuildPlan = {
  ...{ image: 'debian', builder: 'mkosi', isThere: true, parameters: { SUITE: 'sid' }, channel: 'stable' },
  ...{ changedAt: ago(9), changedBy: 'admin' },
}

/** A platform whose build is one of these after the other. */
function telling(states: readonly Build[], more: Answers = {}) {
  let asked = 0
  const log = 'one\ntwo\u{1b}[2J\n'
  return startFakePlatform({
    startBuild: () => build,
    showBuild: () => states[Math.min(asked++, states.length - 1)],
    showBuildLog: ({ query }): BuildLog => {
      const from = Number(query['from'])
      return { from, text: log.slice(from), next: log.length, isOver: true }
    },
    showBuildPlan: () => plan,
    listBuilds: () => ({ items: [failed] }),
    ...more,
  })
}

test('a build is followed until its release is made', async () => {
  await using fake = await telling([
    { ...build, state: 'waiting' },
    { ...build, percent: 42, note: 'unpacking' },
    { ...build, state: 'publishing' },
    done,
  ])
  await using line = await CommandLine.at(fake.url)
  const said = await line.run(['build', 'run', 'debian', '--set', 'SUITE=sid'], { columns: 100 })
  assert.equal(said.exitCode, 0, said.stderr)
  assert.equal(said.stdout, 'Built and published debian@3.\n')
  assert.match(said.stderr, /build debian: 42%, unpacking/)
  assert.equal(line.waits.length, 3)
  assert.deepEqual(fake.calls.find(({ route }) => route === 'startBuild')?.body, {
    parameters: { SUITE: 'sid' },
  })
})

test('a build that fails ends with the end of its log, harmless, and exit code 1', async () => {
  await using fake = await telling([failed])
  await using line = await CommandLine.at(fake.url)
  const said = await line.run(['build', 'run', 'debian'])
  assert.equal(said.exitCode, 1)
  assert.match(said.stderr, /made no release: The builder failed\.\n.*exit code 3\.\n\s+one\n\s+two\n/)
  assert.ok(!said.stderr.includes('\u{1b}[2J'))
  const json = await line.run(['build', 'run', 'debian', '--json'])
  assert.equal(
    JSON.parse(json.stderr.split('\n').filter((text) => text.startsWith('{'))[0] ?? '').error.code,
    'build_failed',
  )
})

test('with --log what a builder writes is shown as it comes', async () => {
  await using fake = await telling([build, done])
  await using line = await CommandLine.at(fake.url)
  const said = await line.run(['build', 'run', 'debian', '--log'])
  assert.equal(said.stderr, 'one\ntwo\n')
  const shown = await line.run(['build', 'show', 'debian', '--log'])
  assert.equal(shown.stdout, 'one\ntwo\n')
})

test('an image tells its builder and its last build; a build is found by its id', async () => {
  await using fake = await telling([failed])
  await using line = await CommandLine.at(fake.url)
  const image = await line.run(['build', 'show', 'debian'])
  assert.match(image.stdout, /builder +mkosi\n(.|\n)*SUITE +sid\n(.|\n)*state +failed\n(.|\n)*exit code 3/)
  const one = await line.run(['build', 'show', build.id, '--json'])
  assert.deepEqual(JSON.parse(one.stdout), { build: failed })
  const listed = await line.run(['build', 'list'])
  assert.match(listed.stdout, /0f3k9aq2xm7d +debian +mkosi +failed +- +2 min ago +build_failed/)
})

test('the build of an image is cancelled, a builder chosen and taken away', async () => {
  const cancelled = { ...failed, state: 'cancelled' } as const
  await using fake = await telling([failed], {
    cancelBuild: () => cancelled,
    setBuildPlan: () => plan,
    removeBuildPlan: () => undefined,
    listBuilders: () => ({ items: [] }),
  })
  await using line = await CommandLine.at(fake.url)
  assert.match((await line.run(['build', 'cancel', 'debian'])).stdout, /is cancelled/)
  const options = ['--set', 'SUITE=a=b', '--set', 'A=c', '--channel', 'none']
  assert.equal((await line.run(['build', 'set', 'debian', 'mkosi', ...options])).exitCode, 0)
  assert.deepEqual(fake.calls.find(({ route }) => route === 'setBuildPlan')?.body, {
    ...{ builder: 'mkosi', parameters: { SUITE: 'a=b', A: 'c' }, channel: null },
  })
  assert.equal((await line.run(['build', 'unset', 'debian'])).exitCode, 0)
  assert.match((await line.run(['build', 'builders'])).stdout, /has no builders/)
  for (const wrong of ['SUITE', 'suite=x', '=x', 'SUITE='])
    assert.equal((await line.run(['build', 'run', 'debian', '--set', wrong])).exitCode, 2, wrong)
})

test('who interrupts is told that the build goes on', async () => {
  await using fake = await telling([build])
  await using line = await CommandLine.at(fake.url)
  const stopping = new AbortController()
  const wait = async () => {
    stopping.abort()
    throw new DOMException('interrupted', 'AbortError')
  }
  const said = await line.run(['build', 'run', 'debian'], { wait, signal: stopping.signal })
  assert.equal(said.exitCode, 130)
  assert.match(said.stderr, /goes on\.\n(.|\n)*bootcast build cancel 0f3k9aq2xm7d/)
})
