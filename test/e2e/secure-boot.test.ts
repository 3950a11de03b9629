import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { whyNoLab } from './lab/capability.ts'
import { withEvidence } from './lab/evidence.ts'
import { type FirmwareName, firmwares } from './lab/firmwares.ts'
import { signedDisk } from './lab/inputs/signed-disk.ts'
import { Machine, macOf } from './lab/machine.ts'
import { LabNetwork } from './lab/network.ts'
import { type DhcpRole, Platform } from './lab/platform.ts'
import { signedPackages } from './lab/signed-packages.ts'
import { bootedMarker, tinyLinux } from './lab/tiny-linux.ts'

const skip = whyNoLab() ?? false
const patience = 6
const menuShown = /Sign in with a code \(phone or browser\)/
const codeShown = /and enter the code\s+-> ([B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4})\b/

/** What the kernel says that read the firmware's variables (drivers/firmware/efi/libstub/secureboot.c). */
const enforced = /EFI stub: UEFI Secure Boot is enabled\./
/** Every character that has a meaning to GRUB, and that iPXE lets be published. */
const oddWords = '"lab.quoted=two words" lab.odd=a&&b||c;%41{d}#e$f*?<>[[h]]~!@^ if then lab.end=`x`'

const images = [
  { name: 'tiny-amd64', architecture: 'amd64', cmdline: `console=ttyS0 lab.image=amd64 ${oddWords}` },
  { name: 'tiny-arm64', architecture: 'arm64', cmdline: `console=ttyAMA0 lab.image=arm64 ${oddWords}` },
] as const

type Case = {
  readonly firmware: FirmwareName
  readonly known: string
  readonly way: RegExp
  readonly role: DhcpRole
}
const lines: readonly Case[] = [
  { firmware: 'uefi-x64-secure', known: 'uefi-x64', way: /Start PXE over IPv4/, role: 'server' },
  { firmware: 'uefi-x64-secure', known: 'uefi-x64', way: /Start PXE over IPv4/, role: 'proxy' },
  {
    firmware: 'uefi-x64-secure-http',
    known: 'uefi-x64-http',
    way: /Start HTTP Boot over IPv4/,
    role: 'server',
  },
  { firmware: 'uefi-arm64-secure', known: 'uefi-arm64', way: /Start PXE over IPv4/, role: 'server' },
  // The operator's choice is for all machines; those without Secure Boot start as well.
  { firmware: 'uefi-x64', known: 'uefi-x64', way: /Start PXE over IPv4/, role: 'server' },
]

describe('with --secure-boot yes a signed kernel boots through shim and GRUB', {
  skip,
  concurrency: 2,
}, () => {
  const places = new Map<DhcpRole, Place>()
  const opened = new AsyncDisposableStack()

  before(async () => {
    for (const role of ['server', 'proxy'] as const) {
      const network = opened.use(await LabNetwork.open())
      const choices = { ownLoaders: true, options: ['--secure-boot', 'yes'] } as const
      const platform = opened.use(await Platform.start(network, role, choices))
      places.set(role, { network, platform })
      const debs = [...(await signedPackages('amd64')), ...(await signedPackages('arm64'))]
      await platform.cli(['loaders', 'import', ...debs])
      for (const { name, architecture, cmdline } of images)
        await platform.publish(name, await tinyLinux(architecture), cmdline)
      await platform.cli(['image', 'default', 'tiny-amd64'])
    }
  })

  after(() => opened.disposeAsync())

  for (const [index, line] of lines.entries()) {
    const name = `${line.firmware} × ${line.role}`
    test(name, async () => {
      const place = places.get(line.role)
      assert.ok(place)
      await bootsLinux(name, line, index + 1, place)
    })
  }
})

type Place = { readonly network: LabNetwork; readonly platform: Platform }

async function bootsLinux(
  name: string,
  { firmware, known, way }: Case,
  number: number,
  { network, platform }: Place,
): Promise<void> {
  const { architecture, usualSeconds } = firmwares[firmware]
  const image = images.find((candidate) => candidate.architecture === architecture)
  assert.ok(image)
  if (architecture !== 'amd64') await platform.cli(['machine', 'assign', macOf(number), image.name])
  await using machine = await Machine.start({ network, firmware, number })
  await withEvidence(name, machine, platform, async () => {
    await machine.console.expect(way, usualSeconds * patience)
    await machine.console.expect(/Bootcast: starting tiny-/, usualSeconds * patience)
    if (firmware.includes('secure')) await machine.console.expect(enforced, usualSeconds * patience)
    const marker = new RegExp(`${bootedMarker} (.*)\n`)
    const [, cmdline = ''] = await machine.console.expect(marker, usualSeconds * patience)
    const [, kernel = '', published = ''] = /^BOOT_IMAGE=(\S+) (.*)$/.exec(cmdline) ?? []
    assert.match(kernel, /^\/b\/[\w-]{22}\/files\/[0-9a-f]{64}\/vmlinuz$/)
    assert.equal(published, image.cmdline)
    const { address, ...facts } = await platform.machine(machine.mac)
    assert.match(String(address), /^10\.77\.0\.1\d\d$/)
    assert.partialDeepStrictEqual(facts, {
      mac: machine.mac,
      uuid: machine.uuid,
      serial: machine.serialNumber,
      manufacturer: 'Bootcast',
      product: `Lab ${firmware}`,
      firmware: known,
      architecture: architecture === 'arm64' ? 'arm64' : 'x86_64',
    })
    const boot = await platform.boot(machine.mac)
    assert.deepEqual([boot.state, boot.cause, boot.timeline.at(-1)?.kind], ['started', undefined, 'started'])
    assert.ok(!/\/b\/[A-Za-z0-9_-]{22}/.test(JSON.stringify(boot)), 'no key of a boot is kept')
  })
}

