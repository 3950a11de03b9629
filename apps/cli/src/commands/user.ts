import { aboutRoles, type Role, roles, type User, type UserChange } from '@bootcast/contract'
import type { Command } from 'commander'
import { usageFailure } from '../failure.ts'
import type { Output } from '../output.ts'
import { allPages } from '../pages.ts'
import { type PasswordSource, readNewPassword } from '../password.ts'
import { localTime } from '../quantities.ts'
import type { Column } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, appended, type Desk, runs } from './command.ts'

const aboutRole = `one of: ${roles.map((role) => `${role} (${aboutRoles[role]})`).join('; ')}`

export function addUserCommands(program: Command, world: World): void {
  const user = program.command('user').description('People who may sign in, their roles and groups')
  const addUserCommand = addCommand(user, {
    usage: 'add <name>',
    summary: 'Add a user; the password is asked for, or comes from a file or standard input',
    examples: [
      'bootcast user add ann --role operator',
      'bootcast user add "Zoë Ångström" --role user --group staff --group lab',
      'pass show ann | bootcast user add ann --role viewer --password-stdin',
    ],
  })
    .requiredOption('-r, --role <role>', aboutRole)
    .option('-g, --group <name>', 'a group; again for more', appended)
    .option('--password-file <file>', 'read the password from this file')
    .option('--password-stdin', 'read the password from standard input')
  runs<AddOptions>(addUserCommand, world, add)

  const listCommand = addCommand(user, {
    usage: 'list',
    summary: 'All users',
    examples: ['bootcast user list', "bootcast user list --json | jq -r '.items[].name'"],
  })
  runs(listCommand, world, list)

  const showCommand = addCommand(user, {
    usage: 'show <name>',
    summary: 'One user',
    examples: ['bootcast user show ann'],
  })
  runs(showCommand, world, async ({ output, connect }, [name = '']) => {
    const { client } = await connect()
    tell(output, await client.call('showUser', { params: { name } }))
  })
  addSetCommand(user, world)

  const removeCommand = addCommand(user, {
    usage: 'remove <name>',
    summary: 'Remove a user with their tokens and grants; the last administrator stays',
    examples: ['bootcast user remove ann'],
  })
  runs(removeCommand, world, async ({ output, connect }, [name = '']) => {
    const { client } = await connect()
    await client.call('removeUser', { params: { name } })
    output.result({ removed: name }, () => output.sentence(`Removed the user ${name}.`))
  })
}

function addSetCommand(user: Command, world: World): void {
  const setCommand = addCommand(user, {
    usage: 'set <name>',
    summary: 'Change role, groups or password of a user, or disable them',
    examples: [
      'bootcast user set ann --role publisher',
      'bootcast user set ann --group staff --group lab',
      'bootcast user set ann --disable',
      'bootcast user set ann --password',
    ],
  })
    .option('-r, --role <role>', aboutRole)
    .option('-g, --group <name>', 'all groups there shall be; again for more', appended)
    .option('--without-groups', 'no group')
    .option('--disable', 'may not sign in; all tokens end')
    .option('--enable', 'may sign in again')
    .option('--password', 'ask for a new password; all tokens end')
    .option('--password-file <file>', 'read the new password from this file')
    .option('--password-stdin', 'read the new password from standard input')
  runs<SetOptions>(setCommand, world, set)
}

type AddOptions = PasswordSource & { readonly role: string; readonly group?: readonly string[] }

async function add({ world, output, connect }: Desk, [name = '']: readonly string[], options: AddOptions) {
  const role = roleOf(options.role)
  const { client } = await connect()
  const password = await readNewPassword(world, options)
  const body = { name, role, password, groups: [...(options.group ?? [])] }
  tell(output, await client.call('addUser', { body }))
}

async function list({ output, connect }: Desk): Promise<void> {
  const { client } = await connect()
  const items = await allPages((after) => client.call('listUsers', { query: { after, limit: 500 } }))
  const columns: readonly Column<User>[] = [
    { title: 'NAME', text: ({ name }) => name, shrinksTo: 12 },
    { title: 'ROLE', text: ({ role }) => role },
    { title: 'GROUPS', text: ({ groups }) => groups.join(', '), shrinksTo: 8 },
    { title: 'FROM', text: ({ source }) => source },
    { title: 'MAY SIGN IN', text: ({ disabled }) => (disabled ? 'no' : 'yes') },
  ]
  output.result({ items }, () => output.table(columns, items))
}

type SetOptions = PasswordSource & {
  readonly role?: string
  readonly group?: readonly string[]
  readonly withoutGroups?: true
  readonly disable?: true
  readonly enable?: true
  readonly password?: true
}

async function set({ world, output, connect }: Desk, [name = '']: readonly string[], options: SetOptions) {
  const { role, group, withoutGroups, disable, enable, password, passwordFile, passwordStdin } = options
  if (disable === true && enable === true) throw usageFailure('Give --disable or --enable, not both.')
  if (group !== undefined && withoutGroups === true)
    throw usageFailure('Give --group or --without-groups, not both.')
  const isPassword = (password ?? passwordFile ?? passwordStdin) !== undefined
  const change: UserChange = {
    ...(role !== undefined && { role: roleOf(role) }),
    ...(group !== undefined && { groups: [...group] }),
    ...(withoutGroups === true && { groups: [] }),
    ...((disable ?? enable) === true && { disabled: disable === true }),
  }
  if (!isPassword && Object.keys(change).length === 0)
    throw usageFailure('Nothing to set.', 'See: bootcast user set --help')
  const { client } = await connect()
  const body = isPassword ? { ...change, password: await readNewPassword(world, options) } : change
  tell(output, await client.call('changeUser', { params: { name }, body }))
}

function roleOf(text: string): Role {
  const role = roles.find((each) => each === text)
  if (role === undefined) throw usageFailure(`There is no role “${text}”.`, `Choose ${roles.join(', ')}.`)
  return role
}

function tell(output: Output, user: User): void {
  output.result(user, () =>
    output.facts([
      ['user', user.name],
      ['role', `${user.role}: ${aboutRoles[user.role]}`],
      ['groups', user.groups.join(', ') || 'none'],
      ['comes from', user.source],
      ['may sign in', user.disabled ? 'no' : 'yes'],
      ['since', localTime(user.createdAt)],
    ]),
  )
}
