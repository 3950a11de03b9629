import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { biosLoader, efiLoader, signedLoader } from '../testing/loader-files.ts'
import { firmwares } from './firmware.ts'
import { LoaderShelf, NotALoader } from './loader-shelf.ts'
import { knownLoaders, loaderKinds, signedChains } from './loaders.ts'

async function withShelf(
  run: (shelf: LoaderShelf, directory: string) => Promise<void>,
  secureBoot: 'no' | 'yes' = 'no',
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bootcast-loaders-'))
  try {
    await run(await LoaderShelf.open({ directory, log: () => {}, secureBoot }), directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

async function* inParts(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100)
}

const row = (name: string) => firmwares.find((firmware) => firmware.name === name)!

test('an EFI loader is known by its header, its version and its words', () =>
  withShelf(async (shelf) => {
    const loader = await shelf.import('ipxe-amd64.efi', inParts(efiLoader()))
    assert.deepEqual(loader, {
      name: 'ipxe-amd64.efi',
      digest: loader.digest,
      size: 1024,
      architecture: 'x86_64',
      platform: 'uefi',
      version: '2.0.0+test-1',
      proven: false,
      features: ['https'],
      firmwares: ['uefi-x64', 'uefi-x64-http'],
    })
    assert.match(loader.digest, /^sha256:[0-9a-f]{64}$/)
  }))

test('a BIOS loader is known by its jump and greeting', () =>
  withShelf(async (shelf) => {
    const loader = await shelf.import('undionly.kpxe', inParts(biosLoader()))
    assert.equal(loader.platform, 'bios')
    assert.deepEqual(loader.firmwares, ['bios'])
    assert.deepEqual(shelf.read('undionly.kpxe'), biosLoader())
    assert.deepEqual(
      await buffer(await shelf.serve('undionly.kpxe')!.read(1090, 1096)),
      Buffer.from('PXE->EB'),
    )
  }))

const strangers: readonly (readonly [string, Buffer, RegExp])[] = [
  ['an empty file', Buffer.alloc(0), /only 0 bytes/],
  ['a text', Buffer.from('#!ipxe\n'.repeat(200)), /neither an EFI application nor/],
  ['a Windows program', efiLoader({ subsystem: 3 }), /Windows program or an EFI driver/],
  ['a program for a processor nobody knows', efiLoader({ machine: 0x0200 }), /PE machine 200/],
  ['a DOS program', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(1000, 0xff)]), /DOS program/],
  ['an option ROM', Buffer.concat([Buffer.from([0x55, 0xaa]), Buffer.alloc(1000)]), /option ROM/],
  ['a Linux kernel', kernel(), /Linux kernel/],
  ['17 MiB', Buffer.alloc(17 * 1024 * 1024), /larger than 16 MiB/],
]
for (const [what, bytes, reason] of strangers) {
  test(`refused, and nothing of it kept: ${what}`, () =>
    withShelf(async (shelf, directory) => {
      const refusal = (error: unknown) =>
        error instanceof NotALoader && error.code === 'not_a_loader' && reason.test(error.message)
      await assert.rejects(shelf.import('x.efi', [bytes] as never), refusal)
      assert.deepEqual(readdirSync(directory), [])
      assert.deepEqual(shelf.list(), [])
    }))
}

function kernel(): Buffer {
  const bytes = efiLoader()
  bytes.write('HdrS', 0x202, 'latin1')
  return bytes
}

test('a name that cannot stand in a URL is refused', () =>
  withShelf(async (shelf) => {
    for (const name of ['', '../x.efi', '.hidden', 'a b', 'a/b', 'ä.efi', 'x'.repeat(129)])
      await assert.rejects(shelf.import(name, inParts(efiLoader())), NotALoader, name)
  }))

test('an upload that is cut off leaves the loader of before', () =>
  withShelf(async (shelf, directory) => {
    await shelf.import('ipxe-amd64.efi', inParts(efiLoader()))
    async function* cutOff() {
      yield efiLoader().subarray(0, 500)
      throw new Error('connection lost')
    }
    await assert.rejects(shelf.import('ipxe-amd64.efi', cutOff()), /connection lost/)
    assert.equal(shelf.find('ipxe-amd64.efi')?.version, '2.0.0+test-1')
    assert.deepEqual(readdirSync(directory), ['ipxe-amd64.efi'])
  }))