describe('one machine with Secure Boot among others', { skip, concurrency: 2 }, () => {
  test('it refuses our iPXE, gets shim, a menu and a code, outlives a platform that is killed, and boots', async (t) => {
    using network = await LabNetwork.open()
    await using platform = await Platform.start(network, 'server', { ownLoaders: true })
    await platform.cli(['loaders', 'import', ...(await signedPackages('amd64'))])
    await platform.publish('tiny', await tinyLinux('amd64'), 'console=ttyS0 lab.case=assigned')
    const order = { network, firmware: 'uefi-x64-secure', number: 1 } as const
    {
      await using machine = await Machine.start(order)
      await withEvidence(`${t.name}, iPXE`, machine, platform, async () => {
        await machine.console.expect(/NBP filename is ipxe-amd64\.efi/, 90)
        await machine.console.expect(/Access Denied/, 90)
      })
    }
    await platform.cli(['machine', 'set', macOf(1), '--loader', 'shimx64.efi'])
    await using machine = await Machine.start(order)
    await withEvidence(t.name, machine, platform, async () => {
      await machine.console.expect(menuShown, 120)
      await machine.keyboard.press('ret')
      await machine.console.expect(codeShown, 60)
      const { address } = await platform.machine(machine.mac)
      await platform.kill()
      await machine.console.expect(/Bootcast: no answer from \(tftp,10\.77\.0\.1\)/, 180)
      await machine.console.expect(new RegExp(`this machine is ${machine.mac} and asks again in 10 s`), 30)
      await platform.start()
      await platform.cli(['machine', 'assign', machine.mac, 'tiny'])
      await machine.console.expect(new RegExp(`${bootedMarker} .* lab\\.case=assigned`), 240)
      assert.equal((await platform.machine(machine.mac))['address'], address)
    })
  })

  for (const firmware of ['uefi-x64-secure', 'uefi-x64-secure-http'] as const)
    test(`its menu has what is open, and after a code what its user may boot: ${firmware}`, async (t) => {
      using network = await LabNetwork.open()
      const choices = { ownLoaders: true, options: ['--secure-boot', 'yes'] } as const
      await using platform = await Platform.start(network, 'server', choices)
      await platform.cli(['loaders', 'import', ...(await signedPackages('amd64'))])
      for (const image of ['red', 'blue', 'green'])
        await platform.publish(image, await tinyLinux('amd64'), `console=ttyS0 lab.image=${image}`)
      await platform.cli(['open', 'blue', '--subnet', '10.77.0.0/24'])
      await platform.addUser("ann o'hara", 'correct horse battery')
      await platform.cli(['image', 'allow', 'red', '--user', "ann o'hara"])
      await using machine = await Machine.start({ network, firmware, number: 1 })
      await withEvidence(t.name, machine, platform, async () => {
        await machine.console.expect(menuShown, 120)
        await machine.console.expect(/blue 1/, 10)
        await machine.keyboard.press('ret')
        await machine.console.expect(codeShown, 60)
        await machine.keyboard.press('esc')
        await machine.console.expect(/executed automatically in/, 60)
        await machine.keyboard.press('ret')
        const [, code = ''] = await machine.console.expect(codeShown, 60)
        await platform.approveAs("ann o'hara", code)
        await machine.console.expect(/signed in as ann o'hara/, 30)
        const [shown] = await machine.console.expect(/[\s\S]*Sign out \(signed in as ann o'hara\)/, 60)
        assert.match(shown, /red 1/)
        assert.doesNotMatch(shown, /green 1/)
        // Their own image comes after the one that is open.
        await machine.keyboard.press('down', 'ret')
        await machine.console.expect(new RegExp(`${bootedMarker} .*lab\\.image=red`), 240)
        assert.ok(!/\/b\/[A-Za-z0-9_-]{22}/.test(platform.wholeLog), 'no key is in the log')
      })
    })

  test('a disk is written to it, and it starts from that', async (t) => {
    using network = await LabNetwork.open()
    const choices = { ownLoaders: true, options: ['--secure-boot', 'yes'] } as const
    await using platform = await Platform.start(network, 'server', choices)
    await platform.cli(['loaders', 'import', ...(await signedPackages('amd64'))])
    await platform.cli(['publish', await signedDisk(await tinyLinux('amd64')), '--name', 'signed'])
    await platform.cli(['machine', 'assign', macOf(1), 'signed'])
    await using machine = await Machine.start({
      network,
      firmware: 'uefi-x64-secure',
      number: 1,
      memoryMiB: 1024,
      disk: { sizeMiB: 256 },
    })
    await withEvidence(t.name, machine, platform, async () => {
      await machine.console.expect(/DEPLOYED: \/dev\/vda is the image/, 420)
      await machine.console.expect(/leaving the network boot: signed 1 is on its disk/, 240)
      await machine.console.expect(/starting \(hd0,gpt1\)\/EFI\/debian\/shimx64\.efi/, 60)
      await machine.console.expect(enforced, 120)
      await machine.console.expect(new RegExp(`${bootedMarker} .*lab\\.image=signed-disk`), 120)
    })
  })
})
