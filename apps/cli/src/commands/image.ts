import type { Image } from '@bootcast/contract'
import { Argument, type Command } from 'commander'
import { usageFailure } from '../failure.ts'
import { splitReference } from '../meant-release.ts'
import { allPages } from '../pages.ts'
import { agoText, countText, localTime, sizeText } from '../quantities.ts'
import { kindText, releaseText } from '../release-text.ts'
import type { Column, Fact } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'
import { addGrantCommands, grantsText } from './grants.ts'
import { addReleaseCommands } from './releases.ts'
import { addValueCommands } from './values.ts'

export function addImageCommands(program: Command, world: World): void {
  const image = program
    .command('image')
    .description('List, show and remove images; move their channels; choose the default')
  const listCommand = addCommand(image, {
    usage: 'list',
    summary: 'Images with their newest release',
    examples: ['bootcast image list', "bootcast image list --json | jq -r '.items[].name'"],
  })
  runs(listCommand, world, list)

  const showCommand = addCommand(image, {
    usage: 'show <name>',
    summary: 'One image with all its releases, files and digests',
    examples: ['bootcast image show demo', "bootcast image show demo --json | jq '.newest.number'"],
  })
  runs(showCommand, world, show)

  const removeCommand = addCommand(image, {
    usage: 'remove <name>',
    summary: 'Remove an image with its releases, or one release; refused while something uses it',
    examples: ['bootcast image remove demo', 'bootcast image remove demo@3'],
  })
  runs(removeCommand, world, remove)

  const defaultCommand = addCommand(image, {
    usage: 'default',
    summary: 'The image for every machine without one of its own; without a name: say which it is',
    examples: [
      'bootcast image default',
      'bootcast image default demo',
      'bootcast image default demo@testing',
      'bootcast image default --none',
    ],
  })
    .addArgument(new Argument('[name]', 'the image, one of its channels, or a release'))
    .option('--none', 'no image: such machines do not boot from here')
  runs(defaultCommand, world, changeDefault)
  addReleaseCommands(image, world)
  addValueCommands(image, world, 'image')
  addGrantCommands(image, world)
}

async function list({ world, output, connect }: Desk): Promise<void> {
  const { client } = await connect()
  const items = await allPages((after) => client.call('listImages', { query: { after, limit: 500 } }))
  const columns: readonly Column<Image>[] = [
    { title: 'NAME', text: ({ name }) => name, shrinksTo: 12 },
    { title: 'RELEASE', text: ({ newest }) => String(newest?.number ?? '-'), align: 'right' },
    { title: 'CHANNELS', text: channelsText, shrinksTo: 8 },
    { title: 'FOR', text: kindsOf, shrinksTo: 6 },
    { title: 'SIZE', text: sizeOf, align: 'right' },
    { title: 'PUBLISHED', text: ({ newest }) => agoText(newest?.createdAt, world.now()) },
    { title: 'USED BY', text: usersOf },
  ]
  output.result({ items }, () =>
    items.length === 0
      ? 'There is no image yet. Publish one: bootcast publish --help'
      : output.table(columns, items),
  )
}

const channelsText = ({ channels }: Image): string =>
  channels.map(({ name, number }) => `${name} ${number}`).join(', ')

const kindsOf = ({ newest }: Image): string => [...new Set(newest?.variants.map(kindText))].join(', ')

const sizeOf = ({ newest }: Image): string => (newest === undefined ? '-' : sizeText(newest.size))

function usersOf({ isDefault, machines }: Image): string {
  const users = [...(isDefault ? ['default'] : []), ...(machines > 0 ? [countText(machines, 'machine')] : [])]
  return users.join(', ')
}

async function show({ output, connect }: Desk, [name = '']: readonly string[]): Promise<void> {
  const { client } = await connect()
  const image = await client.call('showImage', { params: { name } })
  output.result(image, () => {
    const head = output.facts([
      ['image', image.name],
      ['since', localTime(image.createdAt)],
      ['used by', usersOf(image) || 'no machine'],
      ...(image.grants === undefined ? [] : [['may boot', grantsText(image.grants)] as const]),
      ['keeps', image.keep === undefined ? 'all releases' : `the last ${image.keep}, and those in use`],
      ...image.channels.map(({ name, number, movedAt, movedBy, previous }): Fact => {
        const before = previous === undefined ? '' : `, before it ${previous}`
        return [`channel ${name}`, `release ${number} since ${localTime(movedAt)} by ${movedBy}${before}`]
      }),
    ])
    const releases = image.releases.map((release) => releaseText(output, release, image.channels))
    return [head, ...releases].join('\n\n')
  })
}

async function remove({ output, connect }: Desk, [name = '']: readonly string[]): Promise<void> {
  const { client } = await connect()
  const { image, number } = splitReference(name)
  if (number === undefined) await client.call('removeImage', { params: { name } })
  else await client.call('removeRelease', { params: { name: image, number } })
  const what = number === undefined ? `the image ${name} and its releases` : `the release ${name}`
  output.result({ removed: name }, () => output.sentence(`Removed ${what}.`))
}

async function changeDefault(
  { output, connect }: Desk,
  [name]: readonly string[],
  { none }: { readonly none?: true },
): Promise<void> {
  if (name !== undefined && none === true) throw usageFailure('Give a name or --none, not both.')
  const { client } = await connect()
  const wanted = none === true ? null : name
  const settings =
    wanted === undefined
      ? await client.call('showSettings', {})
      : await client.call('changeSettings', { body: { defaultImage: wanted } })
  output.result(settings, () =>
    output.sentence(
      settings.defaultImage === null
        ? 'There is no default image: machines without an image of their own do not boot from here.'
        : `The default image is ${settings.defaultImage}: machines without an image of their own boot it.`,
    ),
  )
}
