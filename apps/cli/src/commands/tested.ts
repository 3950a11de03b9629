import type { BootTestRecord } from '@bootcast/contract'
import type { Command } from 'commander'
import { Failure } from '../failure.ts'
import { meantRelease } from '../meant-release.ts'
import { plainLines } from '../plain-text.ts'
import { testText } from '../release-text.ts'
import { keepScreenshot, screenshotFile } from '../screenshot-file.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

type Options = { readonly screenshot?: string }

export function addTestedCommand(image: Command, world: World): void {
  const command = addCommand(image, {
    usage: 'tested <release>',
    summary: 'How a release booted in its last tests: the serial log, and the picture of the screen',
    examples: ['bootcast image tested demo@3', 'bootcast image tested demo --screenshot demo.png'],
  }).option('--screenshot <file>', 'write the picture of the screen there (PNG)')
  runs<Options>(command, world, run)
}

async function run(desk: Desk, [reference = '']: readonly string[], { screenshot }: Options): Promise<void> {
  const { world, output } = desk
  const { client } = await desk.connect()
  const { image, number } = await meantRelease(client, reference)
  const { releases } = await client.call('showImage', { params: { name: image } })
  const tests = releases.find((release) => release.number === number)?.tests ?? []
  if (tests.length === 0)
    throw new Failure(`${image}@${number} was not tested.`, {
      code: 'test_not_found',
      todo: `Boot it: bootcast image test ${image}@${number}`,
    })
  const results: (BootTestRecord & { readonly screenshot?: string })[] = []
  for (const { firmware, hasScreen } of tests) {
    const params = { name: image, number, firmware }
    const record = await client.call('showTest', { params })
    const path =
      screenshot !== undefined && hasScreen ? screenshotFile(screenshot, firmware, tests.length) : undefined
    if (path !== undefined) await keepScreenshot(world, path, await client.call('showTestScreen', { params }))
    results.push({ ...record, ...(path !== undefined && { screenshot: path }) })
  }
  output.result({ image, number, results }, () => results.map(recordText).join('\n\n'))
}

function recordText(record: BootTestRecord & { readonly screenshot?: string }): string {
  const { log, firmware, screenshot } = record
  const kept = screenshot === undefined ? [] : [`The screen is in ${screenshot}.`]
  const said = log.trim() === '' ? 'Nothing stood on the serial line.' : log.trimEnd()
  return plainLines([`${firmware}: ${testText(record)}`, ...kept, '', said].join('\n'))
}
