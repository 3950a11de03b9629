import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { whyNoLab } from './lab/capability.ts'
import { withEvidence } from './lab/evidence.ts'
import { Machine } from './lab/machine.ts'
import { LabNetwork } from './lab/network.ts'
import { Platform } from './lab/platform.ts'
import { bootedMarker, tinyLinux } from './lab/tiny-linux.ts'

const skip = whyNoLab() ?? false
/** The menu, which after its countdown shows a code and looks for something to boot meanwhile. */
const menu = /Sign in with a code/
const code = /and enter the code/

describe('a machine in front of its operator', { skip, concurrency: 2 }, () => {
  test('one that nobody assigned shows a menu, then a code, and boots by itself once it is assigned', async (t) => {
    using network = await LabNetwork.open()
    await using platform = await Platform.start(network, 'server')
    await platform.publish('tiny', await tinyLinux('amd64'), 'console=ttyS0 lab.case=assigned')
    await platform.cli(['menu', '--seconds', '5'])
    await using machine = await Machine.start({ network, firmware: 'bios-ipxe-rom', number: 1 })
    await withEvidence(t.name, machine, platform, async () => {
      await machine.console.expect(menu, 60)
      await machine.console.expect(code, 30)
      await platform.cli(['machine', 'assign', machine.mac, 'tiny'])
      await machine.console.expect(new RegExp(`${bootedMarker} .*lab\\.case=assigned`), 90)
    })
  })

  test('one that waits outlives a platform that is killed; leases do, too', async (t) => {
    using network = await LabNetwork.open()
    await using platform = await Platform.start(network, 'server')
    await platform.publish('tiny', await tinyLinux('amd64'), 'console=ttyS0 lab.case=survivor')
    await platform.cli(['menu', '--seconds', '5'])
    await using machine = await Machine.start({ network, firmware: 'bios-ipxe-rom', number: 1 })
    await withEvidence(t.name, machine, platform, async () => {
      await machine.console.expect(code, 60)
      const { address } = await platform.machine(machine.mac)
      const otherAddress = await addressOfAnother(t.name, network, platform)
      assert.notEqual(otherAddress, address)
      await platform.kill()
      await machine.console.expect(/Bootcast: .* does not answer; again in/, 90)
      await platform.start()
      assert.equal(await addressOfAnother(t.name, network, platform), otherAddress)
      await platform.cli(['machine', 'assign', machine.mac, 'tiny'])
      await machine.console.expect(new RegExp(`${bootedMarker} .*lab\\.case=survivor`), 120)
      assert.equal((await platform.machine(machine.mac))['address'], address)
    })
  })
})

/** What a second machine gets, which shows the menu and is switched off again. */
async function addressOfAnother(name: string, network: LabNetwork, platform: Platform): Promise<unknown> {
  await using machine = await Machine.start({ network, firmware: 'bios-ipxe-rom', number: 2 })
  await withEvidence(`${name}, another machine`, machine, platform, async () => {
    await machine.console.expect(menu, 60)
  })
  return (await platform.machine(machine.mac))['address']
}
