import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linuxVariant } from '../../testing/linux-release.ts'
import type { Release, Variant } from '../catalogue/release.ts'
import { bootsSentence, whatBoots } from './what-boots.ts'

type Architecture = Variant['config']['architecture']
const file = { name: 'vmlinuz', digest: `sha256:${'0'.repeat(64)}`, size: 1 }
const release = (image: string, architecture: Architecture, ...more: readonly Variant[]): Release => ({
  image,
  number: 3,
  variants: [linuxVariant({ architecture, kernel: file }), ...more],
  createdAt: 0,
  createdBy: 'admin',
})
const forFirmware = (firmware: 'bios' | 'uefi'): Variant => {
  const variant = linuxVariant({ kernel: file, cmdline: firmware })
  return { ...variant, config: { ...variant.config, firmware } }
}
const newest = new Map([
  ['demo', release('demo', 'x86_64')],
  ['old', release('old', 'i386')],
  ['pi', release('pi', 'arm64')],
  ['pi@testing', release('pi', 'arm64')],
  ['two', { ...release('two', 'x86_64'), variants: [forFirmware('uefi'), forFirmware('bios')] }],
  ['many', release('many', 'i386', linuxVariant({ architecture: 'x86_64', kernel: file, cmdline: '64' }))],
  ['secure', { ...release('secure', 'x86_64'), variants: [forFirmware('uefi')] }],
])
const machine = (architecture: Architecture | 'unknown', image?: string, firmware?: string) => ({
  mac: '52:54:00:00:00:01',
  architecture,
  image,
  ...(firmware !== undefined && { firmware }),
})

const cases: readonly (readonly [string, ReturnType<typeof machine>, string | undefined, string])[] = [
  ['the default when it has none of its own', machine('x86_64'), 'demo', 'demo 3: the default image'],
  ['its own before the default', machine('arm64', 'pi'), 'demo', 'pi 3: assigned to this machine'],
  [
    'a 64-bit kernel on BIOS, which says i386',
    machine('i386', 'demo', 'bios'),
    undefined,
    'demo 3: assigned to this machine',
  ],
  [
    'a 32-bit kernel on a 64-bit machine with BIOS',
    machine('x86_64', 'old', 'bios'),
    undefined,
    'old 3: assigned to this machine',
  ],
  [
    'anything while it has not told what it is',
    machine('unknown', 'pi'),
    undefined,
    'pi 3: assigned to this machine',
  ],
  [
    'nothing of another processor',
    machine('arm64'),
    'demo',
    'nothing: demo 3 is for x86_64, this machine is arm64.',
  ],
  [
    'no 32-bit kernel on 64-bit UEFI',
    machine('x86_64', 'old', 'uefi-x64'),
    undefined,
    'nothing: old 3 is for i386, this machine is x86_64.',
  ],
  [
    'no 64-bit kernel on 32-bit UEFI, which starts nothing but its own kind',
    machine('i386', 'demo', 'uefi-ia32'),
    undefined,
    'nothing: demo 3 is for x86_64, this machine is i386.',
  ],
  ['what a channel points to', machine('arm64', 'pi@testing'), undefined, 'pi 3: assigned to this machine'],
  [
    'nothing of a channel that is gone',
    machine('arm64', 'pi@none'),
    undefined,
    'nothing: pi@none has no release.',
  ],
  [
    'nothing that is for another firmware',
    machine('x86_64', 'secure', 'bios'),
    undefined,
    'nothing: secure 3 is for x86_64 with uefi, this machine is x86_64 with bios.',
  ],
  [
    'nothing when there is nothing, and it says what to type',
    machine('x86_64'),
    undefined,
    'nothing: No image is assigned to this machine. On the platform: bootcast machine assign 52:54:00:00:00:01 IMAGE',
  ],
]
for (const [sentence, asked, defaultImage, expected] of cases) {
  test(`a machine boots ${sentence}`, () =>
    assert.equal(bootsSentence(whatBoots(asked, newest, defaultImage)), expected))
}

const cmdlineOf = (asked: ReturnType<typeof machine>) => {
  const what = whatBoots(asked, newest, undefined)
  return 'variant' in what && what.variant.config.boot.method === 'linux' && what.variant.config.boot.cmdline
}

test('of several variants, the one that is for this firmware', () => {
  assert.equal(cmdlineOf(machine('x86_64', 'two', 'bios')), 'bios')
  assert.equal(cmdlineOf(machine('x86_64', 'two', 'uefi-x64')), 'uefi')
  assert.equal(cmdlineOf(machine('unknown', 'two')), 'uefi')
})

test('of several variants, the one for this very architecture', () => {
  assert.equal(cmdlineOf(machine('x86_64', 'many', 'bios')), '64')
  assert.equal(cmdlineOf(machine('i386', 'many', 'uefi-ia32')), '')
})
