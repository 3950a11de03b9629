import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { bzImage, emptyInitrd } from '../testing/boot-files.ts'
import { CommandLine } from '../testing/command-line.ts'
import { breakingNetwork, type RealPlatform, startRealPlatform } from '../testing/real-platform.ts'

const mac = '52:54:00:12:34:56'
let platform: RealPlatform
let line: CommandLine

before(async () => {
  platform = await startRealPlatform()
  line = await CommandLine.open()
  await writeFile(line.path('vmlinuz'), bzImage(5 * 2 ** 20, 1))
  await writeFile(line.path('initrd.gz'), emptyInitrd())
  await writeFile(line.path('no-kernel'), 'This is a text, not a kernel.\n'.repeat(100))
})
after(async () => {
  await line?.[Symbol.asyncDispose]()
  await platform?.[Symbol.asyncDispose]()
})

/** Runs a command that must succeed and gives its JSON. */
async function json(...args: readonly string[]) {
  const said = await line.run([...args, '--json'])
  assert.equal(said.exitCode, 0, said.stderr)
  return JSON.parse(said.stdout)
}

const publishDemo = () => ['publish', 'demo', '-k', line.path('vmlinuz'), '-i', line.path('initrd.gz')]

test('a wrong password is refused', async () => {
  const said = await line.run(['sign-in', platform.url, '-u', 'admin', '--password-stdin'], {
    stdin: 'wrong',
  })
  assert.equal(said.exitCode, 3)
  assert.match(said.stderr, /^Error: /)
})

test('without a sign-in the platform refuses', async () => {
  const said = await line.run(['image', 'list', '--json'], { url: platform.url, token: 'made-up' })
  assert.equal(said.exitCode, 3)
  assert.equal(JSON.parse(said.stderr).error.code, 'not_signed_in')
})

test('the right password signs in', async () => {
  const said = await line.run(['sign-in', platform.url, '-u', 'admin', '--password-stdin'], {
    stdin: `${platform.password}\n`,
  })
  assert.equal(said.exitCode, 0, said.stderr)
  assert.equal((await json('whoami')).user, 'admin')
  assert.ok((await json('status')).listening.length > 0)
})

test('what is published is listed, with the digests of its files', async () => {
  const release = await json(...publishDemo(), '-c', 'console=ttyS0')
  assert.equal(release.number, 1)
  const [variant] = release.variants
  assert.equal(variant.architecture, 'x86_64')
  assert.equal(variant.files[0].size, 5 * 2 ** 20)
  assert.equal(variant.cmdline, 'console=ttyS0')
  const { items } = await json('image', 'list')
  assert.deepEqual(items[0].newest, { ...release, tests: [] })
  assert.equal((await json(...publishDemo())).number, 2)
  const numbers = (await json('image', 'show', 'demo')).releases.map(
    ({ number }: { number: number }) => number,
  )
  assert.deepEqual(numbers, [2, 1])
})

test('a text is refused as a kernel, with the reason, and nothing of it is published', async () => {
  const said = await line.run(['publish', 'text', '--kernel', line.path('no-kernel')])
  assert.equal(said.exitCode, 1)
  assert.match(said.stderr, /not a kernel/)
  assert.equal((await line.run(['image', 'show', 'text'])).exitCode, 1)
})

test('an upload that the network cuts twice is published by the third try', async () => {
  await using network = await breakingNetwork(platform.url, 2, 1_000_000)
  await writeFile(line.path('cut'), bzImage(8 * 2 ** 20, 2))
  const token = JSON.parse(await readStored()).platforms[platform.url].token
  const said = await line.run(['publish', 'cut', '--kernel', line.path('cut')], { url: network.url, token })
  assert.equal(said.exitCode, 0, said.stderr)
  assert.equal(network.state.cuts, 2)
  assert.match(said.stderr, /The connection broke; trying again in 1 s/)
})

async function readStored(): Promise<string> {
  return readFile(line.path('config/credentials.json'), 'utf8')
}

test('a machine is assigned before it was heard, listed, and forgotten', async () => {
  assert.equal((await json('machine', 'assign', '52-54-00-12-34-56', 'demo')).image, 'demo')
  const { items } = await json('machine', 'list')
  assert.equal(items[0].mac, mac)
  assert.match(items[0].boots, /demo/)
  assert.equal(
    (await json('machine', 'set', mac, '--proxy-dialect', 'boot-server')).proxyDialect,
    'boot-server',
  )
  assert.equal((await json('machine', 'set', mac, '--proxy-dialect', 'none')).proxyDialect, undefined)
})

test('an image in use is not removed, and says what uses it', async () => {
  assert.equal((await json('image', 'default', 'demo')).defaultImage, 'demo')
  const said = await line.run(['image', 'remove', 'demo'])
  assert.equal(said.exitCode, 1)
  assert.match(said.stderr, /use/)
  assert.equal((await json('machine', 'assign', mac, '--none')).image, undefined)
  assert.equal((await json('image', 'default', '--none')).defaultImage, null)
  assert.deepEqual(await json('image', 'remove', 'demo'), { removed: 'demo' })
  assert.deepEqual(await json('machine', 'forget', mac), { removed: mac })
  assert.deepEqual((await json('machine', 'list')).items, [])
})

const missing: readonly (readonly [args: string, code: string])[] = [
  ['image show nothing', 'image_not_found'],
  ['image remove nothing', 'image_not_found'],
  ['image default nothing', 'image_not_found'],
  [`machine show ${mac}`, 'machine_not_found'],
  [`machine assign ${mac} nothing`, 'image_not_found'],
  ['loaders remove nothing.efi', 'loader_not_found'],
]
for (const [args, code] of missing) {
  test(`${args}: ${code}`, async () => {
    const said = await line.run([...args.split(' '), '--json'])
    assert.equal(said.exitCode, 1)
    assert.equal(JSON.parse(said.stderr).error.code, code)
  })
}

test('a file that is no loader is refused with the reason', async () => {
  const said = await line.run(['loaders', 'import', line.path('no-kernel')])
  assert.equal(said.exitCode, 1)
  assert.match(said.stdout, /^refused .*no-kernel: ./)
  assert.deepEqual((await json('loaders', 'list')).items, [])
})

test('after signing out the token is worth nothing', async () => {
  const token = JSON.parse(await readStored()).platforms[platform.url].token
  await json('sign-out')
  const said = await line.run(['image', 'list'], { url: platform.url, token })
  assert.equal(said.exitCode, 3)
})

test('a platform that was stopped is unreachable', async () => {
  await platform.stop()
  const said = await line.run(['image', 'list'], { url: platform.url, token: 'x' })
  assert.equal(said.exitCode, 4)
  assert.match(said.stderr, /does not answer\.\n {2}Nothing listens there\./)
})
