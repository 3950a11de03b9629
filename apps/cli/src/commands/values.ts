import { readFile } from 'node:fs/promises'
import { type Value, type ValueScope, valueOwnerOf } from '@bootcast/contract'
import { Argument, type Command } from 'commander'
import { Failure, usageFailure } from '../failure.ts'
import { type PasswordSource, readNewPassword } from '../password.ts'
import type { Column } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

type Owner = { readonly scope: ValueScope; readonly argument: string; readonly example: string }

const owners = {
  machine: { scope: 'machine', argument: 'mac', example: '52:54:00:12:34:56' },
  image: { scope: 'image', argument: 'image', example: 'debian' },
  label: { scope: 'label', argument: 'label', example: 'web' },
} as const satisfies Record<ValueScope, Owner>

type SetOptions = PasswordSource & { readonly secret?: true; readonly file?: string }

/** `set-value`, `unset-value` and `values` below `machine`, `image` and `label`. */
export function addValueCommands(parent: Command, world: World, scope: ValueScope): void {
  const { argument, example } = owners[scope]
  const command = `bootcast ${scope}`
  const setCommand = addCommand(parent, {
    usage: `set-value <${argument}> <name>`,
    summary: `A value of the ${scope} for templates and command lines; a machine’s goes before its labels’, that before the image’s`,
    examples: [
      `${command} set-value ${example} timezone Europe/Paris`,
      `${command} set-value ${example} password --secret`,
      `${command} set-value ${example} ca --file ca.pem`,
    ],
  })
    .addArgument(new Argument('[value]', 'the value; what is secret is better asked for (--secret)'))
    .option('--secret', 'shown to nobody from now on; without a value it is asked for')
    .option('--file <file>', 'the value is what is in the file')
    .option('--password-stdin', 'the value is the first line of standard input')
  runs(setCommand, world, (desk, args, options: SetOptions) => set(scope, desk, args, options))

  const unsetCommand = addCommand(parent, {
    usage: `unset-value <${argument}> <name>`,
    summary: `Take a value of the ${scope} back`,
    examples: [`${command} unset-value ${example} timezone`],
  })
  runs(unsetCommand, world, (desk, args) => unset(scope, desk, args))

  const listCommand = addCommand(parent, {
    usage: `values <${argument}>`,
    summary: `Values of the ${scope}, without those that are secret`,
    examples: [`${command} values ${example}`],
  })
  runs(listCommand, world, (desk, args) => list(scope, desk, args))
}

export function addLabelCommands(program: Command, world: World): void {
  const label = program.command('label').description('Values for all machines with a label')
  addValueCommands(label, world, 'label')
}

async function set(
  scope: ValueScope,
  { world, output, connect }: Desk,
  [of = '', name = '', given]: readonly string[],
  options: SetOptions,
): Promise<void> {
  const owner = ownerOf(scope, of)
  const value = await valueFrom(world, given, options)
  const { client } = await connect()
  const params = { scope, of: owner, name }
  const kept = await client.call('setValue', { params, body: { value, secret: options.secret === true } })
  output.result(kept, () =>
    output.sentence(`${owner}: ${name} is ${kept.secret ? 'set (secret)' : (kept.value ?? '')}`),
  )
}

async function valueFrom(world: World, given: string | undefined, options: SetOptions): Promise<string> {
  const { secret, file, passwordStdin } = options
  if ([given, file, passwordStdin].filter((one) => one !== undefined).length > 1)
    throw usageFailure('Give the value, --file or --password-stdin, not several of them.')
  if (given !== undefined) return given
  if (file !== undefined)
    return await readFile(file, 'utf8').catch((error: Error) => {
      throw new Failure(`${file} cannot be read.`, { code: 'file_unreadable', why: error.message })
    })
  if (secret === true || passwordStdin === true) return await readNewPassword(world, options)
  throw usageFailure('Give the value, --file FILE, or --secret to be asked for it.')
}

async function unset(scope: ValueScope, { output, connect }: Desk, [of = '', name = '']: readonly string[]) {
  const owner = ownerOf(scope, of)
  const { client } = await connect()
  await client.call('removeValue', { params: { scope, of: owner, name } })
  output.result({ removed: name }, () =>
    output.sentence(`${owner} has no value ${name} of its own any more.`),
  )
}

async function list(
  scope: ValueScope,
  { output, connect }: Desk,
  [of = '']: readonly string[],
): Promise<void> {
  const owner = ownerOf(scope, of)
  const { client } = await connect()
  const { items } = await client.call('listValues', { params: { scope, of: owner } })
  const columns: readonly Column<Value>[] = [
    { title: 'NAME', text: ({ name }) => name },
    { title: 'VALUE', text: ({ value, secret }) => (secret ? '•••••' : (value ?? '-')), shrinksTo: 20 },
    { title: 'SET BY', text: ({ setBy }) => setBy },
  ]
  output.result({ items }, () =>
    items.length === 0 ? output.sentence(`${owner} has no values.`) : output.table(columns, items),
  )
}

/** In the spelling of the platform. @throws {Failure} */
function ownerOf(scope: ValueScope, of: string): string {
  const read = valueOwnerOf[scope].safeParse(of)
  if (read.success) return read.data
  throw usageFailure(`“${of.slice(0, 40)}” is not ${read.error.issues[0]?.message}.`)
}
