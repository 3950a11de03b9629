import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiError } from '@bootcast/contract'
import { buildsScene, ended, isRunning, type ToldBuilder, wrote } from '../../testing/builds-scene.ts'
import { keptLog } from './build-log.ts'

/** Until the test makes a file of this name. */
const waitFor = (name: string) => `while [ ! -e ${name} ]; do sleep 0.05; done`
const whenTold = `echo begun\n${waitFor('go')}\nCOPY`

/** A builder whose children outlive it: of its group, and one that made a session of its own. */
const withChildren = `sh -c 'trap "" TERM; echo $$ > "$HOME/../../../in-group"; while :; do sleep 1; done' &
setsid sh -c 'echo $$ > "$HOME/../../../own-session"; while :; do sleep 1; done' &
while [ ! -s "$HOME/../../../in-group" ] || [ ! -s "$HOME/../../../own-session" ]; do sleep 0.02; done
echo begun`

const sendAtTerminal = String.raw`printf 'bootcast-progress: 7 a\033[2Jb\000c\n\033]0;title\007 \377\376 bell\a \r50%%\r60%%\n'`

/** Each also the image that it makes. */
const builders: Readonly<Record<string, ToldBuilder>> = {
  factory: {
    script: 'echo "suite $BUILD_SUITE for $BOOTCAST_IMAGE"\necho "bootcast-progress: 40 copying"\nCOPY',
    parameters: { SUITE: { default: 'trixie', about: 'of Debian' } },
  },
  environment: { script: 'env | sort\npwd\nCOPY', environment: { MINE: 'a b' } },
  telling: `echo "bootcast-progress: 42% unpacking  the\tsystem"\necho begun\n${waitFor('told')}\nCOPY`,
  failing: 'echo "no such suite" >&2\nexit 3',
  empty: 'true',
  odd: 'echo x > "$BOOTCAST_OUTPUT/notes.txt"; echo y > "$BOOTCAST_OUTPUT/more.txt"',
  special: 'mkfifo "$BOOTCAST_OUTPUT/pipe"',
  outside: 'ln -s /etc/passwd "$BOOTCAST_OUTPUT/passwd"',
  named: { script: 'ln -s /etc/passwd "$BOOTCAST_OUTPUT/image"', output: 'image' },
  above: { script: 'COPY', output: '../../../catalogue.db' },
  ours: {
    script: 'COPY\nrm "$BOOTCAST_OUTPUT/rootfs.img"',
    publish: {
      byHand: { kernel: 'vmlinuz', initrds: ['initrd.img'], cmdline: 'console=ttyS0 of=ours' },
    },
  },
  killed: 'kill -9 $$',
  unwritable:
    'mkdir -p "$BOOTCAST_OUTPUT/a/b"; touch "$BOOTCAST_OUTPUT/a/b/c"; chmod 0 "$BOOTCAST_OUTPUT/a"; exit 1',
  hanging: { script: `${withChildren}\nwait`, timeoutSeconds: 2 },
  endless: `${withChildren}\nwait`,
  leaving: `${withChildren}\nCOPY`,
  noisy: { script: 'yes "0123456789 and so on" & echo begun; wait', timeoutSeconds: 3 },
  hostile: `${sendAtTerminal}\necho begun\n${waitFor('read')}\nCOPY`,
  bounded: {
    script: 'echo "[$BUILD_SUITE]"\nCOPY',
    parameters: { SUITE: { choices: ['sid', 'a b; $(c)'] }, VERSION: { default: '1' } },
  },
  a: whenTold,
  b: whenTold,
  c: whenTold,
}

const opened = new AsyncDisposableStack()
let at: Awaited<ReturnType<typeof buildsScene>>
before(async () => {
  at = opened.use(await buildsScene(builders))
})
after(() => opened.disposeAsync())

const code = (expected: string) => (error: ApiError) => {
  assert.equal(error.code, expected, error.message)
  return true
}

