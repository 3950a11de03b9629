import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { whyNoLab } from './lab/capability.ts'
import { type ForeignServerName, startForeignServer } from './lab/dhcp-servers.ts'
import { withEvidence } from './lab/evidence.ts'
import { type FirmwareName, firmwares } from './lab/firmwares.ts'
import { Machine } from './lab/machine.ts'
import { LabNetwork } from './lab/network.ts'
import { Platform } from './lab/platform.ts'
import { bootedMarker, tinyLinux } from './lab/tiny-linux.ts'

const skip = whyNoLab() ?? false
const patience = 5

/** The kinds of answers of each server: a loader by TFTP, one by HTTP; each machine then asks as an iPXE. */
const cases: readonly (readonly [ForeignServerName, readonly FirmwareName[]])[] = [
  ['dnsmasq', ['bios-undionly', 'uefi-x64', 'uefi-x64-http']],
  ['kea', ['bios-undionly', 'uefi-x64-http']],
  ['isc-dhcpd', ['uefi-x64', 'uefi-x64-http']],
]

describe('with the text for another DHCP server Bootcast needs no part in DHCP', {
  skip,
  concurrency: 3,
}, () => {
  for (const [server, wanted] of cases) {
    test(`machines boot by ${server}`, async (t) => {
      await using opened = new AsyncDisposableStack()
      const network = opened.use(await LabNetwork.open())
      const platform = opened.use(await Platform.start(network, 'none'))
      await platform.publish('tiny', await tinyLinux('amd64'), 'console=ttyS0')
      await platform.cli(['image', 'default', 'tiny'])
      const text = await platform.cli(['network', 'dhcp-text', server])
      await startForeignServer(network, server, { text, log: platform.otherDhcpLog })
      for (const [index, firmware] of wanted.entries()) {
        await t.test(firmware, async (t) => {
          await using machine = await Machine.start({ network, firmware, number: index + 1 })
          await withEvidence(`${server} ${t.name}`, machine, platform, async () => {
            const seconds = firmwares[firmware].usualSeconds * patience
            await machine.console.expect(new RegExp(bootedMarker), seconds)
            assert.equal((await platform.boot(machine.mac)).state, 'started')
          })
        })
      }
    })
  }
})
