import { type ApiToken, roles } from '@bootcast/contract'
import type { Command } from 'commander'
import { Failure, usageFailure } from '../failure.ts'
import { agoText, localTime, secondsIn } from '../quantities.ts'
import type { Column } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

export function addTokenCommands(program: Command, world: World): void {
  const token = program
    .command('token')
    .description('Tokens for programs: they work as you, for no more than a role')
  const createCommand = addCommand(token, {
    usage: 'create <name>',
    summary: 'Make a token for a program; it is shown only this once',
    examples: [
      'bootcast token create ci --role publisher',
      'bootcast token create backup --role viewer --for 365d',
      'BOOTCAST_TOKEN=$(bootcast token create ci --role publisher --json | jq -r .token)',
    ],
  })
    .requiredOption('-r, --role <role>', `what it may do at most: ${roles.join(', ')}`)
    .option('--for <time>', 'how long it is good: 90d, 12h, 30m; at most 366d', '90d')
  runs<CreateOptions>(createCommand, world, create)

  const listCommand = addCommand(token, {
    usage: 'list',
    summary: 'Your tokens for programs; an administrator sees those of all',
    examples: ['bootcast token list'],
  })
  runs(listCommand, world, list)

  const removeCommand = addCommand(token, {
    usage: 'remove <name>',
    summary: 'End a token; an administrator ends those of others by --user',
    examples: ['bootcast token remove ci', 'bootcast token remove ci --user ann'],
  }).option('-u, --user <name>', 'whose token it is')
  runs<{ readonly user?: string }>(removeCommand, world, remove)
}

type CreateOptions = { readonly role: string; readonly for: string }

async function create({ output, connect }: Desk, [name = '']: readonly string[], options: CreateOptions) {
  const role = roles.find((each) => each === options.role)
  if (role === undefined)
    throw usageFailure(`There is no role “${options.role}”.`, `Choose ${roles.join(', ')}.`)
  const seconds = secondsIn(options.for)
  if (seconds === undefined)
    throw usageFailure(`“${options.for}” is no time.`, 'Write it like 90d, 12h or 30m.')
  const { client } = await connect()
  const made = await client.call('makeToken', { body: { name, role, seconds } })
  output.result(made, () => made.token)
  output.note(
    `Note: this is shown only now. It may do what a ${made.role} may, as ${made.user}, until ${localTime(made.expiresAt)}. Programs take it as BOOTCAST_TOKEN, or as “Authorization: Bearer …”.`,
  )
}

async function list({ world, output, connect }: Desk): Promise<void> {
  const { client } = await connect()
  const { items } = await client.call('listTokens', {})
  const columns: readonly Column<ApiToken>[] = [
    { title: 'NAME', text: ({ name }) => name, shrinksTo: 12 },
    { title: 'USER', text: ({ user }) => user, shrinksTo: 8 },
    { title: 'ROLE', text: ({ role }) => role },
    { title: 'GOOD UNTIL', text: ({ expiresAt }) => localTime(expiresAt) },
    { title: 'USED', text: ({ lastUsedAt }) => (lastUsedAt ? agoText(lastUsedAt, world.now()) : 'never') },
  ]
  output.result({ items }, () =>
    items.length === 0 ? 'There is no token for a program.' : output.table(columns, items),
  )
}

async function remove(
  { output, connect }: Desk,
  [name = '']: readonly string[],
  { user }: { readonly user?: string },
): Promise<void> {
  const { client } = await connect()
  const whose = user?.normalize('NFC') ?? (await client.call('me', {})).user
  const { items } = await client.call('listTokens', {})
  const found = items.find((token) => token.name === name && token.user === whose)
  if (found === undefined)
    throw new Failure(`${whose} has no token ${name}.`, {
      code: 'token_not_found',
      todo: 'See: bootcast token list',
    })
  await client.call('removeToken', { params: { id: found.id } })
  output.result({ removed: name }, () =>
    output.sentence(`The token ${name} of ${whose} is worth nothing now.`),
  )
}
