import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { bzImage, emptyInitrd } from '../testing/boot-files.ts'
import { CommandLine } from '../testing/command-line.ts'
import { breakingNetwork, type RealPlatform, startRealPlatform } from '../testing/real-platform.ts'
import { imageNameFor } from './publish-input.ts'

let platform: RealPlatform
let line: CommandLine

before(async () => {
  platform = await startRealPlatform()
  line = await CommandLine.open()
  const signIn = ['sign-in', platform.url, '-u', 'admin', '--password-stdin']
  assert.equal((await line.run(signIn, { stdin: `${platform.password}\n` })).exitCode, 0)
})
after(async () => {
  await line?.[Symbol.asyncDispose]()
  await platform?.[Symbol.asyncDispose]()
})

/** A folder of the layout of osbuild, or of none that is known. */
async function folder(name: string, kernelName = 'vmlinuz', rootBytes = 1_000_000): Promise<string> {
  const path = line.path(name)
  await mkdir(path, { recursive: true })
  await writeFile(`${path}/${kernelName}`, bzImage(65_536, 1))
  await writeFile(`${path}/initrd.img`, emptyInitrd())
  await writeFile(`${path}/rootfs.img`, randomBytes(rootBytes))
  return path
}

test('a folder is published, and sent only once', async () => {
  const path = await folder('web')
  const said = await line.run(['publish', path, '--channel', 'testing'])
  assert.equal(said.exitCode, 0, said.stderr)
  assert.match(said.stdout, /^Release 1 of web\n/)
  assert.match(said.stdout, /recognised {2,}osbuild PXE tar, because \/vmlinuz, \/initrd\.img, \/rootfs\.img/)
  assert.match(said.stderr, /web\.tar {2}1\.\d MiB {2}uploaded/)
  const again = await line.run(['publish', path, '--name', 'other', '--json'])
  assert.equal(JSON.parse(again.stdout).number, 1)
  assert.match(again.stderr, /web\.tar .*already there/)
})

test('what nothing recognises is told with the way out, and the way out works', async () => {
  const path = await folder('odd', 'my-kernel')
  const refused = await line.run(['publish', path])
  assert.equal(refused.exitCode, 1)
  assert.match(refused.stderr, /Nothing recognises it\. In it: .*my-kernel/)
  assert.match(refused.stderr, /To do: Say the recipe \(--recipe NAME\), or by hand .*--kernel PATH/s)
  const hand = ['--kernel', 'my-kernel', '--initrd', 'initrd.img', '--file', 'rootfs=rootfs.img']
  const said = await line.run(['publish', path, ...hand, '--cmdline', 'root=live:{{rootfs}}', '--json'])
  assert.equal(said.exitCode, 0, said.stderr)
  const [variant] = JSON.parse(said.stdout).variants
  assert.deepEqual(
    [variant.cmdline, variant.files.map(({ role }: { role: string }) => role)],
    ['root=live:{{rootfs}}', ['kernel', 'initrd1', 'rootfs']],
  )
})

test('further words follow the recipe’s command line', async () => {
  const path = await folder('words')
  const said = await line.run(['publish', path, '--cmdline', 'console=ttyS0', '--json'])
  assert.match(JSON.parse(said.stdout).variants[0].cmdline, /ip=dhcp console=ttyS0$/)
  const bad = await line.run(['publish', path, '--cmdline', 'a\nb'])
  assert.equal(bad.exitCode, 1)
})

test('an upload that the network cuts goes on where it broke', async () => {
  const path = await folder('cut', 'vmlinuz', 20_000_000)
  const stored = JSON.parse(await readFile(line.path('config/credentials.json'), 'utf8'))
  const { token } = stored.platforms[platform.url]
  await using network = await breakingNetwork(platform.url, 2, 6_000_000)
  const said = await line.run(['publish', path, '--json'], { url: network.url, token })
  assert.equal(said.exitCode, 0, said.stderr)
  assert.match(said.stderr, /The connection broke; trying again in 1 s/)
  assert.equal(JSON.parse(said.stdout).variants[0].files[2].size, 20_000_000)
})

const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['no such file', ['publish', './none.iso'], /There is no file \.\/none\.iso\./],
  [
    'a role without a path',
    ['publish', '.', '-k', 'x', '--file', 'rootfs'],
    /does not say which file has which role/,
  ],
  ['half a description', ['publish', '.', '--initrd', 'x'], /Name the kernel, too/],
  ['a name that none can be', ['publish', '.', '--name', 'A B'], /cannot be the name of an image/],
  ['an inner address', ['publish', 'http://127.0.0.1:1/x.iso'], /address of an inner network/],
  ['an inner registry', ['publish', 'oci://127.0.0.1:1/team/web:1'], /address of an inner network/],
  ['no place in a registry', ['publish', 'oci://registry.example'], /is no place in a registry/],
  ['no object of a bucket', ['publish', 's3://bucket', '--name', 'x'], /is no object of a bucket/],
  ['a user of no registry', ['publish', '.', '--user', 'me'], /are for a registry/],
  ['a user for files', ['publish', 'x', '--kernel', 'y', '--user', 'me'], /are for a registry/],
  [
    'a password without a user',
    ['publish', 'oci://registry.example/a:1', '--password-file', 'x'],
    /A password needs a user/,
  ],
]
for (const [what, args, says] of wrong) {
  test(`${what} is refused in words`, async () => {
    const said = await line.run(args)
    assert.notEqual(said.exitCode, 0)
    assert.match(said.stderr, says)
  })
}

const names: readonly (readonly [string, string])[] = [
  ['/tmp/Debian Live 12.iso', 'debian-live-12'],
  ['oci:./layout', 'layout'],
  ['https://x.example/a/edge-1.2.tar.xz?token=1', 'edge-1.2'],
  ['disk.raw.zst', 'disk'],
  ['oci://registry.example:5000/team/Demo:3', 'demo'],
  [`oci://registry.example/team/demo@sha256:${'0'.repeat(64)}`, 'demo'],
  ['s3://images/builds/edge os#1.tar', 'edge-os-1'],
  ['oci:///tmp/layout', 'layout'],
]
for (const [what, expected] of names)
  test(`${what} becomes the image ${expected}`, () =>
    assert.equal(imageNameFor({ what, image: undefined }), expected))
