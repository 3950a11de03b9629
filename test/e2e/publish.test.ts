import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { whyNoLab } from './lab/capability.ts'
import { withEvidence } from './lab/evidence.ts'
import { type FirmwareName, firmwares } from './lab/firmwares.ts'
import {
  debianLiveIso,
  dracutLiveIso,
  installerFolder,
  type MadeImage,
  osbuildTar,
  unifiedKernelImage,
} from './lab/inputs/images.ts'
import { scratchDirectory } from './lab/lab-run.ts'
import { Machine, macOf } from './lab/machine.ts'
import { LabNetwork } from './lab/network.ts'
import { Platform } from './lab/platform.ts'
import { seenOn } from './lab/screen-seen.ts'

type Case = {
  readonly name: string
  readonly make: () => Promise<MadeImage>
  /** What Bootcast takes it for. */
  readonly recognised: string
  readonly firmwares: readonly FirmwareName[]
  readonly memoryMiB: number
  /** Words of the command line that the kernel tells. */
  readonly cmdline?: RegExp
}

/** What image factories make. One line is one image, published by the command and booted on each firmware. */
const lines: readonly Case[] = [
  {
    name: 'debian-live',
    make: debianLiveIso,
    recognised: 'Debian GNU/Linux 12.0.0 "Lab" (live)',
    firmwares: ['bios-ipxe-rom', 'uefi-x64'],
    memoryMiB: 1024,
    cmdline: /boot=live components fetch=http:\S+\/filesystem\.squashfs/,
  },
  {
    name: 'dracut-live',
    make: dracutLiveIso,
    recognised: 'Fedora family live',
    firmwares: ['uefi-x64-http'],
    memoryMiB: 1536,
    cmdline: /root=live:http:\S+\/squashfs\.img/,
  },
  {
    name: 'osbuild',
    make: osbuildTar,
    recognised: 'osbuild PXE tar',
    firmwares: ['bios-ipxe-rom'],
    memoryMiB: 1536,
    cmdline: /root=live:http:\S+\/rootfs\.img/,
  },
  {
    name: 'installer',
    make: installerFolder,
    recognised: 'Debian installer 12 (lab)',
    firmwares: ['bios-ipxe-rom'],
    memoryMiB: 1024,
  },
  {
    name: 'uki',
    make: unifiedKernelImage,
    recognised: 'Boot lab 1 (unified kernel image)',
    firmwares: ['bios-ipxe-rom', 'uefi-x64'],
    memoryMiB: 512,
    cmdline: /lab\.image=uki/,
  },
]

const skip = whyNoLab() ?? false
const patience = 8

describe('what image factories make is published and boots', { skip, concurrency: 2 }, () => {
  const opened = new AsyncDisposableStack()
  let network: LabNetwork
  let platform: Platform

  before(async () => {
    network = opened.use(await LabNetwork.open())
    platform = opened.use(await Platform.start(network, 'server'))
  })

  after(() => opened.disposeAsync())

  test('bootcast image test boots a release here and records it, with what its screen shows', async () => {
    const { path } = await unifiedKernelImage()
    const both = ['--cmdline', 'console=tty0 console=ttyS0']
    await platform.cli(['publish', path, '--name', 'tested', '--channel', 'testing', ...both])
    const expect = ['--expect', 'BOOTCAST-BOOTED', '--memory', '512', '--timeout', '200', '--json']
    const said = JSON.parse(await platform.cli(['image', 'test', 'tested@testing', ...expect]))
    const passed = said.results.map((result: { firmware: string; passed: boolean }) => [
      result.firmware,
      result.passed,
    ])
    assert.deepEqual(passed, [
      ['bios', true],
      ['uefi', true],
    ])
    const { releases } = JSON.parse(await platform.cli(['image', 'show', 'tested', '--json']))
    assert.deepEqual(
      releases[0].tests.map((one: { firmware: string }) => one.firmware),
      ['bios', 'uefi'],
    )
    const file = join(scratchDirectory(), 'screen.png')
    const { results } = JSON.parse(
      await platform.cli(['image', 'tested', 'tested@1', '--screenshot', file, '--json']),
    )
    for (const { firmware, screen, screenshot } of results) {
      const { share, ...size } = seenOn(await readFile(screenshot))
      assert.deepEqual(size, screen)
      // A cursor alone is a tenth of a thousandth; a few lines of the kernel are one or two hundredths.
      assert.ok(share > 0.005, `the screen of ${firmware} is blank: ${share}`)
    }
  })

  let number = 0
  for (const line of lines) {
    const published = once(() => publish(platform, line))
    for (const firmware of line.firmwares) {
      number += 1
      const own = number
      test(`${line.name} × ${firmware}`, async () => {
        const { marker } = await published()
        await boots(`${line.name} × ${firmware}`, line, firmware, own, marker, { network, platform })
      })
    }
  }
})

/** Two tests of one image share its publication. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= work()
    return result
  }
}

async function publish(platform: Platform, { name, make, recognised }: Case): Promise<MadeImage> {
  const image = await make()
  const words = ['--cmdline', 'console=ttyS0']
  const release = JSON.parse(await platform.cli(['publish', image.path, '--name', name, '--json', ...words]))
  assert.equal(release.variants[0].recognised.as, recognised)
  return image
}

type Place = { readonly network: LabNetwork; readonly platform: Platform }

async function boots(
  title: string,
  { name, memoryMiB, cmdline }: Case,
  firmware: FirmwareName,
  number: number,
  marker: RegExp,
  { network, platform }: Place,
): Promise<void> {
  await platform.cli(['machine', 'assign', macOf(number), name])
  await using machine = await Machine.start({ network, firmware, number, memoryMiB })
  await withEvidence(title, machine, platform, async () => {
    const seconds = firmwares[firmware].usualSeconds * patience
    const [, told = ''] = await machine.console.expect(marker, seconds)
    if (cmdline !== undefined) assert.match(told, cmdline)
  })
}