test('after a restart all is there, leftovers are gone, and strangers are logged and left alone', () =>
  withShelf(async (shelf, directory) => {
    await shelf.import('undionly.kpxe', inParts(biosLoader()))
    writeFileSync(join(directory, '.incoming-1'), 'half')
    writeFileSync(join(directory, 'README'), 'no loader')
    const logged: string[] = []
    const again = await LoaderShelf.open({
      directory,
      log: (_, message, fields) => logged.push(`${message}: ${fields?.['file']}`),
    })
    assert.deepEqual(
      again.list().map(({ name }) => name),
      ['undionly.kpxe'],
    )
    assert.deepEqual(readdirSync(directory).sort(), ['README', 'undionly.kpxe'])
    assert.deepEqual(logged, [`a file among the loaders is none: ${join(directory, 'README')}`])
  }))

test('which loader a firmware gets: the operator’s choice, then the order of the table, then any iPXE of its kind', () =>
  withShelf(async (shelf) => {
    assert.equal(shelf.nameFor(row('uefi-x64')), undefined)
    await shelf.import('custom.efi', inParts(efiLoader()))
    assert.equal(shelf.nameFor(row('uefi-x64')), 'custom.efi')
    await shelf.import('snponly.efi', inParts(efiLoader()))
    assert.equal(shelf.nameFor(row('uefi-x64')), 'snponly.efi')
    await shelf.import('ipxe-amd64.efi', inParts(efiLoader()))
    assert.equal(shelf.nameFor(row('uefi-x64-http')), 'ipxe-amd64.efi')
    assert.equal(shelf.nameFor(row('uefi-x64'), 'custom.efi'), 'custom.efi')
    assert.equal(shelf.nameFor(row('uefi-x64'), 'gone.efi'), 'ipxe-amd64.efi')
    assert.equal(shelf.nameFor(row('uefi-arm64')), undefined)
  }))

test('a boot program that is not iPXE is handed out only where the operator names it', () =>
  withShelf(async (shelf) => {
    const grub = await shelf.import('shimx64.efi', inParts(efiLoader({ text: '\0shim\0' })))
    assert.deepEqual([grub.firmwares, grub.version], [[], undefined])
    assert.equal(shelf.nameFor(row('uefi-x64')), undefined)
    assert.equal(shelf.nameFor(row('uefi-x64'), 'shimx64.efi'), 'shimx64.efi')
  }))

test('three imports under one name at once: disk and memory agree', () =>
  withShelf(async (shelf, directory) => {
    const versions = ['1.0.0', '2.0.0', '3.0.0'].map((version) => efiLoader({ text: `\0iPXE\0${version}\0` }))
    await Promise.all(versions.map((bytes) => shelf.import('ipxe.efi', inParts(bytes))))
    assert.deepEqual(readFileSync(join(directory, 'ipxe.efi')), Buffer.from(shelf.read('ipxe.efi')!))
  }))

test('a removed loader is gone from disk and choice', () =>
  withShelf(async (shelf, directory) => {
    await shelf.import('undionly.kpxe', inParts(biosLoader()))
    assert.equal(await shelf.remove('undionly.kpxe'), true)
    assert.equal(await shelf.remove('undionly.kpxe'), false)
    assert.equal(existsSync(join(directory, 'undionly.kpxe')), false)
    assert.equal(shelf.nameFor(row('bios')), undefined)
  }))

test('what is missing is said with what to do', () =>
  withShelf(async (shelf) => {
    assert.equal(shelf.missing('off').length, 3)
    await shelf.import('undionly.kpxe', inParts(biosLoader()))
    await shelf.import('ipxe-amd64.efi', inParts(efiLoader()))
    assert.deepEqual(shelf.missing('off'), [
      'no boot loader for 64-bit ARM machines: they get no answer. "bootcast loaders import DIR|FILE.deb" takes ' +
        "ipxe-arm64.efi from iPXE or Debian's package ipxe",
    ])
  }))