test('how it boots may stand beside the builder, where no recipe knows', async () => {
  const build = await at.run('ours')
  assert.equal(build.state, 'done', build.problem?.detail)
  const image = await at.client.call('showImage', { params: { name: 'ours' } })
  assert.equal(image.newest?.variants[0]?.cmdline, 'console=ttyS0 of=ours')
})

test('what a builder leaves is published, and its channel follows; nothing of the build stays', async () => {
  const build = await at.run('factory', { SUITE: 'sid' })
  assert.equal(build.state, 'done', build.problem?.detail)
  assert.equal(build.release, 1)
  const image = await at.client.call('showImage', { params: { name: 'factory' } })
  assert.deepEqual(
    [image.channels.map(({ name, number }) => [name, number]), image.newest?.createdBy],
    [[['stable', 1]], 'admin'],
  )
  assert.equal(image.newest?.variants[0]?.recognised?.as, 'osbuild PXE tar')
  assert.equal(await at.log(build), 'suite sid for factory\nbootcast-progress: 40 copying\n')
  assert.deepEqual(await readdir(join(at.started.data, 'builds')), ['owner'])
  assert.deepEqual(await readdir(join(at.started.data, 'scratch')), [])
  const { items } = await at.client.call('listBuilds', { query: { image: 'factory' } })
  assert.deepEqual(items, [build])
  const audit = await at.client.call('listAudit', { query: {} })
  const told = audit.items.map(({ action, about }) => `${action} ${about}`)
  assert.ok(
    told.includes('setBuildPlan factory builder="factory" parameters={"SUITE":"sid"} channel="stable"'),
  )
  assert.ok(told.some((line) => line.startsWith('startBuild factory')))
})

test('a builder finds nothing in its environment but what it is told', async () => {
  const build = await at.run('environment')
  const lines = (await at.log(build)).trimEnd().split('\n')
  const names = lines.slice(0, -1).map((line) => line.split('=')[0])
  const shells = ['_', 'OLDPWD', 'SHLVL']
  assert.deepEqual(
    names.filter((name) => !shells.includes(name ?? '')),
    ['BOOTCAST_BUILD', 'BOOTCAST_IMAGE', 'BOOTCAST_OUTPUT', 'HOME', 'LANG', 'MINE', 'PATH', 'PWD', 'TMPDIR'],
  )
  assert.equal(lines.at(-1), at.folder.dir)
})

test('how far a build is stands there while it runs', async () => {
  const started = await at.start('telling')
  await wrote(at.client, started, 'begun')
  const now = await at.client.call('showBuild', { params: { id: started.id } })
  assert.deepEqual([now.state, now.percent, now.note], ['running', 42, 'unpacking the system'])
  await at.folder.script('told', '')
  assert.equal((await ended(at.client, started)).state, 'done')
})

test('a build that fails says why, and publishes nothing', async () => {
  const expected: Readonly<Record<string, readonly [string, RegExp]>> = {
    failing: ['build_failed', /ended with exit code 3/],
    empty: ['build_output_unusable', /left nothing/],
    odd: ['unreadable_input', /Nothing recognises it/],
    special: ['build_output_unusable', /neither a file nor a folder/],
    outside: ['build_output_unusable', /neither a file nor a folder/],
    named: ['build_output_unusable', /There is no image in BOOTCAST_OUTPUT/],
    above: ['build_output_unusable', /There is no \.\.\/\.\./],
    killed: ['build_failed', /was ended by SIGKILL/],
    unwritable: ['build_failed', /exit code 1/],
  }
  for (const [name, [problem, words]] of Object.entries(expected)) {
    const build = await at.run(name)
    assert.deepEqual([name, build.state, build.problem?.code], [name, 'failed', problem])
    assert.match(build.problem?.detail ?? '', words)
  }
  const [failing] = (await at.client.call('listBuilds', { query: { image: 'failing' } })).items
  assert.equal(failing && (await at.log(failing)), 'no such suite\n')
  const { items } = await at.client.call('listImages', { query: {} })
  assert.deepEqual(
    items.filter(({ name }) => Object.hasOwn(expected, name)),
    [],
  )
  assert.deepEqual(await readdir(join(at.started.data, 'builds')), ['owner'])
})

