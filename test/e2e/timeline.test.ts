import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { BootDetail, TimelineEvent } from '../../modules/contract/src/boots.ts'
import { whyNoLab } from './lab/capability.ts'
import { withEvidence } from './lab/evidence.ts'
import { Machine } from './lab/machine.ts'
import { LabNetwork, otherAddress, serverAddress } from './lab/network.ts'
import { loaders, Platform } from './lab/platform.ts'
import { until } from './lab/processes.ts'
import { bootedMarker, tinyLinux } from './lab/tiny-linux.ts'

const skip = whyNoLab() ?? false
const loader = 'ipxe-amd64.efi'

type Kind<K extends TimelineEvent['kind']> = Extract<TimelineEvent, { readonly kind: K }>
const of = <K extends TimelineEvent['kind']>({ timeline }: BootDetail, kind: K) =>
  timeline.filter((event): event is Kind<K> => event.kind === kind)

describe('the timeline of a boot', { skip, concurrency: 2 }, () => {
  test('UEFI beside another DHCP server: from DISCOVER to the start, with both servers, TFTP and files', async (t) => {
    using network = await LabNetwork.open()
    await using platform = await Platform.start(network, 'proxy')
    const linux = await tinyLinux('amd64')
    await platform.publish('tiny', linux, 'console=ttyS0 lab.case=timeline')
    await platform.cli(['image', 'default', 'tiny'])
    await using machine = await Machine.start({ network, firmware: 'uefi-x64', number: 1 })
    await withEvidence(t.name, machine, platform, async () => {
      await machine.console.expect(new RegExp(`${bootedMarker} .*lab\\.case=timeline`), 125)
      const boot = await platform.boot(machine.mac)
      t.diagnostic(await platform.cli(['boot', 'show', machine.mac]))
      assert.partialDeepStrictEqual(boot, {
        mac: machine.mac,
        state: 'started',
        release: 'tiny@1',
        firmware: 'uefi-x64',
        architecture: 'x86_64',
      })
      assert.equal(boot.cause, undefined)
      const [first] = boot.timeline
      assert.ok(first?.kind === 'discover' && first.firmware === 'uefi-x64' && first.uuid === machine.uuid)
      const [offer] = of(boot, 'offer')
      assert.partialDeepStrictEqual(offer, { server: serverAddress, file: loader, asksPort4011: true })
      assert.ok(
        of(boot, 'other-offer').some(({ server }) => server === otherAddress),
        'it heard dnsmasq',
      )
      assert.ok(of(boot, 'request').some(({ server }) => server === otherAddress))
      assert.ok(of(boot, 'discover').some(({ via }) => via === 'pxe'))
      const size = statSync(join(loaders, loader)).size
      assert.partialDeepStrictEqual(
        of(boot, 'tftp').find(({ path }) => path === loader),
        {
          outcome: 'done',
          bytes: size,
          size,
        },
      )
      const files = of(boot, 'file').map(({ name, bytes, completed }) => [name, bytes, completed])
      const expected = [linux.kernel, linux.initrd].map((path) => [
        path.split('/').at(-1),
        statSync(path).size,
        true,
      ])
      assert.deepEqual(files, expected)
      assert.ok(of(boot, 'file').every(({ ms }) => ms > 0))
      assert.equal(boot.timeline.at(-1)?.kind, 'started')
      const times = boot.timeline.map(({ at }) => Date.parse(at))
      assert.deepEqual(
        times,
        times.toSorted((one, other) => one - other),
      )
    })
  })

  test('another server whose boot file goes before ours is named as the cause, with the file', async (t) => {
    using network = await LabNetwork.open()
    // iPXE does not ask for broadcasts, and dnsmasq answers so only when told.
    const otherDhcp = ['--dhcp-boot=other.ipxe', '--dhcp-broadcast']
    await using platform = await Platform.start(network, 'proxy', { otherDhcp })
    await using machine = await Machine.start({ network, firmware: 'bios-ipxe-rom', number: 1 })
    await withEvidence(t.name, machine, platform, async () => {
      await machine.console.expect(/Filename: other\.ipxe/, 60)
      const boot = await failed(platform, machine)
      t.diagnostic(await platform.cli(['boot', 'show', machine.mac]))
      assert.equal(boot.cause?.code, 'other-boot-server')
      assert.match(boot.cause.text, /another server, 10\.77\.0\.2, offered other\.ipxe$/)
      assert.match(await platform.cli(['boot', 'list', '--state', 'failed']), /other-boot-server/)
    })
  })

  test('a firewall before the HTTP port is found out, and the boot goes on when it is gone', async (t) => {
    using network = await LabNetwork.open()
    await using platform = await Platform.start(network, 'server')
    await platform.publish('tiny', await tinyLinux('amd64'), 'console=ttyS0 lab.case=firewall')
    await platform.cli(['image', 'default', 'tiny'])
    const firewall = (how: '-A' | '-D') =>
      network.run(network.server, 'iptables', [
        how,
        'INPUT',
        '-i',
        'br0',
        '-p',
        'tcp',
        '--dport',
        '8080',
        '-j',
        'DROP',
      ])
    await firewall('-A')
    await using machine = await Machine.start({ network, firmware: 'uefi-x64', number: 1 })
    await withEvidence(t.name, machine, platform, async () => {
      await machine.console.expect(/autoexec\.ipxe\.\.\. ok/, 125)
      const boot = await failed(platform, machine)
      t.diagnostic(await platform.cli(['boot', 'show', machine.mac]))
      assert.equal(boot.cause?.code, 'http-unreachable')
      assert.match(
        boot.cause.text,
        /^the loader runs and never asked for its script.*HTTP does not reach the platform/,
      )
      await firewall('-D')
      await machine.console.expect(new RegExp(`${bootedMarker} .*lab\\.case=firewall`), 240)
      const later = await platform.boot(machine.mac)
      assert.deepEqual([later.id, later.state, later.cause], [boot.id, 'started', undefined])
    })
  })
})

/** The last boot of a machine, when it has failed: that takes the patience of `judge.ts`. */
async function failed(platform: Platform, machine: Machine): Promise<BootDetail> {
  await until('the boot has failed', 150, async () => (await platform.boot(machine.mac)).state === 'failed')
  return platform.boot(machine.mac)
}
