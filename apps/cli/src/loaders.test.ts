import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, readdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { CommandLine } from '../testing/command-line.ts'
import { type Call, startFakePlatform } from '../testing/fake-platform.ts'
import { debianPackageFiles } from './debian-package.ts'
import { tarEntries } from './tar-reader.ts'

const loaderOf = ({ params, bytes }: Call) => ({
  name: params['name'],
  digest: `sha256:${'0'.repeat(64)}`,
  size: bytes.length,
  architecture: 'x86_64',
  platform: 'uefi',
  proven: false,
  features: [],
  firmwares: [],
})

/** Takes what begins with MZ. */
const choosy = {
  putLoader: (call: Call) =>
    call.bytes.toString().startsWith('MZ')
      ? loaderOf(call)
      : { refuse: 'not_a_loader', detail: 'It has neither a PE header nor an iPXE prefix.' },
}

async function files(line: CommandLine, texts: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(dirname(line.path(`from/${name}`)), { recursive: true })
    await writeFile(line.path(`from/${name}`), text)
  }
  return line.path('from')
}

test('of a directory what looks like a loader is imported, and each file is reported', async () => {
  await using platform = await startFakePlatform(choosy)
  await using line = await CommandLine.at(platform.url)
  const dir = await files(line, {
    'ipxe.efi': 'MZ one',
    'arm/ipxe-arm64.efi': 'MZ two',
    'arm/ipxe.efi': 'MZ three',
    'undionly.kpxe': 'broken',
    'my loader.efi': 'MZ',
    'empty.pxe': '',
    'ipxe.iso': 'MZ',
    'ipxe.lkrn': 'MZ',
    'ipxe.usb': 'MZ',
    README: 'MZ',
  })
  await writeFile(line.path('from/huge.efi'), 'MZ')
  await truncate(line.path('from/huge.efi'), 2 ** 26)
  const said = await line.run(['loaders', 'import', dir])
  assert.equal(said.exitCode, 0, said.stderr)
  assert.equal(
    said.stdout.replaceAll(dir, 'FROM'),
    `imported  arm/ipxe-arm64.efi: uefi x86_64, 6 B, not proven here
imported  arm/ipxe.efi: uefi x86_64, 8 B, not proven here
refused   empty.pxe: FROM/empty.pxe is empty.
refused   huge.efi: It has 64.0 MiB; no loader has more than 32.0 MiB.
refused   ipxe.efi: arm/ipxe.efi has the same name and was imported.
refused   my loader.efi: Machines could not be told this file name.
refused   undionly.kpxe: It has neither a PE header nor an iPXE prefix.
`,
  )
  assert.equal(said.stderr, '2 loaders imported, 5 refused.\n')
})

test('links to loaders are followed, links to directories are not', async () => {
  await using platform = await startFakePlatform(choosy)
  await using line = await CommandLine.at(platform.url)
  const dir = await files(line, { 'real/a.efi': 'MZ' })
  await symlink('real/a.efi', line.path('from/b.efi'))
  await symlink('..', line.path('from/real/loop'))
  const { stdout } = await line.run(['loaders', 'import', dir, '--json'])
  const { imported, refused } = JSON.parse(stdout)
  assert.deepEqual(
    imported.map(({ from }: { from: string }) => from),
    ['b.efi', 'real/a.efi'],
  )
  assert.deepEqual(refused, [])
})

test('a single file is offered whatever its name', async () => {
  await using platform = await startFakePlatform(choosy)
  await using line = await CommandLine.at(platform.url)
  const dir = await files(line, { 'grub.bin': 'MZ' })
  const said = await line.run(['loaders', 'import', `${dir}/grub.bin`])
  assert.equal(said.exitCode, 0, said.stderr)
  assert.deepEqual(
    platform.calls.map(({ params }) => params['name']),
    ['grub.bin'],
  )
})

test('of signed loaders those for networks are imported, under the names that shim asks for', async () => {
  await using platform = await startFakePlatform(choosy)
  await using line = await CommandLine.at(platform.url)
  const dir = await files(line, {
    'lib/shim/shimx64.efi.signed': 'MZ shim',
    'lib/shim/mmx64.efi.signed': 'MZ keys',
    'lib/shim/fbx64.efi.signed': 'MZ not for networks',
    'lib/grub/gcdx64.efi.signed': 'MZ for CDs',
    'lib/grub/grubx64.efi.signed': 'MZ for disks',
    'lib/grub/grubnetx64-installer.efi.signed': 'MZ other paths',
    'lib/grub/grubnetx64.efi.signed': 'MZ grub',
    'lib/grub/grubnetaa64.efi.signed': 'MZ grub arm',
  })
  const said = await line.run(['loaders', 'import', dir])
  assert.equal(
    said.stdout,
    `imported  lib/grub/grubnetaa64.efi.signed as grubaa64.efi: uefi x86_64, 11 B, not proven here
imported  lib/grub/grubnetx64.efi.signed as grubx64.efi: uefi x86_64, 7 B, not proven here
imported  lib/shim/mmx64.efi.signed as mmx64.efi: uefi x86_64, 7 B, not proven here
imported  lib/shim/shimx64.efi.signed as shimx64.efi: uefi x86_64, 7 B, not proven here
`,
  )
  await line.run(['loaders', 'import', `${dir}/lib/grub/grubnetx64.efi.signed`])
  assert.equal(platform.calls.at(-1)?.params['name'], 'grubx64.efi')
})

