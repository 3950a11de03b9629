import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Image, type Machine, routes } from '@bootcast/contract'
import { CommandLine } from '../testing/command-line.ts'
import { type Call, startFakePlatform } from '../testing/fake-platform.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const image: Image = {
  name: 'demo',
  createdAt: '2026-11-20T12:00:00Z',
  isDefault: true,
  machines: 2,
  newest: {
    image: 'demo',
    number: 3,
    architecture: 'x86_64',
    kernel: { name: 'vmlinuz', digest, size: 8_598_323 },
    initrds: [{ name: 'initrd.gz', digest, size: 38_000_000 }],
    cmdline: 'console=ttyS0',
    createdAt: '2026-11-23T11:55:00Z',
    createdBy: 'admin',
  },
}
const empty: Image = { name: 'empty', createdAt: '2026-11-20T12:00:00Z', isDefault: false, machines: 0 }
const machine: Machine = {
  mac: '52:54:00:12:34:56',
  manufacturer: 'QEMU',
  product: '\u{1b}[2J\u{1b}]0;owned\u{7}Standard PC\n(evil)',
  architecture: 'x86_64',
  address: '192.168.77.10',
  firstSeenAt: '2026-11-20T12:00:00Z',
  lastSeenAt: '2026-11-23T09:00:00Z',
  boots: 'demo 3: the default image',
}

test('images are listed with what uses them', async () => {
  await using platform = await startFakePlatform({ listImages: () => ({ items: [image, empty] }) })
  await using line = await CommandLine.at(platform.url)
  assert.equal(
    (await line.run(['image', 'list'])).stdout,
    `NAME   RELEASE  FOR         SIZE  PUBLISHED  USED BY
demo         3  x86_64  44.4 MiB  5 min ago  default, 2 machines
empty        -  -              -  -          -
`,
  )
})

test('a list follows its pages, and ends when a platform gives one page for ever', async () => {
  const page = ({ query }: Call) =>
    query['after'] === undefined ? { items: [image], next: 'demo' } : { items: [empty], next: 'demo' }
  await using platform = await startFakePlatform({ listImages: page })
  await using line = await CommandLine.at(platform.url)
  const { items } = JSON.parse((await line.run(['image', 'list', '--json'])).stdout)
  assert.deepEqual(items, [image, empty])
  assert.equal(platform.calls.length, 2)
})

test('--json gives the objects of the API', async () => {
  const detail = { ...image, releases: [image.newest] }
  await using platform = await startFakePlatform({
    showImage: () => detail,
    listMachines: () => ({ items: [machine] }),
    showMachine: () => machine,
  })
  await using line = await CommandLine.at(platform.url)
  const json = async (...args: string[]) => JSON.parse((await line.run([...args, '--json'])).stdout)
  assert.deepEqual(routes.showImage.reply.parse(await json('image', 'show', 'demo')), detail)
  assert.deepEqual(await json('machine', 'list'), { items: [machine] })
  assert.deepEqual(await json('machine', 'show', '52-54-00-12-34-56'), machine)
})

test('what a machine says of itself cannot command the terminal', async () => {
  await using platform = await startFakePlatform({
    listMachines: () => ({ items: [machine] }),
    showMachine: () => machine,
  })
  await using line = await CommandLine.at(platform.url)
  for (const args of [
    ['machine', 'list'],
    ['machine', 'show', machine.mac],
  ]) {
    for (const more of [[], ['--json']]) {
      const { stdout } = await line.run([...args, ...more], { columns: 80 })
      assert.match(stdout, /Standard/)
      assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u)
    }
  }
})

for (const columns of [80, 40]) {
  test(`tables and facts fit a terminal of ${columns} columns`, async () => {
    await using platform = await startFakePlatform({
      listImages: () => ({ items: [image, { ...empty, name: 'e'.repeat(63) }] }),
      showImage: () => ({ ...image, releases: [image.newest] }),
      listMachines: () => ({ items: [machine] }),
      showMachine: () => machine,
    })
    await using line = await CommandLine.at(platform.url)
    for (const args of ['image list', 'image show demo', 'machine list', `machine show ${machine.mac}`]) {
      const { stdout } = await line.run(args.split(' '), { columns })
      // A digest is one word that must stay whole to be copied, and so is a name that stands alone.
      const lines = stdout.split('\n').filter((text) => !/sha256:|^e{63}$/.test(text))
      for (const text of lines) assert.ok(text.length <= columns, text)
    }
  })
}

