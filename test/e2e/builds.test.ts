import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { DebianFiles } from '../../tools/deployer/debian-files.ts'
import { whyNoLab } from './lab/capability.ts'
import { withEvidence } from './lab/evidence.ts'
import { firmwares } from './lab/firmwares.ts'
import { scratchDirectory } from './lab/lab-run.ts'
import { Machine, macOf } from './lab/machine.ts'
import { LabNetwork } from './lab/network.ts'
import { Platform } from './lab/platform.ts'

const skip = whyNoLab() ?? false
const patience = 8
const firmware = 'bios-ipxe-rom'

/** The builders of a platform, in a file that only its operator may write. */
async function buildersFile(): Promise<string> {
  const debian = new DebianFiles('amd64')
  const kernelName = () => debian.dependency('linux-image-cloud-amd64', /^linux-image-\d/)
  const stub = './usr/lib/systemd/boot/efi/linuxx64.efi.stub'
  const environment = {
    KERNEL: await debian.unpacked('kernel', kernelName, ['./boot/vmlinuz-*']),
    BUSYBOX: await debian.unpacked('busybox', async () => 'busybox-static', ['./bin/busybox']),
    STUB: await debian.unpacked('systemd-stub', async () => 'systemd-boot-efi', [stub]),
  }
  const tiny = {
    about: 'Linux that says a word',
    command: [join(import.meta.dirname, 'lab/builders/tiny-image.sh')],
    timeoutSeconds: 300,
    parameters: { GREETING: {} },
    environment,
  }
  const path = join(scratchDirectory(), 'builders.json')
  await writeFile(path, JSON.stringify({ builders: { tiny } }), { mode: 0o600 })
  return path
}

describe('what a builder of the platform makes boots', { skip }, () => {
  const opened = new AsyncDisposableStack()
  let network: LabNetwork
  let platform: Platform

  before(async () => {
    const options = ['--builders', await buildersFile()]
    network = opened.use(await LabNetwork.open())
    platform = opened.use(await Platform.start(network, 'server', { options }))
  })

  after(() => opened.disposeAsync())

  test('an image is built by the command and booted, until it says what it was built with', async () => {
    await platform.cli(['build', 'set', 'built', 'tiny', '--set', 'GREETING=good-morning'])
    const build = JSON.parse(await platform.cli(['build', 'run', 'built', '--json']))
    assert.deepEqual([build.state, build.release], ['done', 1])
    const log = await platform.cli(['build', 'show', 'built', '--log'])
    assert.match(log, /^bootcast-progress: 100 done$/m)
    const image = JSON.parse(await platform.cli(['image', 'show', 'built', '--json']))
    assert.equal(image.newest.variants[0].recognised.as, 'Built by Bootcast (unified kernel image)')
    await platform.cli(['machine', 'assign', macOf(1), 'built'])
    await using machine = await Machine.start({ network, firmware, number: 1, memoryMiB: 512 })
    await withEvidence('what a builder made', machine, platform, async () => {
      const seconds = firmwares[firmware].usualSeconds * patience
      await machine.console.expect(/BOOTCAST-BUILT good-morning .*console=ttyS0/, seconds)
    })
  })
})
