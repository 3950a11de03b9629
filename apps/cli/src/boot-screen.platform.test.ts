import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { bzImage, emptyInitrd } from '../testing/boot-files.ts'
import { CommandLine } from '../testing/command-line.ts'
import { type RealPlatform, startRealPlatform } from '../testing/real-platform.ts'

const mac = '52:54:00:12:34:56'
let platform: RealPlatform
let line: CommandLine

before(async () => {
  platform = await startRealPlatform()
  line = await CommandLine.open({ now: Date.now })
  await writeFile(line.path('vmlinuz'), bzImage(2 ** 20, 1))
  await writeFile(line.path('initrd.gz'), emptyInitrd())
  await done('sign-in', platform.url, '-u', 'admin', '--password-file', await passwordFile())
  for (const name of ['demo', 'other'])
    await done('publish', name, '-k', line.path('vmlinuz'), '-i', line.path('initrd.gz'))
})
after(async () => {
  await line?.[Symbol.asyncDispose]()
  await platform?.[Symbol.asyncDispose]()
})

async function passwordFile(): Promise<string> {
  await writeFile(line.path('password'), platform.password, { mode: 0o600 })
  return line.path('password')
}

async function done(...args: readonly string[]) {
  const said = await line.run([...args, '--json'])
  assert.equal(said.exitCode, 0, said.stderr)
  return JSON.parse(said.stdout)
}
const text = async (...args: readonly string[]) => (await line.run(args, { columns: 80 })).stdout
const script = async (path = `/boot.ipxe?mac=${mac}&buildarch=x86_64&platform=efi`) =>
  (await fetch(path.startsWith('http') ? path : `${platform.url}${path}`)).text()
const session = async () => /http:\S+\/session/.exec(await script())?.[0] ?? ''

test('an opening with a count boots that many machines, and a machine that tries again counts once', async () => {
  const opening = await done(
    'open',
    'demo',
    '--subnet',
    '127.0.0.1/8',
    '--boot',
    '--times',
    '1',
    '--for',
    '4h',
  )
  assert.deepEqual(
    [opening.image, opening.machines, opening.state],
    ['demo', { subnet: '127.0.0.0/8' }, 'open'],
  )
  assert.match(await script(), /starting demo 1/)
  assert.match(await script(), /starting demo 1/)
  const [{ used, state }] = (await done('opening', 'list', '--every')).items
  assert.deepEqual([used, state], [1, 'used up'])
  assert.match(await script(`/boot.ipxe?mac=52:54:00:99:99:99`), /^menu Bootcast$/m)
  const explained = await done('explain', '52:54:00:99:99:99', '--address', '127.0.0.1')
  assert.equal(explained.does, 'menu')
  assert.match(explained.openings[0].because, /1 boot is used up/)
  await done('opening', 'close', opening.id)
  assert.match(await script(), /^menu Bootcast$/m)
})

test('an opening for the menu stands there, boots when it is picked, and not when it was closed meanwhile', async () => {
  const { id } = await done('open', 'demo', '--mac', mac)
  const menu = await script()
  assert.match(menu, /^item image1 demo 1 \(stable\)|^item image1 demo 1$/m)
  const choose = /http:\S+choose\?image=\S+/.exec(menu)?.[0] ?? ''
  assert.match(await script(choose), /starting demo 1/)
  const again = /http:\S+choose\?image=\S+/.exec(await script())?.[0] ?? ''
  await done('opening', 'close', id)
  assert.match(await script(again), /this cannot be booted: demo needs a sign-in/)
})

test('an assignment for one boot holds until all files were sent, then what was before', async () => {
  await done('machine', 'assign', mac, 'demo')
  await done('machine', 'assign', mac, 'other', '--once')
  const first = await script()
  assert.match(first, /starting other 1/)
  const [kernel = '', initrd = ''] = [...first.matchAll(/http:\S+\/files\/\S+/g)].map(([url]) => url)
  await (await fetch(kernel)).arrayBuffer()
  assert.match(await script(), /starting other 1/, 'the boot failed on the way')
  await (await fetch(initrd)).arrayBuffer()
  // Written down a moment after the last byte was sent.
  for (let tries = 0; tries < 50 && /starting other 1/.test(await script()); tries++) await delay(20)
  assert.match(await script(), /starting demo 1/)
  const shown = await done('machine', 'show', mac)
  assert.deepEqual([shown.image, shown.nextImage], ['demo', undefined])
  await done('machine', 'assign', mac, '--none')
})

