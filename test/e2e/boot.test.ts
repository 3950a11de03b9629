import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { whyNoLab } from './lab/capability.ts'
import { withEvidence } from './lab/evidence.ts'
import { type FirmwareName, firmwares } from './lab/firmwares.ts'
import { replayFirstStage } from './lab/first-stage.ts'
import { Machine, macOf } from './lab/machine.ts'
import { LabNetwork } from './lab/network.ts'
import { type DhcpRole, Platform } from './lab/platform.ts'
import { bootedMarker, tinyLinux } from './lab/tiny-linux.ts'

type Case = {
  readonly firmware: FirmwareName
  /** What the platform takes it for. */
  readonly known: string
  /** Words on the way that show that it went the way of this line. */
  readonly way: RegExp
}

/** One line is one firmware; each is booted in both networks. */
const lines: readonly Case[] = [
  { firmware: 'bios-ipxe-rom', known: 'bios', way: /iPXE 1\.0\.0/ },
  { firmware: 'bios-undionly', known: 'bios', way: /tftp:\/\/10\.77\.0\.1\/undionly\.kpxe\.\.\. ok/ },
  { firmware: 'uefi-x64', known: 'uefi-x64', way: /Start PXE over IPv4/ },
  { firmware: 'uefi-x64-http', known: 'uefi-x64-http', way: /Start HTTP Boot over IPv4/ },
  { firmware: 'uefi-arm64', known: 'uefi-arm64', way: /Start PXE over IPv4/ },
  { firmware: 'uefi-arm64-http', known: 'uefi-arm64-http', way: /Start HTTP Boot over IPv4/ },
]

const networks = [
  { role: 'server', title: "Bootcast's own DHCP" },
  { role: 'proxy', title: 'ProxyDHCP beside dnsmasq' },
] as const satisfies readonly { role: DhcpRole; title: string }[]

/** Every character that has a meaning to iPXE and that a kernel may get nevertheless. */
const oddWords = `lab.quoted="two words" lab.odd=a&&b|c;%41{d}#e'f\\g`
const commandLine = (firmware: FirmwareName, image: string) =>
  `console=${firmwares[firmware].console} lab.image=${image} ${oddWords}`

const images = [
  { name: 'tiny-amd64', architecture: 'amd64', cmdline: commandLine('uefi-x64', 'tiny-amd64') },
  { name: 'tiny-arm64', architecture: 'arm64', cmdline: commandLine('uefi-arm64', 'tiny-arm64') },
] as const

const skip = whyNoLab() ?? false
const patience = 5

describe('Linux from a published release boots', { skip, concurrency: 2 }, () => {
  const places = new Map<DhcpRole, Place>()
  const opened = new AsyncDisposableStack()

  before(async () => {
    for (const { role } of networks) {
      const network = opened.use(await LabNetwork.open())
      const platform = opened.use(await Platform.start(network, role))
      places.set(role, { network, platform })
      for (const { name, architecture, cmdline } of images)
        await platform.publish(name, await tinyLinux(architecture), cmdline)
      await platform.cli(['image', 'default', 'tiny-amd64'])
    }
  })

  after(() => opened.disposeAsync())

  for (const { role, title } of networks) {
    for (const [index, line] of lines.entries()) {
      const name = `${line.firmware} × ${title}`
      test(name, async () => bootsLinux(name, line, index + 1, place(role)))
    }

    test(`the first stage for a BIOS without iPXE, as it was captured × ${title}`, async () => {
      await replayFirstStage(place(role).network, role)
    })
  }

  function place(role: DhcpRole) {
    const found = places.get(role)
    assert.ok(found, `the network for ${role} stands`)
    return found
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
  // PCs get the default image; the others must be told, before anybody has heard of them.
  if (architecture !== 'amd64') await platform.cli(['machine', 'assign', macOf(number), image.name])
  await using machine = await Machine.start({ network, firmware, number })
  await withEvidence(name, machine, platform, async () => {
    await machine.console.expect(way, usualSeconds * patience)
    const [, cmdline = ''] = await machine.console.expect(
      new RegExp(`${bootedMarker} (.*)\n`),
      usualSeconds * patience,
    )
    assert.ok(cmdline.endsWith(image.cmdline), `the kernel was given: ${cmdline}`)
    const { firstSeenAt, lastSeenAt, lastBootAt, address, ...facts } = await platform.machine(machine.mac)
    assert.match(String(address), /^10\.77\.0\.1\d\d$/)
    for (const time of [firstSeenAt, lastSeenAt, lastBootAt]) assert.ok(Date.parse(String(time)) > 0)
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
