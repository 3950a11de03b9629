import type { Channel, Client } from '@bootcast/contract'
import { Argument, type Command } from 'commander'
import { Failure, usageFailure } from '../failure.ts'
import { splitReference } from '../meant-release.ts'
import { countText, sizeText } from '../quantities.ts'
import type { World } from '../world.ts'
import { addBootTestCommand } from './boot-test.ts'
import { addCommand, type Desk, runs } from './command.ts'
import { addDiffCommand } from './image-diff.ts'
import { addTestedCommand } from './tested.ts'

/** Commands of channels, of how long releases stay, and of what they cost. */
export function addReleaseCommands(image: Command, world: World): void {
  const promoteCommand = addCommand(image, {
    usage: 'promote <release> <channel>',
    summary: 'Point a channel to a release, or to where another channel points',
    examples: ['bootcast image promote demo@3 stable', 'bootcast image promote demo@testing stable'],
  })
  runs(promoteCommand, world, promote)

  const rollbackCommand = addCommand(image, {
    usage: 'rollback <name>',
    summary: 'Point a channel to what it pointed to before; again: one further back',
    examples: ['bootcast image rollback demo', 'bootcast image rollback demo testing'],
  }).addArgument(new Argument('[channel]', 'the channel').default('stable'))
  runs(rollbackCommand, world, rollback)

  const dropCommand = addCommand(image, {
    usage: 'drop-channel <channel>',
    summary: 'Remove a channel, not its releases; refused while something follows it',
    examples: ['bootcast image drop-channel demo@testing'],
  })
  runs(dropCommand, world, drop)

  const keepCommand = addCommand(image, {
    usage: 'keep <name> <count>',
    summary: 'How many releases stay beside those in use; “all”: none is ever taken away',
    examples: ['bootcast image keep demo 5', 'bootcast image keep demo all'],
  })
  runs(keepCommand, world, keep)

  const collectCommand = addCommand(image, {
    usage: 'gc',
    summary: 'Remove releases beyond what their images keep, and files that no release has, now',
    examples: ['bootcast image gc --dry-run', 'bootcast image gc'],
  }).option('--dry-run', 'only say what would go')
  runs(collectCommand, world, collect)
  addDiffCommand(image, world)
  addBootTestCommand(image, world)
  addTestedCommand(image, world)
}

async function promote({ output, connect }: Desk, [release = '', to = '']: readonly string[]): Promise<void> {
  const { client } = await connect()
  const { image, number } = await pointedTo(client, release)
  const moved = await client.call('moveChannel', { params: { name: image, channel: to }, body: { number } })
  output.result(moved, () => output.sentence(movedText(image, moved)))
}

/** The release that is meant now. */
async function pointedTo(client: Client, text: string): Promise<{ image: string; number: number }> {
  const { image, number, channel } = splitReference(text)
  if (number !== undefined) return { image, number }
  if (channel === undefined)
    throw usageFailure('Say which release.', `Give it as ${image}@3, or a channel as ${image}@testing.`)
  const { channels } = await client.call('showImage', { params: { name: image } })
  const found = channels.find(({ name }) => name === channel)
  if (found !== undefined) return { image, number: found.number }
  const known = channels.map(({ name }) => name).join(', ')
  throw new Failure(`The image ${image} has no channel ${channel}.`, {
    code: 'channel_not_found',
    todo: `Choose of: ${known || 'there is none yet'}.`,
  })
}

async function rollback(
  { output, connect }: Desk,
  [image = '', channel = '']: readonly string[],
): Promise<void> {
  const { client } = await connect()
  const moved = await client.call('rollBackChannel', { params: { name: image, channel } })
  output.result(moved, () => output.sentence(movedText(image, moved)))
}

const movedText = (image: string, { name, number, previous }: Channel): string => {
  const back = previous === undefined ? 'Nothing is before it.' : `Before it was ${previous}.`
  return `${image}@${name} is release ${number} now: machines that follow it boot that from their next start on. ${back}`
}

async function drop({ output, connect }: Desk, [text = '']: readonly string[]): Promise<void> {
  const { image, channel } = splitReference(text)
  if (channel === undefined) throw usageFailure(`“${text}” is no channel.`, 'Give it as demo@testing.')
  const { client } = await connect()
  await client.call('removeChannel', { params: { name: image, channel } })
  output.result({ removed: text }, () =>
    output.sentence(`Removed the channel ${text}. Its releases are still there.`),
  )
}

async function keep({ output, connect }: Desk, [name = '', count = '']: readonly string[]): Promise<void> {
  const wanted = count === 'all' ? null : Number(count)
  if (wanted !== null && !/^[1-9][0-9]{0,5}$/.test(count))
    throw usageFailure(`“${count}” is no number of releases.`, 'Give 1 or more, or all.')
  const { client } = await connect()
  const image = await client.call('changeImage', { params: { name }, body: { keep: wanted } })
  output.result(image, () =>
    output.sentence(
      wanted === null
        ? `All releases of ${name} stay.`
        : `The last ${countText(wanted, 'release')} of ${name} stay, and those in use. The others go with the next collection (“bootcast image gc”, or by itself once a day).`,
    ),
  )
}

async function collect(
  { output, connect }: Desk,
  _args: readonly string[],
  { dryRun = false }: { readonly dryRun?: boolean },
): Promise<void> {
  const { client } = await connect()
  const found = await client.call('collectGarbage', { body: { dryRun } })
  const { releases, blobs, bytes } = found
  output.result(found, () => {
    const lines = releases.map(({ image, number }) => `${image}@${number}`)
    const files = `${countText(blobs, 'file')}, ${sizeText(bytes)}`
    const verb = dryRun ? 'Would remove' : 'Removed'
    const sum = `${verb} ${countText(releases.length, 'release')} and ${files}.`
    return [...lines, output.sentence(sum)].join('\n')
  })
}