test('a code on a screen is approved from a command line, for the menu or for one image', async () => {
  const codeOf = async (place: string) =>
    /\b[B-Z]{4}-[B-Z]{4}\b/.exec(await script(`${place}/code`))?.[0] ?? ''
  const place = await session()
  const code = await codeOf(place)
  const shown = await done('approve', code, '--show')
  assert.deepEqual([shown.mac, shown.address], [mac, '127.0.0.1'])
  assert.deepEqual(shown.images.map(({ image }: { image: string }) => image).sort(), [
    'demo@stable',
    'other@stable',
  ])
  await done('approve', code.toLowerCase().replace('-', ' '))
  assert.match(await script(`${place}/wait`), /session\/menu/)
  assert.match(await script(`${place}/menu`), /^menu Bootcast - signed in as admin$/m)
  const other = await session()
  await done('approve', await codeOf(other), '--image', 'other@stable')
  const next = /http:\S+choose\?image=\S+/.exec(await script(`${other}/wait`))?.[0] ?? ''
  assert.match(await script(next), /starting other 1/)
  const third = await session()
  await done('approve', await codeOf(third), '--deny')
  assert.match(await script(`${third}/wait`), /the sign-in was refused/)
  const gone = await line.run(['approve', code, '--json'])
  assert.deepEqual([gone.exitCode, JSON.parse(gone.stderr).error.code], [1, 'code_not_found'])
})

test('an explanation names the rules in their order, for a machine that was never heard as well', async () => {
  await done('machine', 'assign', mac, 'demo')
  const said = await text('explain', mac)
  assert.match(said, /^now +boots demo@1: assigned to this machine$/m)
  assert.match(said, /^1\. choice +nothing was picked/m)
  assert.match(said, /^3\. assignment +decides: /m)
  const stranger = await done('explain', '52:54:00:00:00:77', '--user', 'admin', '--image', 'demo')
  assert.deepEqual([stranger.does, stranger.because], ['boot', 'admin picked it'])
  await done('machine', 'assign', mac, '--none')
})

test('labels are put on and taken off, and openings find machines by them', async () => {
  assert.deepEqual((await done('machine', 'label', mac, 'lab', 'rack=4')).labels, ['lab', 'rack=4'])
  const { id } = await done('open', 'other', '--label', 'lab', '--boot')
  assert.match(await script(), /starting other 1/)
  assert.deepEqual((await done('machine', 'label', mac, '--remove', 'lab')).labels, ['rack=4'])
  assert.match(await script(), /^menu Bootcast$/m)
  await done('opening', 'close', id)
})

test('what the menu takes when nobody picks is the operator’s choice', async () => {
  assert.deepEqual(await done('menu'), { menuDefault: 'code', menuSeconds: 60 })
  await done('menu', '--default', 'disk', '--seconds', '10')
  assert.match(await script(), /^choose --default disk --timeout 10000 picked/m)
  await done('menu', '--default', 'code', '--seconds', '60')
})

test('an image that is open to machines is not removed', async () => {
  const { id } = await done('open', 'demo', '--all')
  const said = await line.run(['image', 'remove', 'demo'])
  assert.equal(said.exitCode, 1)
  assert.match(said.stderr, /one opening/)
  await done('opening', 'close', id)
})

const wrong: readonly (readonly [args: string, words: RegExp])[] = [
  ['open demo', /Say to which machines/],
  ['open demo --subnet 10.1.2.0', /subnet/],
  ['open demo --mac nonsense', /hardware address/],
  ['open demo --all --for soon', /not a length of time/],
  ['open demo --all --for 1h --until 2027-01-01', /not both/],
  ['open demo --all --until 2020-01-01', /end before it begins/],
  ['open demo --all --times 0', /not a number of boots/],
  ['open demo@stable --all --channel testing', /channel once/],
  ['open nothing --all', /no image nothing/],
  ['open demo --all --channel none', /no channel none/],
  ['opening close 1', /no opening 1/],
  ['approve nonsense', /not a sign-in code/],
  ['explain nonsense', /hardware address/],
  ['menu --seconds -1', /unknown option|not a number/],
  ['machine assign 52:54:00:12:34:56 demo --once --always', /not both/],
]
for (const [args, words] of wrong)
  test(`${args}: ${words.source}`, async () => {
    const said = await line.run(args.split(' '))
    assert.notEqual(said.exitCode, 0)
    assert.match(said.stderr, words)
  })