type Deed = readonly [args: string, route: string, call: Partial<Call>, says: RegExp]
const deeds: readonly Deed[] = [
  ['image remove demo', 'removeImage', { params: { name: 'demo' } }, /Removed the image demo/],
  ['image default demo', 'changeSettings', { body: { defaultImage: 'demo' } }, /The default image is demo/],
  ['image default --none', 'changeSettings', { body: { defaultImage: null } }, /There is no default image/],
  ['image default', 'showSettings', {}, /The default image is demo/],
  [
    'machine assign 525400123456 demo',
    'changeMachine',
    { params: { mac: machine.mac }, body: { image: 'demo' } },
    /52:54:00:12:34:56 now boots: demo 3: the default image/,
  ],
  [`machine assign ${machine.mac} --none`, 'changeMachine', { body: { image: null } }, /now boots/],
  [
    `machine set ${machine.mac} --proxy-dialect boot-server --loader none`,
    'changeMachine',
    { body: { proxyDialect: 'boot-server', loader: null } },
    /now boots/,
  ],
  [`machine forget ${machine.mac}`, 'removeMachine', { params: { mac: machine.mac } }, /Forgot 52:54/],
  ['loaders remove snponly.efi', 'removeLoader', { params: { name: 'snponly.efi' } }, /Removed the loader/],
]
for (const [args, route, expected, says] of deeds) {
  test(`${args}: asks for ${route} and says what is now true`, async () => {
    await using platform = await startFakePlatform({
      changeMachine: () => machine,
      showSettings: () => ({ defaultImage: 'demo' }),
      changeSettings: ({ body }) => body,
    })
    await using line = await CommandLine.at(platform.url)
    const said = await line.run(args.split(' '))
    assert.equal(said.exitCode, 0, said.stderr)
    assert.match(said.stdout, says)
    assert.partialDeepStrictEqual(platform.calls, [{ route, ...expected }])
  })
}

const wrong: readonly (readonly [args: string, says: RegExp])[] = [
  ['machine assign 52:54:00:12:34:56', /Give the image for the machine, or --none\./],
  ['machine assign 52:54:00:12:34:56 demo --none', /Give the image for the machine, or --none\./],
  ['machine assign nonsense demo', /“nonsense” is not a hardware address such as 52:54:00:12:34:56\./],
  ['machine set 52:54:00:12:34:56', /Nothing to set\./],
  ['machine set 52:54:00:12:34:56 --proxy-dialect x', /Choose discovery-control, boot-server or none\./],
  ['image default demo --none', /Give a name or --none, not both\./],
  ['image show', /Missing required argument 'name'\./],
  ['image list more', /Too many arguments/],
  ['machine lst', /Unknown command 'lst'\.\n {2}To do: Did you mean list\?/],
  ['--nonsense', /Unknown option '--nonsense'\./],
]
for (const [args, says] of wrong) {
  test(`${args}: is wrong usage`, async () => {
    await using line = await CommandLine.at('http://127.0.0.1:9')
    const said = await line.run(args.split(' '))
    assert.equal(said.exitCode, 2, said.stderr)
    assert.match(said.stderr, says)
    assert.equal(said.stdout, '')
  })
}

test('every command has help with examples', async () => {
  await using line = await CommandLine.open()
  const { stdout } = await line.run(['--help'])
  const listed = stdout.split(/Commands:|First steps:/)[1] ?? ''
  const tops = [...listed.matchAll(/^ {2}([a-z-]+)/gm)].map((match) => match[1] ?? '')
  const groups = ['image', 'machine', 'loaders']
  assert.ok(
    groups.every((name) => tops.includes(name)),
    stdout,
  )
  const commands: string[][] = tops
    .filter((name) => !groups.includes(name) && name !== 'help')
    .map((name) => [name])
  for (const group of groups) {
    const inside = (await line.run([group, '--help'])).stdout.split('Commands:')[1] ?? ''
    for (const [, name = ''] of inside.matchAll(/^ {2}([a-z-]+)/gm))
      if (name !== 'help') commands.push([group, name])
  }
  assert.ok(commands.length >= 17, `${commands.length} commands`)
  for (const command of commands) {
    const help = await line.run([...command, '--help'])
    assert.equal(help.exitCode, 0)
    assert.match(help.stdout, new RegExp(`Examples:\n  .*bootcast ${command.join(' ')}`), command.join(' '))
  }
})

test('without a command the help goes to standard error, and that is wrong usage', async () => {
  await using line = await CommandLine.open()
  for (const args of [[], ['image']]) {
    const said = await line.run(args)
    assert.equal(said.exitCode, 2)
    assert.equal(said.stdout, '')
    assert.match(said.stderr, /^Usage: bootcast/)
  }
})

test('the status says what is missing', async () => {
  await using platform = await startFakePlatform({
    status: () => ({
      version: '0.1.0',
      startedAt: '2026-11-23T10:00:00Z',
      listening: [{ service: 'http', address: '0.0.0.0:8080' }],
      missing: ['TFTP: port 69 is not ours. Grant it with setcap.'],
      counters: { 'dhcp received': 12, 'tftp transfers': 0 },
    }),
  })
  await using line = await CommandLine.at(platform.url)
  const { stdout } = await line.run(['status'])
  assert.match(
    stdout,
    /\nListening\nhttp {2}0\.0\.0\.0:8080\n\nMissing\n- TFTP: port 69 .*\n\nSince the start\ndhcp received {2}12\n$/,
  )
})
