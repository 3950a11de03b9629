import assert from 'node:assert/strict'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { CommandLine } from '../testing/command-line.ts'
import { startFakePlatform } from '../testing/fake-platform.ts'

const release = {
  ...{ image: 'demo', number: 1, size: 5, createdAt: '2026-01-01T00:00:00Z', createdBy: 'ann' },
  variants: [{ architecture: 'x86_64', method: 'linux', cmdline: '', files: [] }],
}
const demo = {
  ...{ name: 'demo', createdAt: '2026-01-01T00:00:00Z', isDefault: false, machines: 0, channels: [] },
  ...{ newest: release, followers: [] },
}

const wrong: readonly (readonly [string, RegExp])[] = [
  ['image test demo@1 --firmware coreboot', /“coreboot” is no firmware\./],
  ['image test demo@1 --timeout soon', /“soon” is no number\./],
  ['image test demo@1 --memory 0', /“0” is no number\./],
]
for (const [args, says] of wrong) {
  test(`${args}: is wrong usage`, async () => {
    await using line = await CommandLine.at('http://127.0.0.1:9')
    const said = await line.run(args.split(' '))
    assert.equal(said.exitCode, 2, said.stderr)
    assert.match(said.stderr, says)
  })
}

/**
 * In QEMU's place: writes to the file of the serial line what a machine would, and has a screen of 2 × 1 points, red
 * and blue; one that panics starts anew.
 */
async function fakeQemu(line: CommandLine, words: string): Promise<string> {
  const folder = line.path('programs')
  await mkdir(folder)
  const script = `#!${process.execPath}
const { writeFileSync } = require('node:fs')
if (process.argv[2] === '--version') process.exit(0)
const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n')
const serial = process.argv.find((word) => word.startsWith('file:')).slice(5)
writeFileSync(serial, ${JSON.stringify(words)})
say({ QMP: { version: {} } })
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { execute, id, arguments: more } = JSON.parse(line)
  const screen = Buffer.concat([Buffer.from('P6\\n2 1\\n255\\n'), Buffer.of(255, 0, 0, 0, 0, 255)])
  if (execute === 'screendump') writeFileSync(more.filename, screen)
  say({ return: {}, id })
  if (execute === 'qmp_capabilities' && ${/panic/.test(words)}) say({ event: 'SHUTDOWN', data: { reason: 'guest-reset' } })
})
setInterval(() => {}, 60_000)
`
  await writeFile(`${folder}/qemu-system-x86_64`, script)
  await chmod(`${folder}/qemu-system-x86_64`, 0o755)
  return folder
}

/** What `image test demo@3` says and sends with such a machine. */
async function tested(words: string, ...more: readonly string[]) {
  const machines: unknown[] = []
  await using platform = await startFakePlatform({
    changeMachine: ({ params, body }) => {
      machines.push(body)
      return { ...params, architecture: 'unknown', labels: [], overwriteDisk: false, boots: '' }
    },
    recordTest: () => undefined,
  })
  await using line = await CommandLine.at(platform.url)
  const before = process.env['PATH']
  process.env['PATH'] = `${await fakeQemu(line, words)}:${before}`
  try {
    const file = line.path('screen.png')
    const args = ['image', 'test', 'demo@3', '--firmware', 'bios', '--json', '--screenshot', file, ...more]
    const said = await line.run(args)
    return { said, file, machines, calls: platform.calls, kept: await readFile(file) }
  } finally {
    process.env['PATH'] = before
  }
}

for (const [words, exitCode, passed] of [
  ['Debian GNU/Linux 12 lab ttyS0 login: ', 0, true],
  ['Kernel panic - not syncing', 1, false],
] as const) {
  test(`a machine that says “${words}” ${passed ? 'has' : 'has not'} booted, and that is recorded with its screen`, async () => {
    const { said, file, machines, calls, kept } = await tested(words, '--timeout', '300')
    assert.equal(said.exitCode, exitCode, said.stderr)
    const { seconds: _, ...result } = JSON.parse(said.stdout).results[0]
    assert.deepEqual(result, { firmware: 'bios', passed, hasScreen: true, screenshot: file })
    assert.deepEqual(machines, [{ image: 'demo@3' }])
    const routes = calls.map(({ route }) => route)
    assert.deepEqual(routes, ['changeMachine', 'removeMachine', 'recordTest'])
    assert.partialDeepStrictEqual(calls.at(-1), {
      params: { name: 'demo', number: 3, firmware: 'bios' } as never,
      body: { passed, log: words, screen: kept.toString('base64') },
    })
    assert.equal(kept.toString('latin1', 1, 4), 'PNG')
  })
}

test('a machine that says nothing in its time has not booted, and what it shows is recorded', async () => {
  const { said, calls, kept } = await tested('', '--timeout', '1')
  assert.equal(said.exitCode, 1, said.stderr)
  assert.partialDeepStrictEqual(calls.at(-1)?.body, { passed: false, screen: kept.toString('base64') })
})

const facts = {
  firmware: 'uefi',
  passed: false,
  seconds: 9,
  testedAt: '2026-01-01T00:00:00Z',
  testedBy: 'ann',
}

test('the record of a test is told without its tricks, and its screen is kept where one wants it', async () => {
  const png = Buffer.from('the picture')
  await using platform = await startFakePlatform({
    showImage: () => ({ ...demo, releases: [{ ...release, tests: [{ ...facts, hasScreen: true }] }] }),
    showTest: () => ({
      ...facts,
      hasScreen: true,
      log: 'panic\u001b[2J\nend',
      screen: { width: 2, height: 1 },
    }),
    showTestScreen: () => png,
  })
  await using line = await CommandLine.at(platform.url)
  const file = line.path('screen.png')
  const { stdout, stderr, exitCode } = await line.run(['image', 'tested', 'demo@1', '--screenshot', file])
  assert.equal(exitCode, 0, stderr)
  assert.match(
    stdout,
    /^uefi: DID NOT BOOT, .*, with a picture of the screen\nThe screen is in .*screen\.png\.\n\npanic\nend\n$/,
  )
  assert.deepEqual(await readFile(file), png)
})

test('a release that was not tested, and a test without a picture, say so', async () => {
  const tests: object[] = []
  await using platform = await startFakePlatform({
    showImage: () => ({ ...demo, releases: [{ ...release, tests }] }),
    showTest: () => ({ ...facts, hasScreen: false, log: '' }),
  })
  await using line = await CommandLine.at(platform.url)
  const none = await line.run(['image', 'tested', 'demo@1'])
  assert.match(none.stderr, /demo@1 was not tested\./)
  tests.push({ ...facts, hasScreen: false })
  const { stdout } = await line.run(['image', 'tested', 'demo@1', '--screenshot', line.path('screen.png')])
  assert.match(stdout, /without a picture of the screen\n\nNothing stood on the serial line\./)
  await assert.rejects(readFile(line.path('screen.png')), { code: 'ENOENT' })
})