test('shim and GRUB are known by their generations, and given to nobody by themselves', () =>
  withShelf(async (shelf) => {
    const shim = await shelf.import('shimx64.efi', inParts(signedLoader('shim')))
    const words = 'setting values from proxy offer\0'
    const grub = await shelf.import('grubx64.efi', inParts(signedLoader('grub', { words })))
    assert.deepEqual([shim.version, shim.features, shim.firmwares], ['16.1', [], []])
    assert.deepEqual([grub.version, grub.features, grub.firmwares], ['2.12-9+deb13u4', ['proxydhcp'], []])
    await shelf.import('ipxe-amd64.efi', inParts(efiLoader()))
    assert.equal(shelf.nameFor(row('uefi-x64')), 'ipxe-amd64.efi')
    assert.equal(shelf.nameFor(row('uefi-x64'), 'shimx64.efi'), 'shimx64.efi')
  }))

test('with Secure Boot machines with UEFI get shim where its GRUB is there, else iPXE', () =>
  withShelf(async (shelf) => {
    await shelf.import('undionly.kpxe', inParts(biosLoader()))
    await shelf.import('ipxe-amd64.efi', inParts(efiLoader()))
    await shelf.import('shimx64.efi', inParts(signedLoader('shim')))
    await shelf.import('ipxe-arm64.efi', inParts(efiLoader({ machine: 43620 })))
    assert.equal(shelf.nameFor(row('uefi-x64')), 'ipxe-amd64.efi')
    await shelf.import('grubx64.efi', inParts(signedLoader('grub')))
    for (const [firmware, name] of [
      ['uefi-x64', 'shimx64.efi'],
      ['uefi-x64-http', 'shimx64.efi'],
      ['uefi-arm64', 'ipxe-arm64.efi'],
      ['bios', 'undionly.kpxe'],
    ] as const)
      assert.equal(shelf.nameFor(row(firmware)), name, firmware)
    assert.equal(shelf.nameFor(row('uefi-x64'), 'ipxe-amd64.efi'), 'ipxe-amd64.efi')
    assert.deepEqual(shelf.find('shimx64.efi')?.firmwares, ['uefi-x64', 'uefi-x64-http'])
    assert.deepEqual(shelf.missing('server'), [
      'no shimaa64.efi and grubaa64.efi: 64-bit ARM machines get iPXE, which Secure Boot does not let start. ' +
        '"bootcast loaders import FILE.deb" takes both from Debian\'s packages shim-signed and ' +
        'grub-efi-arm64-signed (arm64)',
    ])
  }, 'yes'))

test('a shim without its GRUB, and a GRUB that does not hear ProxyDHCP, are said', () =>
  withShelf(async (shelf) => {
    await shelf.import('undionly.kpxe', inParts(biosLoader()))
    await shelf.import('ipxe-amd64.efi', inParts(efiLoader()))
    await shelf.import('ipxe-arm64.efi', inParts(efiLoader({ machine: 43620 })))
    assert.deepEqual(shelf.missing('proxy'), [])
    await shelf.import('shimx64.efi', inParts(signedLoader('shim')))
    assert.match(shelf.missing('off')[0] ?? '', /^shimx64\.efi without grubx64\.efi: /)
    await shelf.import('grubx64.efi', inParts(signedLoader('grub')))
    assert.deepEqual(shelf.missing('server'), [])
    assert.match(
      shelf.missing('proxy')[0] ?? '',
      /^grubx64\.efi \(2\.12-9\+deb13u4\) does not hear ProxyDHCP/,
    )
  }))

test('the table of known loaders: each has its own digest and a name of some kind', () => {
  assert.equal(new Set(knownLoaders.map(({ sha256 }) => sha256)).size, knownLoaders.length)
  const names: readonly string[] = [
    ...loaderKinds.flatMap((kind) => kind.names),
    ...signedChains.flatMap(({ first, second }) => [first, second]),
  ]
  for (const { sha256, name } of knownLoaders) {
    assert.match(sha256, /^[0-9a-f]{64}$/)
    assert.ok(names.includes(name), name)
  }
})
