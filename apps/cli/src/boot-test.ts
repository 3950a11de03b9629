import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { mostScreenBytes } from '@bootcast/contract'
import { Failure } from './failure.ts'
import { QemuMonitor } from './qemu-monitor.ts'
import { pngOfPpm } from './screen-picture.ts'
import type { World } from './world.ts'

export type TestFirmware = 'bios' | 'uefi'
export type BootTestOrder = {
  /** Where the machine reaches the platform. */
  readonly platform: string
  readonly mac: string
  readonly firmware: TestFirmware
  readonly memoryMiB: number
  readonly seconds: number
  /** What on the serial line counts as booted. */
  readonly expect: RegExp
}
export type BootTestResult = {
  readonly passed: boolean
  readonly seconds: number
  readonly log: string
  /** What the machine showed at the end, PNG; `undefined`: QEMU did not tell. */
  readonly screen: Buffer | undefined
}

const qemu = 'qemu-system-x86_64'
const ovmf = [
  '/usr/share/OVMF/OVMF_CODE_4M.fd',
  '/usr/share/OVMF/OVMF_CODE.fd',
  '/usr/share/edk2/x64/OVMF_CODE.4m.fd',
]
const logCharacters = 60_000
/** What has booted has often something to show in a moment: a prompt comes on the screen after the serial line. */
const untilShownMs = 1_500
/** QEMU's user network shows this computer at this address. */
const thisComputer = '10.0.2.2'

/** @throws {Failure} when this computer cannot run such a machine */
export async function checkBootTest(firmware: TestFirmware): Promise<void> {
  if (spawnSync(qemu, ['--version']).error !== undefined)
    throw new Failure('There is no QEMU on this computer.', {
      code: 'qemu_missing',
      todo: 'Install it (Debian: apt-get install qemu-system-x86 ipxe-qemu ovmf), or test elsewhere.',
    })
  if (firmware === 'uefi') await ovmfCode()
}

async function ovmfCode(): Promise<string> {
  for (const path of ovmf)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  throw new Failure('There is no UEFI firmware for QEMU on this computer.', {
    code: 'qemu_missing',
    todo: 'Install it (Debian: apt-get install ovmf), or test with --firmware bios.',
  })
}

/**
 * Boots an emulated machine from the platform, over the network that QEMU makes for it: no bridge, no privilege. What
 * comes on the serial line decides. It has no disk. Its screen is looked at once, at the end.
 */
export async function bootTest(world: World, order: BootTestOrder): Promise<BootTestResult> {
  const hasKvm = await access('/dev/kvm').then(
    () => true,
    () => false,
  )
  const result = hasKvm ? await oneBoot(world, order, 'kvm') : undefined
  // On some virtual machines /dev/kvm is there and does not work.
  if (
    result !== undefined &&
    !/KVM internal error|kvm run failed|entry failed|failed to initialize kvm/i.test(result.log)
  )
    return result
  return await oneBoot(world, order, 'tcg')
}

async function oneBoot(
  world: World,
  order: BootTestOrder,
  accelerator: 'kvm' | 'tcg',
): Promise<BootTestResult> {
  const home = await mkdtemp(join(tmpdir(), 'bootcast-test-'))
  try {
    const serial = join(home, 'serial')
    await writeFile(serial, '')
    const args = ['-accel', accelerator, ...(await argumentsOf(order, home, serial))]
    const child = spawn(qemu, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    return await watched(world, order, child, home)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

async function argumentsOf(order: BootTestOrder, home: string, serial: string): Promise<readonly string[]> {
  const { firmware, memoryMiB, mac } = order
  const url = new URL(order.platform)
  if (['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) url.hostname = thisComputer
  const script = `${url.href.replace(/\/+$/, '')}/boot.ipxe`
  // A machine that would start anew or switches itself off stays as it is then: its screen says why.
  const ends = ['-no-reboot', '-no-shutdown']
  const screen = ['-device', 'VGA', '-display', 'none', '-qmp', 'stdio']
  const common = ['-m', String(memoryMiB), '-nodefaults', '-no-user-config', ...ends, ...screen]
  const device = ['-device', `virtio-net-pci,netdev=net0,mac=${mac},bootindex=1`]
  const line = ['-serial', `file:${serial}`]
  if (firmware === 'bios') {
    const net = ['-netdev', `user,id=net0,bootfile=${script}`]
    return [...common, '-machine', 'pc,graphics=off', ...net, ...device, ...line]
  }
  await writeFile(join(home, 'autoexec.ipxe'), `#!ipxe\ndhcp || \nchain ${script}\n`)
  const loader = await efiLoader(order.platform, home)
  const net = ['-netdev', `user,id=net0,tftp=${home},bootfile=${loader}`]
  const pflash = ['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${await ovmfCode()}`]
  const noIpv6 = ['-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=n']
  const random = ['-device', 'virtio-rng-pci']
  return [
    ...[...common, '-machine', 'q35,smm=off,graphics=off', ...pflash, ...noIpv6, ...random],
    ...[...net, '-device', `virtio-net-pci,netdev=net0,mac=${mac},bootindex=1,romfile=`, ...line],
  ]
}

/** The loader that the platform gives to such machines; the first of these names that it has. */
async function efiLoader(platform: string, home: string): Promise<string> {
  for (const name of ['ipxe-amd64.efi', 'snponly-amd64.efi', 'ipxe.efi', 'snponly.efi']) {
    const response = await fetch(`${platform}/loaders/${name}`).catch(() => undefined)
    if (response?.ok !== true) continue
    await writeFile(join(home, name), Buffer.from(await response.arrayBuffer()))
    return name
  }
  throw new Failure('The platform has no boot loader for UEFI.', {
    code: 'loader_not_found',
    todo: 'See: bootcast loaders list',
  })
}

/** QEMU stops the machine and waits for somebody to look at it. */
const isStuck = (complaint: string) => /KVM internal error|kvm run failed|entry failed/i.test(complaint)

async function watched(
  world: World,
  { expect, seconds }: BootTestOrder,
  child: ChildProcess,
  home: string,
): Promise<BootTestResult> {
  const monitor = new QemuMonitor(child)
  let ended = false
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000)
  })
  const gone = once(child, 'exit').then(() => {
    ended = true
  })
  const startedAt = performance.now()
  const elapsed = () => Math.round((performance.now() - startedAt) / 1000)
  const screen = async () => {
    const ppm = await monitor.screen(join(home, 'screen.ppm'))
    return ppm === undefined ? undefined : pngOfPpm(ppm, mostScreenBytes)
  }
  const ending = async (passed: boolean, log: string): Promise<BootTestResult> => {
    const took = elapsed()
    if (passed) await sleep(untilShownMs)
    world.signal.throwIfAborted()
    return { passed, seconds: took, log: log.slice(-logCharacters), screen: await screen() }
  }
  try {
    for (;;) {
      const isOver = ended || monitor.isStopped || elapsed() >= seconds || isStuck(complaint)
      const log = (await readFile(join(home, 'serial'), 'latin1')).replace(/[^\t\n\x20-\x7e]/g, '')
      if (expect.test(log)) return await ending(true, log)
      if (isOver) return await ending(false, log + complaint)
      world.signal.throwIfAborted()
      await sleep(250)
    }
  } finally {
    child.kill('SIGKILL')
    await gone
  }
}
