import type { Grants } from '@bootcast/contract'
import type { Command } from 'commander'
import { usageFailure } from '../failure.ts'
import type { World } from '../world.ts'
import { addCommand, appended, type Desk, runs } from './command.ts'

type Options = {
  readonly user?: readonly string[]
  readonly group?: readonly string[]
  readonly everyone?: true
}

/** Commands of who may boot an image. */
export function addGrantCommands(image: Command, world: World): void {
  const allowCommand = addCommand(image, {
    usage: 'allow <name>',
    summary: 'Let users, groups or everyone who signs in boot an image',
    examples: [
      'bootcast image allow debian --group staff',
      'bootcast image allow debian --user ann --user bob',
      'bootcast image allow memtest --everyone',
    ],
  })
  const disallowCommand = addCommand(image, {
    usage: 'disallow <name>',
    summary: 'Take that back',
    examples: ['bootcast image disallow debian --user bob'],
  })
  for (const [command, verb] of [
    [allowCommand, 'allow'],
    [disallowCommand, 'disallow'],
  ] as const) {
    command
      .option('-u, --user <name>', 'a user; again for more', appended)
      .option('-g, --group <name>', 'a group; again for more', appended)
      .option('--everyone', 'everybody who signs in')
    runs<Options>(command, world, (desk, args, options) => change(desk, args, options, verb))
  }
}

async function change(
  { output, connect }: Desk,
  [name = '']: readonly string[],
  { user = [], group = [], everyone }: Options,
  verb: 'allow' | 'disallow',
): Promise<void> {
  if (user.length + group.length === 0 && everyone === undefined)
    throw usageFailure('Say who: --user, --group or --everyone.', `See: bootcast image ${verb} --help`)
  const { client } = await connect()
  const subjects = { users: [...user], groups: [...group] }
  const body = {
    [verb]: subjects,
    ...(everyone === true && { everyone: verb === 'allow' }),
  }
  const grants = await client.call('changeGrants', { params: { name }, body })
  output.result(grants, () => output.facts([[`may boot ${name}`, grantsText(grants)]]))
}

/** Who may boot an image. */
export function grantsText({ everyone, users, groups }: Grants): string {
  if (everyone) return 'everyone who signs in'
  return ['publishers', 'operators', ...groups.map((group) => `group ${group}`), ...users].join(', ')
}