const pidsIn = (data: string) =>
  Promise.all(
    ['in-group', 'own-session'].map(async (name) => Number(await readFile(join(data, name), 'utf8'))),
  )

test('a build that hangs is ended with all that it started, when its time is over', async () => {
  const build = await at.run('hanging')
  assert.deepEqual([build.state, build.problem?.code], ['failed', 'build_timed_out'])
  for (const pid of await pidsIn(at.started.data)) assert.equal(await isRunning(pid), false, `${pid}`)
})

test('a build that is cancelled is ended at once; what it leaves running when it ends well, too', async () => {
  const started = await at.start('endless')
  await wrote(at.client, started, 'begun')
  const pids = await pidsIn(at.started.data)
  const cancelled = await at.client.call('cancelBuild', { params: { id: started.id } })
  assert.deepEqual(
    [cancelled.state, cancelled.problem?.detail],
    ['cancelled', 'admin has cancelled the build.'],
  )
  for (const pid of pids) assert.equal(await isRunning(pid), false)
  await assert.rejects(at.client.call('cancelBuild', { params: { id: started.id } }), code('build_ended'))
  const left = await at.run('leaving')
  assert.equal(left.state, 'done', left.problem?.detail)
  for (const pid of await pidsIn(at.started.data)) assert.equal(await isRunning(pid), false)
})

test('of a log without end the end is kept, and who writes it has to wait', async () => {
  const started = await at.start('noisy')
  await wrote(at.client, started, 'and so on')
  const build = await ended(at.client, started)
  assert.ok(build.logLength > keptLog, `${build.logLength}`)
  const seconds = (Date.parse(build.endedAt ?? '') - Date.parse(build.beganAt ?? '')) / 1000
  const most = (seconds + 1) * 4.25 * 1024 * 1024
  assert.ok(build.logLength < most, `${build.logLength} in ${seconds} s`)
  const log = await at.client.call('showBuildLog', { params: { id: build.id }, query: { from: 5 } })
  assert.deepEqual(
    [log.text.length, log.from, log.next, log.isOver],
    [keptLog, build.logLength - keptLog, build.logLength, true],
  )
  assert.ok(log.text.includes('\n0123456789 and so on\n'))
})

test('nothing hostile in a log or a line of progress reaches who reads it', async () => {
  const started = await at.start('hostile')
  const text = await wrote(at.client, started, 'begun')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
  assert.match(text, /\n50%\n60%\n/)
  const { percent, note } = await at.client.call('showBuild', { params: { id: started.id } })
  assert.deepEqual([percent, note], [7, 'a\u{fffd}[2Jb\u{fffd}c'])
  await at.folder.script('read', '')
  await ended(at.client, started)
})

const hostile: readonly (readonly [string, Record<string, string>])[] = [
  ['build_parameters_refused', { SUITE: 'trixie' }],
  ['build_parameters_refused', { VERSION: '2' }],
  ...[
    '-rf',
    '--help',
    '$(reboot)',
    '`reboot`',
    'a;b',
    'a b',
    '../x',
    '/etc',
    'a/b',
    "'",
    '"',
    'ü',
    '\\',
    '*',
  ].map((VERSION) => ['build_parameters_refused', { SUITE: 'sid', VERSION }] as const),
  ['build_parameters_refused', { SUITE: 'sid', LD_PRELOAD: 'x' }],
  ['build_parameters_refused', { SUITE: 'sid', PATH: 'x' }],
  ...['a\nb', 'a\0b', '', 'x'.repeat(201)].map(
    (VERSION) => ['invalid_request', { SUITE: 'sid', VERSION }] as const,
  ),
  ['invalid_request', { SUITE: 'sid', 'A=B': 'x' }],
  ['invalid_request', { SUITE: 'sid', lower: 'x' }],
  ['invalid_request', Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`P${n}`, 'x']))],
]

