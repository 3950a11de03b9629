import type { Release } from '@bootcast/contract'
import type { Command } from 'commander'
import { checkedWish, publish, type Wish, withWayOn } from '../publish.ts'
import { releaseText } from '../release-text.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

type Options = {
  readonly kernel: string
  readonly initrd?: readonly string[]
  readonly cmdline?: string
  readonly channel: string
}

export function addPublishCommand(program: Command, world: World): void {
  const command = addCommand(program, {
    usage: 'publish <name>',
    summary: 'Publish a kernel and its initrds as the next release of an image',
    examples: [
      'bootcast publish demo --kernel vmlinuz --initrd initrd.gz --cmdline "console=ttyS0"',
      'bootcast publish demo --kernel vmlinuz --initrd base.img --initrd site.img',
      "bootcast publish demo --kernel vmlinuz --json | jq '.number'",
    ],
  })
    .requiredOption('-k, --kernel <file>', 'the kernel')
    .option('-i, --initrd <file>', 'an initial RAM disk; again for more, loaded in this order', appended)
    .option('-c, --cmdline <text>', 'the command line of the kernel')
    .option('--channel <name>', 'the channel that follows the release, or none', 'stable')
  runs<Options>(command, world, run)
}

function appended(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

async function run(desk: Desk, [image = '']: readonly string[], options: Options): Promise<void> {
  const { world, output } = desk
  const { kernel, initrd: initrds = [], cmdline = '' } = options
  const channel = options.channel === 'none' ? null : options.channel
  const wish: Wish = { image, kernel, initrds, cmdline, channel }
  const checked = await checkedWish(wish)
  try {
    const release = await publish(world, await desk.connect(), checked)
    output.result(release, () => releaseText(output, release))
    output.note(nextSteps(release))
  } catch (error) {
    throw withWayOn(error, world)
  }
}

function nextSteps({ image }: Release): string {
  return [
    '',
    'Next: let every machine boot it, or one:',
    `  bootcast image default ${image}`,
    `  bootcast machine assign MAC ${image}`,
  ].join('\n')
}
