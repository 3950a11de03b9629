import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Image, type Machine, type ReleaseDifference, routes } from '@bootcast/contract'
import { CommandLine } from '../testing/command-line.ts'
import { type Call, startFakePlatform } from '../testing/fake-platform.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const image: Image = {
  name: 'demo',
  createdAt: '2026-11-20T12:00:00Z',
  isDefault: true,
  machines: 2,
  channels: [{ name: 'stable', number: 2, movedAt: '2026-11-23T11:00:00Z', movedBy: 'ann', previous: 1 }],
  newest: {
    image: 'demo',
    number: 3,
    size: 46_598_323,
    variants: [
      {
        architecture: 'x86_64',
        method: 'linux',
        cmdline: 'console=ttyS0',
        files: [
          { role: 'kernel', name: 'vmlinuz', digest, size: 8_598_323 },
          { role: 'initrd1', name: 'initrd.gz', digest, size: 38_000_000 },
        ],
      },
    ],
    createdAt: '2026-11-23T11:55:00Z',
    createdBy: 'admin',
  },
}
const empty: Image = {
  name: 'empty',
  createdAt: '2026-11-20T12:00:00Z',
  isDefault: false,
  machines: 0,
  channels: [],
}
const machine: Machine = {
  mac: '52:54:00:12:34:56',
  manufacturer: 'QEMU',
  product: '\u{1b}[2J\u{1b}]0;owned\u{7}Standard PC\n(evil)',
  architecture: 'x86_64',
  address: '192.168.77.10',
  labels: [],
  overwriteDisk: false,
  firstSeenAt: '2026-11-20T12:00:00Z',
  lastSeenAt: '2026-11-23T09:00:00Z',
  boots: 'demo 3: the default image',
}