test('a builder gets no parameter that it does not take', async () => {
  const name = 'other'
  for (const [problem, given] of hostile)
    await assert.rejects(
      at.client.call('setBuildPlan', { params: { name }, body: { builder: 'bounded', parameters: given } }),
      code(problem),
      JSON.stringify(given),
    )
  await assert.rejects(at.client.call('showBuildPlan', { params: { name } }), code('build_plan_not_found'))
  // What the operator wrote among the choices is one value, whatever stands in it.
  const build = await at.run('bounded', { SUITE: 'a b; $(c)' })
  assert.equal(await at.log(build), '[a b; $(c)]\n')
  const start = (given: Record<string, string>) =>
    at.client.call('startBuild', { params: { name: 'bounded' }, body: { parameters: given } })
  await assert.rejects(start({ VERSION: '$(reboot)' }), code('build_parameters_refused'))
  const other = await ended(at.client, await start({ SUITE: 'sid' }))
  assert.deepEqual([other.parameters, other.release], [{ SUITE: 'sid', VERSION: '1' }, 2])
})

test('an image is built once at a time, and only so many are', async () => {
  const [a, b, c] = [await at.start('a'), await at.start('b'), await at.start('c')]
  await assert.rejects(at.start('a'), code('build_running'))
  await wrote(at.client, a, 'begun')
  await wrote(at.client, b, 'begun')
  await sleep(100)
  assert.equal((await at.client.call('showBuild', { params: { id: c.id } })).state, 'waiting')
  // Who waits leaves its place.
  const left = await at.client.call('cancelBuild', { params: { id: c.id } })
  assert.deepEqual([left.state, left.beganAt], ['cancelled', undefined])
  const again = await at.start('c')
  await at.folder.script('go', '')
  const states = await Promise.all([a, b, again].map(async (one) => (await ended(at.client, one)).state))
  assert.deepEqual(states, ['done', 'done', 'done'])
  const { items, next } = await at.client.call('listBuilds', { query: { limit: 2 } })
  const rest = await at.client.call('listBuilds', { query: { limit: 2, after: next } })
  assert.equal(new Set([...items, ...rest.items].map(({ id }) => id)).size, 4)
})

test('what is not there is said so', async () => {
  const name = 'demo'
  const set = (builder: string) => at.client.call('setBuildPlan', { params: { name }, body: { builder } })
  await assert.rejects(set('none'), code('builder_not_found'))
  await assert.rejects(
    at.client.call('startBuild', { params: { name }, body: {} }),
    code('build_plan_not_found'),
  )
  for (const call of ['showBuild', 'showBuildLog', 'cancelBuild'] as const)
    await assert.rejects(
      at.client.call(call, { params: { id: '0123456789ab' }, query: {} } as never),
      code('build_not_found'),
    )
  await set('factory')
  assert.deepEqual(
    (await at.client.call('listBuildPlans', { query: { after: 'demn', limit: 1 } })).items.map(
      ({ image, builder, isThere }) => [image, builder, isThere],
    ),
    [['demo', 'factory', true]],
  )
  await at.client.call('removeBuildPlan', { params: { name } })
  await assert.rejects(at.client.call('removeBuildPlan', { params: { name } }), code('build_plan_not_found'))
  const { items } = await at.client.call('listBuilders', {})
  const parameters = [{ name: 'SUITE', about: 'of Debian', default: 'trixie' }]
  assert.deepEqual(items[0], { name: 'factory', kind: 'command', timeoutSeconds: 3600, parameters })
  assert.doesNotMatch(JSON.stringify(items), /bootcast-builders/, 'nobody is told what is run')
})
