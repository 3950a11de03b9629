import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { whyNoLab } from './lab/capability.ts'
import { withEvidence } from './lab/evidence.ts'
import { qcow2Disk, rawDisk } from './lab/inputs/images.ts'
import { Machine, macOf } from './lab/machine.ts'
import { LabNetwork } from './lab/network.ts'
import { Platform } from './lab/platform.ts'

const skip = whyNoLab() ?? false
const sizeMiB = 512

describe('a disk image is written to the disk of a machine, which then starts from it', {
  skip,
  concurrency: 2,
}, () => {
  const opened = new AsyncDisposableStack()
  let network: LabNetwork
  let platform: Platform

  before(async () => {
    network = opened.use(await LabNetwork.open())
    platform = opened.use(await Platform.start(network, 'server'))
    for (const [name, { path }] of [
      ['raw', await rawDisk()],
      ['qcow2', await qcow2Disk()],
    ] as const) {
      const release = JSON.parse(await platform.cli(['publish', path, '--name', name, '--json']))
      assert.equal(release.variants[0].method, 'disk')
    }
  })
  after(() => opened.disposeAsync())

  test('a raw disk, onto an empty one', async (t) => {
    await platform.cli(['machine', 'assign', macOf(1), 'raw'])
    await using machine = await Machine.start({
      network,
      firmware: 'uefi-x64',
      number: 1,
      memoryMiB: 1024,
      disk: { sizeMiB },
    })
    await withEvidence(t.name, machine, platform, async () => {
      await machine.console.expect(/DEPLOYED: \/dev\/vda is the image, read back and compared/, 240)
      await machine.console.expect(/leaving the network boot: raw 1 is on its disk/, 120)
      const [, cmdline = ''] = await machine.console.expect(/BOOTCAST-BOOTED (.*)\n/, 120)
      assert.match(cmdline, /lab\.image=uki/)
      assert.equal((await platform.machine(machine.mac))['deployed'], 'raw@1')
    })
  })

  test('a qcow2 disk, onto one that is not empty: refused, until the assignment allows it', async (t) => {
    await platform.cli(['machine', 'assign', macOf(2), 'qcow2'])
    const order = {
      network,
      firmware: 'bios-ipxe-rom',
      number: 2,
      memoryMiB: 1024,
      disk: { sizeMiB, isFilled: true },
    } as const
    {
      await using machine = await Machine.start(order)
      await withEvidence(`${t.name}, refused`, machine, platform, async () => {
        await machine.console.expect(/NOT DEPLOYED: \/dev\/vda is not empty/, 240)
        assert.equal((await platform.machine(machine.mac))['deployed'], undefined)
      })
    }
    await platform.cli(['machine', 'assign', macOf(2), 'qcow2', '--overwrite-disk'])
    await using machine = await Machine.start(order)
    await withEvidence(`${t.name}, allowed`, machine, platform, async () => {
      await machine.console.expect(/the file system of \/dev\/vda2 takes the whole disk/, 240)
      await machine.console.expect(/DEPLOYED: \/dev\/vda is the image/, 60)
      const { deployed, overwriteDisk } = await platform.machine(machine.mac)
      assert.deepEqual([deployed, overwriteDisk], ['qcow2@1', false])
    })
  })
})