test('images are listed with what uses them', async () => {
  await using platform = await startFakePlatform({ listImages: () => ({ items: [image, empty] }) })
  await using line = await CommandLine.at(platform.url)
  assert.equal(
    (await line.run(['image', 'list'])).stdout,
    `NAME   RELEASE  CHANNELS  FOR         SIZE  PUBLISHED  USED BY
demo         3  stable 2  x86_64  44.4 MiB  5 min ago  default, 2 machines
empty        -  -         -              -  -          -
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
  const detail = { ...image, releases: [image.newest], followers: [] }
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
      showImage: () => ({ ...image, releases: [image.newest], followers: [] }),
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
  [
    'image remove demo@3',
    'removeRelease',
    { params: { name: 'demo', number: 3 as unknown as string } },
    /Removed the release demo@3/,
  ],
  [
    'image promote demo@2 stable',
    'moveChannel',
    { params: { name: 'demo', channel: 'stable' }, body: { number: 2 } },
    /demo@stable is release 2 now.* Before it was 1\./,
  ],
  [
    'image rollback demo',
    'rollBackChannel',
    { params: { name: 'demo', channel: 'stable' } },
    /is release 2 now/,
  ],
  [
    'image rollback demo edge',
    'rollBackChannel',
    { params: { name: 'demo', channel: 'edge' } },
    /is release 2 now/,
  ],
  [
    'image drop-channel demo@edge',
    'removeChannel',
    { params: { channel: 'edge' } },
    /Removed the channel demo@edge/,
  ],
  ['image keep demo 5', 'changeImage', { body: { keep: 5 } }, /The last 5 releases of demo stay/],
  ['image keep demo all', 'changeImage', { body: { keep: null } }, /All releases of demo stay/],
  [
    'image gc --dry-run',
    'collectGarbage',
    { body: { dryRun: true } },
    /^demo@1\nWould remove 1 release and 2 files, 3\.0 KiB\.\n$/,
  ],
  [
    'image diff demo@3',
    'showDifference',
    { params: { name: 'demo', number: 3 as unknown as string }, query: {} },
    /^A site that has demo@2 fetches 1\.0 MiB of the 40\.0 MiB of demo@3 \(3 %\)\.\n\nFILE .*\ninitrd1 +initrd\.gz +36\.2 MiB +1000 KiB\nother +archives, .* +24\.0 KiB\n$/,
  ],
  [
    'image diff demo@3 --from demo@1',
    'showDifference',
    { params: { name: 'demo', number: 3 as unknown as string }, query: { from: 1 as unknown as string } },
    /A site that has demo@2 fetches/,
  ],
  ['image diff demo@3 --from 1', 'showDifference', { query: { from: 1 as unknown as string } }, /fetches/],
  ['image default demo', 'changeSettings', { body: { defaultImage: 'demo' } }, /The default image is demo/],
  ['image default --none', 'changeSettings', { body: { defaultImage: null } }, /There is no default image/],
  ['image default', 'showSettings', {}, /The default image is demo/],
  [
    'machine assign 525400123456 demo',
    'changeMachine',
    { params: { mac: machine.mac }, body: { image: 'demo' } },
    /52:54:00:12:34:56 now boots: demo 3: the default image/,
  ],
  [
    `machine assign ${machine.mac} demo --overwrite-disk`,
    'changeMachine',
    { body: { image: 'demo', overwriteDisk: true } },
    /now boots/,
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
const difference: ReleaseDifference = {
  ...{ image: 'demo', number: 3, from: 2, size: 40 * 2 ** 20, fetched: 2 ** 20 },
  files: [
    { role: 'initrd1', name: 'initrd.gz', digest, size: 38_000_000, fetched: 1000 * 1024 },
    { role: 'kernel', name: 'vmlinuz', digest, size: 3_000_000, fetched: 0 },
  ],
  rest: { size: 100_000, fetched: 24 * 1024 },
}
const menu = { menuDefault: 'code', menuSeconds: 60 }
for (const [args, route, expected, says] of deeds) {
  test(`${args}: asks for ${route} and says what is now true`, async () => {
    await using platform = await startFakePlatform({
      changeMachine: () => machine,
      showSettings: () => ({ ...menu, defaultImage: 'demo' }),
      changeSettings: ({ body }) => ({ ...menu, ...(body as object) }),
      moveChannel: () => image.channels[0],
      rollBackChannel: () => image.channels[0],
      changeImage: () => image,
      showDifference: () => difference,
      collectGarbage: () => ({ releases: [{ image: 'demo', number: 1 }], blobs: 2, bytes: 3072 }),
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
  ['image keep demo 0', /“0” is no number of releases\./],
  ['image promote demo stable', /Say which release\.\n {2}To do: Give it as demo@3/],
  ['image diff demo@3 --from other@2', /other@2 is no release of demo\./],
  ['image drop-channel demo', /“demo” is no channel\./],
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
  const groups = [
    'image',
    'machine',
    'label',
    'template',
    'opening',
    'network',
    'source',
    'build',
    'boot',
    'loaders',
    'site',
    'bundle',
    'key',
    'user',
    'token',
  ]
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

test('of a release without one before it all is new, and of one that a site has already nothing', async () => {
  const answers: readonly ReleaseDifference[] = [
    { ...difference, from: undefined, fetched: difference.size },
    { ...difference, files: [], fetched: 0, rest: { size: 0, fetched: 0 } },
  ]
  let asked = 0
  await using platform = await startFakePlatform({ showDifference: () => answers[asked++] })
  await using line = await CommandLine.at(platform.url)
  const said = async () => (await line.run(['image', 'diff', 'demo@3'])).stdout
  assert.match(await said(), /^A site fetches all 40\.0 MiB of demo@3: no release is before it\.\n/)
  assert.equal(await said(), 'A site that has demo@2 has all of demo@3: it fetches nothing.\n')
})

test('a release says who signed its bundle, and nothing where nobody did', async () => {
  const key = 'ab'.repeat(32)
  const releases = [
    { ...image.newest, signedBy: { key, name: 'work' } },
    { ...image.newest, number: 2 },
  ]
  await using platform = await startFakePlatform({ showImage: () => ({ ...image, releases, followers: [] }) })
  await using line = await CommandLine.at(platform.url)
  const [, signed = '', unsigned = ''] = (await line.run(['image', 'show', 'demo'])).stdout.split(
    /^Release /m,
  )
  assert.match(signed, new RegExp(`bundle signed +by work, verified when it was imported\n +${key}\n`))
  assert.doesNotMatch(unsigned, /signed/)
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

test('a release is promoted to where another channel points', async () => {
  await using platform = await startFakePlatform({
    showImage: () => ({ ...image, releases: [image.newest], followers: [] }),
    moveChannel: () => image.channels[0],
  })
  await using line = await CommandLine.at(platform.url)
  assert.equal((await line.run(['image', 'promote', 'demo@stable', 'edge'])).exitCode, 0)
  assert.deepEqual(platform.calls.at(-1)?.body, { number: 2 })
  const none = await line.run(['image', 'promote', 'demo@edge', 'stable'])
  assert.equal(none.exitCode, 1)
  assert.match(none.stderr, /The image demo has no channel edge\.\n {2}To do: Choose of: stable\./)
})
