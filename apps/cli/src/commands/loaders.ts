import { basename } from 'node:path'
import { ApiError, type Client, fileNameSchema, type Loader } from '@bootcast/contract'
import type { Command } from 'commander'
import { Failure, failureOf } from '../failure.ts'
import { type LoaderFile, loaderFiles } from '../loader-files.ts'
import type { Output } from '../output.ts'
import { countText, sizeText } from '../quantities.ts'
import type { Column } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

export function addLoadersCommands(program: Command, world: World): void {
  const loaders = program.command('loaders').description('Boot loaders that machines are given')
  const importCommand = addCommand(loaders, {
    usage: 'import <from...>',
    summary: 'Bring loaders from directories, Debian packages or single files to the platform',
    examples: [
      'bootcast loaders import ipxe_2.0.0+dfsg-5_all.deb',
      'bootcast loaders import /usr/lib/ipxe',
      'bootcast loaders import ./snponly.efi',
      'bootcast loaders import shim-signed_….deb grub-efi-amd64-signed_….deb',
    ],
  })
  runs(importCommand, world, importAll)

  const listCommand = addCommand(loaders, {
    usage: 'list',
    summary: 'Loaders on the platform, and which firmware gets them',
    examples: ['bootcast loaders list', 'bootcast loaders list --json'],
  })
  runs(listCommand, world, list)

  const removeCommand = addCommand(loaders, {
    usage: 'remove <name>',
    summary: 'Remove a loader from the platform',
    examples: ['bootcast loaders remove snponly.efi'],
  })
  runs(removeCommand, world, remove)
}

type Refusal = { readonly from: string; readonly code: string; readonly reason: string }
type Imported = { readonly from: string; readonly loader: Loader }

async function importAll({ world, output, connect }: Desk, places: readonly string[]): Promise<void> {
  const { client } = await connect()
  const imported: Imported[] = []
  const refused: Refusal[] = []
  const taken = new Map<string, string>()
  for (const place of places) {
    for await (const file of loaderFiles(place)) {
      world.signal.throwIfAborted()
      const outcome = await importOne(client, file, taken)
      if ('loader' in outcome) imported.push(outcome)
      else refused.push(outcome)
      if (!output.json) world.stdout.write(`${outcomeText(output, outcome)}\n`)
    }
  }
  if (output.json) output.result({ imported, refused }, () => '')
  if (imported.length > 0)
    output.note(`${countText(imported.length, 'loader')} imported, ${refused.length} refused.`)
  else throw nothingImported(places, refused)
}

/** Two files of one name in one import are refused: the second would silently replace the first. */
async function importOne(
  client: Client,
  file: LoaderFile,
  taken: Map<string, string>,
): Promise<Imported | Refusal> {
  if ('refused' in file) return { from: file.from, code: file.refused.code, reason: file.refused.message }
  const { from, name, bytes } = file
  const other = taken.get(name)
  if (other !== undefined)
    return { from, code: 'name_taken', reason: `${other} has the same name and was imported.` }
  if (!fileNameSchema.safeParse(name).success)
    return { from, code: 'invalid_name', reason: 'Machines could not be told this file name.' }
  try {
    const loader = await client.call('putLoader', { params: { name }, body: bytes, length: bytes.length })
    taken.set(name, from)
    return { from, loader }
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem.status === 401 || error.problem.status >= 500)
      throw error
    const { code, message, why } = failureOf(error)
    return { from, code, reason: why ?? message }
  }
}

function outcomeText(output: Output, outcome: Imported | Refusal): string {
  if ('reason' in outcome) return output.sentence(`refused   ${outcome.from}: ${outcome.reason}`)
  const { loader } = outcome
  const known = loader.proven ? 'proven' : 'not proven here'
  const from = basename(outcome.from) === loader.name ? outcome.from : `${outcome.from} as ${loader.name}`
  return output.sentence(
    `imported  ${from}: ${loader.platform} ${loader.architecture}, ${sizeText(loader.size)}, ${known}`,
  )
}

function nothingImported(places: readonly string[], refused: readonly Refusal[]): Failure {
  return new Failure(`No loader was imported from ${places.join(', ')}.`, {
    code: 'nothing_imported',
    why:
      refused.length === 0
        ? 'There is no file *.efi, *.kpxe, *.kkpxe or *.pxe, and no signed shim or GRUB for networks.'
        : `${countText(refused.length, 'file')} refused, for the reasons above.`,
    todo: "Debian's package ipxe has loaders for BIOS and UEFI: bootcast loaders import ipxe_….deb",
  })
}

async function list({ output, connect }: Desk): Promise<void> {
  const { client } = await connect()
  const { items } = await client.call('listLoaders', {})
  const columns: readonly Column<Loader>[] = [
    { title: 'NAME', text: ({ name }) => name, shrinksTo: 16 },
    { title: 'FOR', text: ({ platform, architecture }) => `${platform} ${architecture}` },
    { title: 'VERSION', text: ({ version }) => version ?? '-', shrinksTo: 8 },
    { title: 'PROVEN', text: ({ proven }) => (proven ? 'yes' : 'no') },
    { title: 'GIVEN TO', text: ({ firmwares }) => firmwares.join(', '), shrinksTo: 10 },
    { title: 'SIZE', text: ({ size }) => sizeText(size), align: 'right' },
  ]
  output.result({ items }, () =>
    items.length === 0
      ? output.sentence(
          'There is no loader: only machines with iPXE of their own can boot. See: bootcast loaders import --help',
        )
      : output.table(columns, items),
  )
}

async function remove({ output, connect }: Desk, [name = '']: readonly string[]): Promise<void> {
  const { client } = await connect()
  await client.call('removeLoader', { params: { name } })
  output.result({ removed: name }, () => output.sentence(`Removed the loader ${name}.`))
}
