import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { whyNoLab } from './lab/capability.ts'
import { withEvidence } from './lab/evidence.ts'
import type { FirmwareName } from './lab/firmwares.ts'
import { scratchDirectory } from './lab/lab-run.ts'
import { Machine } from './lab/machine.ts'
import { LabNetwork, otherAddress, serverAddress } from './lab/network.ts'
import { loaders, Platform } from './lab/platform.ts'
import { bootedMarker, tinyLinux } from './lab/tiny-linux.ts'

const skip = whyNoLab() ?? false
const patience = 4
const oddName = `a+b&c"d'e;f$g{h}`
const oddPassword = `p+& "w' ;$x{y} =%41`
const form = `http://${serverAddress}:8080/resources/ipxe-init`

/** What the guide of UForge tells a site to do: its own DHCP server and loaders, and the address of the form. */
const siteOfYearsAgo = [
  ...['--dhcp-match=set:ipxe,175', `--dhcp-boot=tag:ipxe,${form}`],
  ...['--dhcp-match=set:efi,option:client-arch,7'],
  `--dhcp-boot=tag:efi,tag:!ipxe,ipxe-amd64.efi,,${otherAddress}`,
  ...['--enable-tftp', `--tftp-root=${loaders}`],
]

type Place = { readonly platform: Platform; readonly machine: Machine }

/** A platform that only answers HTTP, with one image for one user, and a machine that shows the form. */
async function atTheForm(
  name: string,
  firmware: FirmwareName,
  body: (place: Place) => Promise<void>,
): Promise<void> {
  using network = await LabNetwork.open()
  await network.startPlainDhcp(join(scratchDirectory(), 'dhcp.log'), siteOfYearsAgo)
  const place = { namespace: network.server, address: serverAddress, machines: ['--tftp-port', 'off'] }
  await using platform = await Platform.startAt(place, { options: ['--uforge', 'on'] })
  await platform.publish('blue', await tinyLinux('amd64'), 'console=ttyS0 no_timer_check lab.image=blue')
  await platform.addUser(oddName, oddPassword)
  await platform.cli(['image', 'allow', 'blue', '--user', oddName])
  await using machine = await Machine.start({ network, firmware, number: 1 })
  await withEvidence(name, machine, platform, async () => {
    const { usualSeconds } = machine.firmware
    await machine.console.expect(/Please complete the information below/, usualSeconds * patience)
    await machine.console.expect(/Exit to shell/, 20)
    await body({ platform, machine })
  })
}

async function signIn({ keyboard, console: shown }: Machine, name: string, password: string): Promise<void> {
  // What is marked first are the credentials, then "Connect".
  await keyboard.press('ret')
  await shown.expect(/Password/, 20)
  await keyboard.type(`${name}\n${password}\n`)
  await shown.expect(/Your credentials: \w/, 20)
  await keyboard.press('ret')
}

async function bootsBlue({ platform, machine }: Place): Promise<void> {
  await machine.console.expect(/signed in as a\+b/, 60)
  await machine.console.expect(/blue 1/, 20)
  await machine.keyboard.press('home', 'ret')
  await machine.console.expect(new RegExp(`${bootedMarker} .*lab\\.image=blue\\b`), 120)
  const boot = await platform.boot(machine.mac)
  assert.equal(boot.user, oddName)
  for (const secret of [oddPassword, encodeURIComponent(oddPassword)])
    assert.ok(!platform.wholeLog.includes(secret), 'the password is not in the log')
}

describe('a loader that was told years ago where the form of UForge is', { skip, concurrency: 2 }, () => {
  test('BIOS, iPXE of 2019: another address is typed, a wrong password, then the right one boots', async (t) => {
    await atTheForm(t.name, 'bios-ipxe-rom', async (place) => {
      const { keyboard, console: shown } = place.machine
      await keyboard.press('up', 'up', 'ret')
      await shown.expect(/then Enter/, 20)
      await keyboard.press('ctrl-a', 'ctrl-k')
      await keyboard.type(`${serverAddress}:8080\n`)
      await shown.expect(/Exit to shell/, 20)
      await signIn(place.machine, oddName, 'not the password')
      await shown.expect(/The user or the password is wrong/, 60)
      await shown.expect(/Exit to shell/, 20)
      await signIn(place.machine, oddName, oddPassword)
      await bootsBlue(place)
    })
  })

  test('UEFI, iPXE 2.0.0: HTTPS is tried first, and nobody answers there', async (t) => {
    await atTheForm(t.name, 'uefi-x64', async (place) => {
      await signIn(place.machine, oddName, oddPassword)
      await place.machine.console.expect(/https:\/\//, 20)
      await place.machine.console.expect(/No HTTPS there/, 20)
      await bootsBlue(place)
    })
  })
})
