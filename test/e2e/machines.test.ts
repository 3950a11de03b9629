import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { whyNoLab } from './lab/capability.ts'
import { debianInstaller } from './lab/debian-installer.ts'
import { withEvidence } from './lab/evidence.ts'
import { Machine } from './lab/machine.ts'
import { LabNetwork } from './lab/network.ts'
import { Platform } from './lab/platform.ts'
import { bootedMarker, tinyLinux } from './lab/tiny-linux.ts'

const skip = whyNoLab() ?? false
const nothingYet = /Bootcast: nothing to boot yet: .*\n/

describe('a machine in front of its operator', { skip, concurrency: 2 }, () => {
  test('one that nobody assigned says what to do, and boots by itself once it is assigned', async (t) => {
    using network = await LabNetwork.open()
    await using platform = await Platform.start(network, 'server')
    await platform.publish('tiny', await tinyLinux('amd64'), 'console=ttyS0 lab.case=assigned')
    await using machine = await Machine.start({ network, firmware: 'bios-ipxe-rom', number: 1 })
    await withEvidence(t.name, machine, platform, async () => {
      await machine.console.expect(nothingYet, 60)
      await machine.console.expect(new RegExp(`this machine is ${machine.mac}`), 5)
      await platform.cli(['machine', 'assign', machine.mac, 'tiny'])
      await machine.console.expect(new RegExp(`${bootedMarker} .*lab\\.case=assigned`), 90)
    })
  })

  test('one that waits outlives a power cut of the platform, keeps its address and boots afterwards', async (t) => {
    using network = await LabNetwork.open()
    await using platform = await Platform.start(network, 'server')
    await platform.publish('tiny', await tinyLinux('amd64'), 'console=ttyS0 lab.case=survivor')
    await using first = await Machine.start({ network, firmware: 'bios-ipxe-rom', number: 1 })
    await withEvidence(t.name, first, platform, async () =>
      first.console.expect(nothingYet, 60).then(() => {}),
    )
    const address = await bootAndSwitchOff(t.name, network, platform)
    await withEvidence(t.name, first, platform, async () => {
      await platform.kill()
      await first.console.expect(/Bootcast: .* does not answer; again in/, 90)
      await platform.start()
      await platform.cli(['machine', 'assign', first.mac, 'tiny'])
      await first.console.expect(new RegExp(`${bootedMarker} .*lab\\.case=survivor`), 120)
    })
    assert.equal(await bootAndSwitchOff(t.name, network, platform), address, 'the lease survived')
  })

  test('the Debian installer starts from its published kernel and initrd', async (t) => {
    using network = await LabNetwork.open()
    await using platform = await Platform.start(network, 'server')
    await platform.publish('installer', await debianInstaller(), 'console=ttyS0 priority=low')
    await platform.cli(['image', 'default', 'installer'])
    await using machine = await Machine.start({
      network,
      firmware: 'bios-ipxe-rom',
      number: 3,
      memoryMiB: 1024,
    })
    await withEvidence(t.name, machine, platform, async () => {
      await machine.console.expect(/Run \/init as init process/, 240)
      await machine.console.expect(/Starting system log daemon|Select a language/, 120)
    })
  })
})

/** Its address, as the platform knows it: another machine than the one that waits, so that the pool has a choice. */
async function bootAndSwitchOff(name: string, network: LabNetwork, platform: Platform): Promise<unknown> {
  await using machine = await Machine.start({ network, firmware: 'bios-ipxe-rom', number: 2 })
  await withEvidence(name, machine, platform, async () => {
    await machine.console.expect(nothingYet, 60)
  })
  return (await platform.machine(machine.mac))['address']
}
