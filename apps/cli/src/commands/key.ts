import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { Failure } from '../failure.ts'
import { type Key, Keys } from '../keys.ts'
import type { Column } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

export function addKeyCommands(program: Command, world: World): void {
  const key = program.command('key').description('Keys that sign bundles, and keys that you trust')
  const newCommand = addCommand(key, {
    usage: 'new <name>',
    summary: 'Make a key (Ed25519); you trust it from the start',
    examples: ['bootcast key new work'],
  })
  runs(newCommand, world, async ({ output }, [name = '']) => {
    const made = await new Keys(world.configDir).create(name)
    output.result(made, () =>
      output.sentence(`Made the key ${name}. What others trust: bootcast key show ${name}`),
    )
  })

  const listCommand = addCommand(key, {
    usage: 'list',
    summary: 'Your keys, and those that you trust',
    examples: ['bootcast key list'],
  })
  runs(listCommand, world, list)

  const showCommand = addCommand(key, {
    usage: 'show <name>',
    summary: 'The public half of your key, for others and for --trusted-keys of a platform',
    examples: ['bootcast key show work >work.pub'],
  })
  runs(showCommand, world, async ({ output }, [name = '']) => {
    const pem = await new Keys(world.configDir).publicKey(name)
    output.result({ name, publicKey: pem }, () => pem.trimEnd())
  })

  const trustCommand = addCommand(key, {
    usage: 'trust <file>',
    summary: 'Trust a public key from now on',
    examples: ['bootcast key trust work.pub', 'bootcast key trust work.pub --name factory'],
  }).option('--name <name>', 'what you call it; without it the name of the file')
  runs<{ readonly name?: string }>(trustCommand, world, trust)

  const untrustCommand = addCommand(key, {
    usage: 'untrust <name>',
    summary: 'Trust a key no longer',
    examples: ['bootcast key untrust factory'],
  })
  runs(untrustCommand, world, async ({ output }, [name = '']) => {
    await new Keys(world.configDir).untrust(name)
    output.result({ untrusted: name }, () => output.sentence(`${name} is not trusted any more.`))
  })

  const rotateCommand = addCommand(key, {
    usage: 'rotate <name>',
    summary: 'A new key under the name; the old one stays trusted under another until you untrust it',
    examples: ['bootcast key rotate work'],
  })
  runs(rotateCommand, world, async ({ output }, [name = '']) => {
    const { key: made, old } = await new Keys(world.configDir).rotate(name, new Date(world.now()))
    output.result({ ...made, old }, () =>
      output.sentence(
        `${name} is a new key; the old one is ${old}. Give the new public half to whoever trusts it (bootcast key show ${name}), then: bootcast key untrust ${old}`,
      ),
    )
  })
}

async function list({ world, output }: Desk): Promise<void> {
  const items = await new Keys(world.configDir).list()
  const columns: readonly Column<Key>[] = [
    { title: 'NAME', text: ({ name }) => name },
    { title: 'KEY', text: ({ id }) => id, shrinksTo: 17 },
    { title: 'YOURS', text: ({ isOwn }) => (isOwn ? 'yes' : '-') },
    { title: 'TRUSTED', text: ({ isTrusted }) => (isTrusted ? 'yes' : '-') },
  ]
  output.result({ items }, () =>
    items.length === 0
      ? 'There is no key yet. Make one: bootcast key new NAME'
      : output.table(columns, items),
  )
}

async function trust(
  { world, output }: Desk,
  [file = '']: readonly string[],
  { name }: { readonly name?: string },
) {
  const pem = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Failure(`Cannot read ${file}.`, { code: 'file_unreadable', why: error.message })
  })
  const chosen =
    name ??
    basename(file)
      .replace(/\.(pub|pem)$/, '')
      .toLowerCase()
  const { id } = await new Keys(world.configDir).trust(chosen, pem)
  output.result({ name: chosen, id }, () => output.sentence(`${chosen} is trusted: ${id}`))
}
