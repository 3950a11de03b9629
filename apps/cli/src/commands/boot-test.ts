import { randomInt } from 'node:crypto'
import type { Client } from '@bootcast/contract'
import type { Command } from 'commander'
import { bootTest, checkBootTest, type TestFirmware } from '../boot-test.ts'
import { Failure, usageFailure } from '../failure.ts'
import { meantRelease } from '../meant-release.ts'
import { Progress } from '../progress.ts'
import { keepScreenshot, screenshotFile } from '../screenshot-file.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

type Options = {
  readonly firmware: string
  readonly expect?: string
  readonly timeout: string
  readonly memory: string
  readonly screenshot?: string
}

/** Signs of a system that runs, on a serial line. */
const usualSign =
  /login: |Run \/init as init process|Run \/sbin\/init|systemd\[1\]|Reached target|Welcome to /

export function addBootTestCommand(image: Command, world: World): void {
  const command = addCommand(image, {
    usage: 'test <release>',
    summary:
      'Boot a release in an emulated machine here (QEMU), and record whether it did, with the serial log and the screen',
    examples: [
      'bootcast image test demo',
      'bootcast image test demo@3 --firmware bios,uefi --expect "login: "',
      'bootcast image test web --memory 4096 --timeout 600 --screenshot web.png',
    ],
  })
    .option('--firmware <kinds>', 'bios, uefi, or both with a comma', 'bios,uefi')
    .option(
      '--expect <text>',
      'what on the serial line counts as booted; the command line needs console=ttyS0',
    )
    .option('--timeout <seconds>', 'how long each may take', '300')
    .option('--memory <MiB>', 'memory of the machine', '2048')
    .option('--screenshot <file>', 'keep a copy of the picture of the screen there (PNG)')
  runs<Options>(command, world, run)
}

async function run(desk: Desk, [reference = '']: readonly string[], options: Options): Promise<void> {
  const { world, output } = desk
  const firmwares = options.firmware.split(',').map(firmwareOf)
  const [seconds, memoryMiB] = [numberOf(options.timeout, '--timeout'), numberOf(options.memory, '--memory')]
  for (const firmware of firmwares) await checkBootTest(firmware)
  const { client, url } = await desk.connect()
  const { image, number } = await meantRelease(client, reference)
  const expect = options.expect === undefined ? usualSign : new RegExp(escaped(options.expect))
  const results: Result[] = []
  for (const firmware of firmwares) {
    const order = { platform: url, firmware, memoryMiB, seconds, expect }
    const { passed, log, screen, ...more } = await onAMachine(client, `${image}@${number}`, async (mac) => {
      const progress = new Progress(world, 'boot', `${image}@${number} on ${firmware}`, 0)
      return await bootTest(world, { ...order, mac }).finally(() => progress.clear())
    })
    const told = { passed, seconds: more.seconds, hasScreen: screen !== undefined }
    const picture = screen === undefined ? {} : { screen: screen.toString('base64') }
    const body = { passed, seconds: more.seconds, log, ...picture }
    await client.call('recordTest', { params: { name: image, number, firmware }, body })
    const kept = await keep(world, screen, { ...options, firmware, firmwares: firmwares.length })
    results.push({ firmware, ...told, ...kept })
    if (!passed)
      output.note(
        `What stood on the serial line of ${firmware} at last:\n${log.split('\n').slice(-15).join('\n')}`,
      )
  }
  output.result({ image, number, results }, () => results.map(resultText).join('\n'))
  if (results.some(({ passed }) => !passed))
    throw new Failure(`${image}@${number} did not boot everywhere.`, {
      code: 'test_failed',
      todo: 'Does its command line have console=ttyS0? Is there enough memory (--memory)?',
    })
}

type Result = {
  readonly firmware: TestFirmware
  readonly passed: boolean
  readonly seconds: number
  readonly hasScreen: boolean
  /** Where a copy of the picture is. */
  readonly screenshot?: string
}

function resultText({ firmware, passed, seconds, hasScreen, screenshot }: Result): string {
  const how = `${firmware}  ${passed ? 'booted' : 'DID NOT BOOT'} (${seconds} s)`
  if (screenshot !== undefined) return `${how}, its screen is in ${screenshot}`
  return hasScreen ? how : `${how}, QEMU gave no picture of its screen`
}

type Keeping = {
  readonly screenshot?: string
  readonly firmware: TestFirmware
  readonly firmwares: number
}

async function keep(
  world: World,
  screen: Buffer | undefined,
  { screenshot, firmware, firmwares }: Keeping,
): Promise<Pick<Result, 'screenshot'>> {
  if (screen === undefined || screenshot === undefined) return {}
  const path = screenshotFile(screenshot, firmware, firmwares)
  await keepScreenshot(world, path, screen)
  return { screenshot: path }
}

/** A machine of its own for the test, which is forgotten afterwards. */
async function onAMachine<T>(client: Client, image: string, work: (mac: string) => Promise<T>): Promise<T> {
  const digits = () => randomInt(256).toString(16).padStart(2, '0')
  const mac = `52:54:00:${digits()}:${digits()}:${digits()}`
  await client.call('changeMachine', { params: { mac }, body: { image } })
  try {
    return await work(mac)
  } finally {
    await client.call('removeMachine', { params: { mac } }).catch(() => undefined)
  }
}

function firmwareOf(text: string): TestFirmware {
  const name = text.trim()
  if (name === 'bios' || name === 'uefi') return name
  throw usageFailure(`“${name.slice(0, 40)}” is no firmware.`, 'Choose bios, uefi, or bios,uefi.')
}

function numberOf(text: string, option: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(text))
    throw usageFailure(`“${text.slice(0, 40)}” is no number.`, `Give ${option} one.`)
  return Number(text)
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
