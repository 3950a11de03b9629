import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linuxVariant } from '../testing/linux-release.ts'
import { type Fitted, fittingVariant } from './fitting-variant.ts'
import type { Release, Variant } from './release.ts'

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
const forLevel = (cpuLevel: 'x86-64-v1' | 'x86-64-v2' | 'x86-64-v3' | 'x86-64-v4'): Variant => {
  const variant = linuxVariant({ kernel: file, cmdline: cpuLevel })
  return { ...variant, config: { ...variant.config, cpuLevel } }
}
const plain = linuxVariant({ kernel: file, cmdline: 'any' })
const releases = {
  demo: release('demo', 'x86_64'),
  old: release('old', 'i386'),
  pi: release('pi', 'arm64'),
  two: { ...release('two', 'x86_64'), variants: [forFirmware('uefi'), forFirmware('bios')] },
  many: release('many', 'i386', linuxVariant({ architecture: 'x86_64', kernel: file, cmdline: '64' })),
  secure: { ...release('secure', 'x86_64'), variants: [forFirmware('uefi')] },
  levels: { ...release('levels', 'x86_64'), variants: [plain, forLevel('x86-64-v3'), forLevel('x86-64-v2')] },
  fast: { ...release('fast', 'x86_64'), variants: [forLevel('x86-64-v3')] },
}
const machine = (
  architecture: Fitted['architecture'],
  firmware?: string,
  cpuLevel?: Fitted['cpuLevel'],
): Fitted => ({
  architecture,
  ...(firmware !== undefined && { firmware }),
  ...(cpuLevel !== undefined && { cpuLevel }),
})

const cases: readonly (readonly [string, Fitted, keyof typeof releases, string])[] = [
  ['a 64-bit kernel on BIOS, which says i386', machine('i386', 'bios'), 'demo', ''],
  ['a 32-bit kernel on a 64-bit machine with BIOS', machine('x86_64', 'bios'), 'old', ''],
  ['anything while it has not told what it is', machine('unknown'), 'pi', ''],
  ['nothing of another processor', machine('arm64'), 'demo', 'demo 3 is for x86_64, this machine is arm64.'],
  [
    'no 32-bit kernel on 64-bit UEFI',
    machine('x86_64', 'uefi-x64'),
    'old',
    'old 3 is for i386, this machine is x86_64.',
  ],
  [
    'no 64-bit kernel on 32-bit UEFI, which starts nothing but its own kind',
    machine('i386', 'uefi-ia32'),
    'demo',
    'demo 3 is for x86_64, this machine is i386.',
  ],
  [
    'nothing that is for another firmware',
    machine('x86_64', 'bios'),
    'secure',
    'secure 3 is for x86_64 with uefi, this machine is x86_64 with bios.',
  ],
  ['of several, the one for this firmware: BIOS', machine('x86_64', 'bios'), 'two', 'bios'],
  ['of several, the one for this firmware: UEFI', machine('x86_64', 'uefi-x64'), 'two', 'uefi'],
  ['of several, the first while it has not told its firmware', machine('unknown'), 'two', 'uefi'],
  ['of several, the one for this very architecture', machine('x86_64', 'bios'), 'many', '64'],
  ['of several, on 32-bit UEFI that for i386', machine('i386', 'uefi-ia32'), 'many', ''],
  ['the highest level of its processor', machine('x86_64', 'uefi', 'x86-64-v3'), 'levels', 'x86-64-v3'],
  [
    'the highest level below that of its processor',
    machine('x86_64', 'uefi', 'x86-64-v2'),
    'levels',
    'x86-64-v2',
  ],
  ['what runs anywhere on an old processor', machine('x86_64', 'uefi', 'x86-64-v1'), 'levels', 'any'],
  ['what runs anywhere when it has not told its level', machine('x86_64', 'uefi'), 'levels', 'any'],
  [
    'nothing that needs a better processor',
    machine('x86_64', 'uefi', 'x86-64-v2'),
    'fast',
    'fast 3 is for x86_64 (x86-64-v3), this machine is x86_64 (x86-64-v2).',
  ],
]
for (const [sentence, asked, name, expected] of cases)
  test(`a machine boots ${sentence}`, () => {
    const found = fittingVariant(asked, releases[name])
    const said = 'unfit' in found ? found.unfit : found.variant.config.boot
    assert.equal(typeof said === 'string' ? said : said.method === 'linux' && said.cmdline, expected)
  })