test('an import that brings nothing fails and says why', async () => {
  await using platform = await startFakePlatform(choosy)
  await using line = await CommandLine.at(platform.url)
  const none = await line.run(['loaders', 'import', await files(line, { README: '' })])
  assert.equal(none.exitCode, 1)
  assert.match(none.stderr, /No loader was imported from .*\n {2}There is no file \*\.efi/)
  const refused = await line.run(['loaders', 'import', await files(line, { 'a.efi': 'no' })])
  assert.equal(refused.exitCode, 1)
  assert.match(refused.stderr, /1 file refused, for the reasons above/)
  const missing = await line.run(['loaders', 'import', line.path('nowhere')])
  assert.equal(missing.exitCode, 1)
  assert.match(missing.stdout, /refused {3}.*nowhere: There is no file/)
})

test('an import ends when the token is no longer valid', async () => {
  await using platform = await startFakePlatform(choosy)
  await using line = await CommandLine.at(platform.url, { token: 'old' })
  const said = await line.run(['loaders', 'import', await files(line, { 'a.efi': 'MZ' })])
  assert.equal(said.exitCode, 3)
})

const has = (tool: string) => spawnSync(tool, ['--version']).status === 0
const skip = has('dpkg-deb') ? false : 'dpkg-deb is not installed'

/** A package with loaders in /usr/lib/ipxe, one under a path too long for a plain tar header. */
async function buildPackage(line: CommandLine): Promise<string> {
  const deep = `usr/lib/ipxe/${'deep/'.repeat(30)}snponly.efi`
  await files(line, {
    'DEBIAN/control':
      'Package: loaders\nVersion: 1\nArchitecture: all\nMaintainer: t <t@t>\nDescription: t\n',
    'usr/lib/ipxe/ipxe.efi': `MZ${'x'.repeat(100_000)}`,
    'usr/lib/ipxe/ipxe.lkrn': 'MZ',
    [deep]: 'MZ deep',
  })
  await symlink('ipxe.efi', line.path('from/usr/lib/ipxe/link.efi'))
  const built = spawnSync('dpkg-deb', [
    '--root-owner-group',
    '-b',
    line.path('from'),
    line.path('loaders.deb'),
  ])
  assert.equal(built.status, 0, String(built.stderr))
  return line.path('loaders.deb')
}

test('loaders come out of a Debian package, and nothing is left behind', { skip }, async () => {
  await using platform = await startFakePlatform(choosy)
  await using line = await CommandLine.at(platform.url)
  const deb = await buildPackage(line)
  const before = await readdir(tmpdir())
  const { stdout } = await line.run(['loaders', 'import', deb, '--json'])
  const { imported } = JSON.parse(stdout)
  const sizes = imported.map(({ loader }: { loader: { name: string; size: number } }) => [
    loader.name,
    loader.size,
  ])
  assert.deepEqual(Object.fromEntries(sizes), { 'ipxe.efi': 100_002, 'snponly.efi': 7 })
  assert.deepEqual(
    (await readdir(tmpdir())).filter((name) => !before.includes(name)),
    [],
  )
})

for (const tool of ['dpkg-deb', 'bsdtar']) {
  test(`${tool} opens a package`, {
    skip: skip || (has(tool) ? false : `${tool} is not installed`),
  }, async () => {
    await using line = await CommandLine.open()
    const deb = await buildPackage(line)
    const found: string[] = []
    for await (const { path } of debianPackageFiles(deb, [tool])) found.push(path.replace(/.*\//, ''))
    assert.deepEqual(found.sort(), ['ipxe.efi', 'ipxe.lkrn', 'snponly.efi'])
  })
}

test('a file that is no package is an error with what the tool said', { skip }, async () => {
  await using platform = await startFakePlatform(choosy)
  await using line = await CommandLine.at(platform.url)
  const dir = await files(line, { 'a.deb': 'no package', '-o.deb': 'no package' })
  for (const name of ['a.deb', '-o.deb']) {
    const said = await line.run(['loaders', 'import', `${dir}/${name}`])
    assert.equal(said.exitCode, 1)
    assert.match(said.stderr, /is not a Debian package that can be read\.\n {2}dpkg-deb: error/)
  }
})

test('without a tool for packages it says which to install', async () => {
  await using line = await CommandLine.open()
  const opening = debianPackageFiles(line.path('a.deb'), [])
  await assert.rejects(async () => {
    for await (const _ of opening);
  }, /cannot be unpacked here/)
})

async function* chunked(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test('an archive that is cut off or damaged is an error, wherever', {
  skip: !has('tar') && 'no tar',
}, async () => {
  await using line = await CommandLine.open()
  const dir = await files(line, { 'a.efi': 'MZ'.repeat(600), [`${'d'.repeat(120)}/b.efi`]: 'MZ' })
  const whole = spawnSync('tar', ['-c', '-C', dir, '.'], { maxBuffer: 2 ** 24 }).stdout
  const read = async (bytes: Uint8Array, chunk: number) => {
    const found: [string, string][] = []
    for await (const entry of tarEntries(chunked(bytes, chunk)))
      found.push([entry.path, Buffer.from(await entry.bytes()).toString()])
    return Object.fromEntries(found)
  }
  const expected = { './a.efi': 'MZ'.repeat(600), [`./${'d'.repeat(120)}/b.efi`]: 'MZ' }
  for (const chunk of [1, 511, 512, 65_536]) assert.deepEqual(await read(whole, chunk), expected)
  for (const end of [0, 100, 512, 1000])
    await assert.rejects(read(whole.subarray(0, end), 512), /ends too early/)
  const damaged = Buffer.from(whole)
  damaged[3] = 0xff
  await assert.rejects(read(damaged, 512), /damaged/)
})
