import type { Release, ReleaseFile } from '@bootcast/contract'
import type { Command } from 'commander'
import type { Output } from '../output.ts'
import { checkedWish, publish, type Wish, withWayOn } from '../publish.ts'
import { localTime, sizeText } from '../quantities.ts'
import type { Fact } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

type Options = { readonly kernel: string; readonly initrd?: readonly string[]; readonly cmdline?: string }

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
  runs<Options>(command, world, run)
}

function appended(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

async function run(desk: Desk, [image = '']: readonly string[], options: Options): Promise<void> {
  const { world, output } = desk
  const { kernel, initrd: initrds = [], cmdline = '' } = options
  const wish: Wish = { image, kernel, initrds, cmdline }
  const checked = await checkedWish(wish)
  try {
    const release = await publish(world, await desk.connect(), checked)
    output.result(release, () => releaseText(output, release))
    output.note(nextSteps(release))
  } catch (error) {
    throw withWayOn(error, world)
  }
}

/** A release with its files and digests. */
export function releaseText(output: Output, release: Release): string {
  const file = (name: string, { digest, size, ...file }: ReleaseFile): Fact => [
    name,
    `${file.name}  ${sizeText(size)}`,
    digest,
  ]
  return [
    output.bold(`Release ${release.number} of ${release.image}`),
    output.facts([
      ['architecture', release.architecture],
      ['published', `${localTime(release.createdAt)} by ${release.createdBy}`],
      ['command line', release.cmdline === '' ? 'none' : release.cmdline],
      file('kernel', release.kernel),
      ...release.initrds.map((initrd) => file('initrd', initrd)),
    ]),
  ].join('\n')
}

function nextSteps({ image }: Release): string {
  return [
    '',
    'Next: let every machine boot it, or one:',
    `  bootcast image default ${image}`,
    `  bootcast machine assign MAC ${image}`,
  ].join('\n')
}
