import { type NewSource, type Source, type SourceDetail, sourceKinds } from '@bootcast/contract'
import { Argument, type Command } from 'commander'
import { durationSeconds } from '../duration.ts'
import { exitCodes, Failure, usageFailure } from '../failure.ts'
import type { PasswordSource } from '../password.ts'
import { readPassword } from '../password.ts'
import { Progress } from '../progress.ts'
import { agoText } from '../quantities.ts'
import { sourceStateText, sourceText } from '../source-text.ts'
import type { Column } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, appended, type Desk, runs } from './command.ts'

const addresses = `
Kinds:
  uforge     https://forge.example/api: images in the format PXE of --user, by a password or --api-key
  bootcast   https://other.example: what the channel --follow points to there, by a token
  oci        oci://registry.example/team/demo: every tag, or those that fit --only

The password, secret key or token is asked for, or comes from --password-file or --password-stdin.`

export function addSourceCommands(program: Command, world: World): void {
  const source = program
    .command('source')
    .description('Where images come from by themselves: a UForge, another Bootcast, a registry')
  const addSourceCommand = addCommand(source, {
    usage: 'add <name>',
    summary: 'Add a source: what it has becomes releases here, now and later',
    examples: [
      'bootcast source add lab uforge https://forge.example/api --user guest --sign-in',
      'bootcast source add lab uforge https://forge.example/api --user guest --api-key PUBLIC --password-file secret',
      'bootcast source add staging bootcast https://staging.example --only "debian*" --every 5m',
      'bootcast source add demo oci oci://registry.example/team/demo --only "v*"',
    ],
  })
    .addArgument(new Argument('<kind>', 'what it is').choices(sourceKinds))
    .addArgument(new Argument('<url>', 'where it is'))
    .option('-u, --user <name>', 'who asks there')
    .option('--api-key <public>', 'UForge: the public key of a pair; its secret key is the password')
    .option('--password-file <file>', 'read the password, secret key or token from this file')
    .option('--password-stdin', 'read it from standard input')
    .option(
      '--only <pattern>',
      'images (of a registry: tags) that are taken, * for anything; again for more',
      appended,
    )
    .option('--prefix <text>', 'before the names of its images here')
    .option('--image <name>', 'oci: the image here; without it the last part of the address')
    .option('--follow <channel>', 'bootcast: the channel there; usual: stable')
    .option('--channel <name>', 'the channel here that follows what comes, or none', 'stable')
    .option('--every <time>', 'how often it is looked at: 1m, 15m, 12h', '15m')
    .option('--sign-in', 'UForge: users sign in here with their account there')
    .option('--plain-http', 'oci: HTTP instead of HTTPS')
  runs<AddOptions>(addSourceCommand.addHelpText('after', addresses), world, add)

  const listCommand = addCommand(source, {
    usage: 'list',
    summary: 'Sources, and how their last sync went',
    examples: ['bootcast source list', "bootcast source list --json | jq -r '.items[].problem'"],
  })
  runs(listCommand, world, list)

  const showCommand = addCommand(source, {
    usage: 'show <name>',
    summary: 'One source with what it has, and why something of it is no release',
    examples: ['bootcast source show lab'],
  })
  runs(showCommand, world, async ({ world, output, connect }, [name = '']) => {
    const { client } = await connect()
    const found = await client.call('showSource', { params: { name } })
    output.result(found, () => sourceText(output, found, world.now()))
  })

  const syncCommand = addCommand(source, {
    usage: 'sync <name>',
    summary: 'Look at a source now, also at what was refused before; waits until it is done',
    examples: ['bootcast source sync lab', 'bootcast source sync lab --detach'],
  }).option('--detach', 'only begin; “bootcast source show” says how far it is')
  runs<{ readonly detach?: true }>(syncCommand, world, sync)

  const removeCommand = addCommand(source, {
    usage: 'remove <name>',
    summary: 'Forget a source; its releases stay',
    examples: ['bootcast source remove lab'],
  })
  runs(removeCommand, world, async ({ output, connect }, [name = '']) => {
    const { client } = await connect()
    await client.call('removeSource', { params: { name } })
    output.result({ removed: name }, () => output.sentence(`Removed the source ${name}; its releases stay.`))
  })
}

type AddOptions = PasswordSource & {
  readonly user?: string
  readonly apiKey?: string
  readonly only?: readonly string[]
  readonly prefix?: string
  readonly image?: string
  readonly follow?: string
  readonly channel: string
  readonly every: string
  readonly signIn?: true
  readonly plainHttp?: true
}

type Kind = (typeof sourceKinds)[number]

/** Options that have a meaning for some kinds only. */
const kindsOf: Readonly<Record<string, readonly Kind[]>> = {
  user: ['uforge', 'oci'],
  apiKey: ['uforge'],
  signIn: ['uforge'],
  follow: ['bootcast'],
  image: ['oci'],
  plainHttp: ['oci'],
}

async function add(desk: Desk, [name = '', kind, url = '']: readonly string[], options: AddOptions) {
  const { world, output } = desk
  for (const [key, kinds] of Object.entries(kindsOf))
    if (key in options && !kinds.includes(kind as Kind))
      throw usageFailure(`--${dashed(key)} has no meaning for the kind ${kind}.`)
  const { client } = await desk.connect()
  const { only = [], prefix, channel } = options
  const ofEach = {
    ...{ name, url, only: [...only], everySeconds: durationSeconds(options.every) },
    ...{ channel: channel === 'none' ? null : channel, ...(prefix !== undefined && { prefix }) },
  }
  const body = await makers[kind as Kind](world, ofEach, options)
  const made = await client.call('addSource', { body })
  output.result(made, () => output.sentence(`Added the source ${name}; what it has is being fetched.`))
  if (url.startsWith('http:'))
    output.note('Its password, key or token crosses the network as it is: the address is not https.')
  output.note(`How far it is: bootcast source show ${name}`)
}

const dashed = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

type OfEach = Pick<NewSource, 'name' | 'url' | 'only' | 'prefix' | 'channel' | 'everySeconds'>
type Make = (world: World, ofEach: OfEach, options: AddOptions) => Promise<NewSource>

const makers: Readonly<Record<Kind, Make>> = {
  uforge: async (world, ofEach, { user, apiKey, signIn, ...source }) => {
    if (user === undefined) throw usageFailure('A UForge needs to know who asks.', 'Add --user NAME.')
    const account = { user, secret: await readPassword(world, source), signIn: signIn === true }
    return { ...ofEach, kind: 'uforge', ...account, ...(apiKey !== undefined && { apiKey }) }
  },
  bootcast: async (world, ofEach, { follow, ...source }) => {
    const secret = await readPassword(world, source)
    return { ...ofEach, kind: 'bootcast', secret, ...(follow !== undefined && { follow }) }
  },
  oci: async (world, ofEach, { user, image, plainHttp, ...source }) => {
    const isGiven = (source.passwordFile ?? source.passwordStdin) !== undefined
    if (user === undefined && isGiven) throw usageFailure('A password needs a user.', 'Add --user NAME.')
    const account = user === undefined ? {} : { user, secret: await readPassword(world, source) }
    const more = { ...account, plainHttp: plainHttp === true, ...(image !== undefined && { image }) }
    return { ...ofEach, kind: 'oci', ...more }
  },
}

async function list({ world, output, connect }: Desk): Promise<void> {
  const { client } = await connect()
  const { items } = await client.call('listSources', {})
  const columns: readonly Column<Source>[] = [
    { title: 'NAME', text: ({ name }) => name, shrinksTo: 8 },
    { title: 'KIND', text: ({ kind }) => kind },
    { title: 'URL', text: ({ url }) => url, shrinksTo: 16 },
    { title: 'RELEASES', text: ({ releases }) => String(releases), align: 'right' },
    { title: 'LAST SYNC', text: ({ lastSyncAt }) => agoText(lastSyncAt, world.now()) },
    { title: 'STATE', text: sourceStateText, shrinksTo: 12 },
  ]
  output.result({ items }, () =>
    items.length === 0
      ? output.sentence('There is no source. Add one: bootcast source add --help')
      : output.table(columns, items),
  )
}

const lookAgainMilliseconds = 300

async function sync(desk: Desk, [name = '']: readonly string[], { detach }: { readonly detach?: true }) {
  const { world, output } = desk
  const { client } = await desk.connect()
  const params = { name }
  const begun = await client.call('syncSource', { params })
  if (detach === true)
    return output.result(begun, () =>
      output.sentence(`${name} is being looked at: bootcast source show ${name}`),
    )
  let found = await client.call('showSource', { params })
  let line: Progress | undefined
  let shown = ''
  while (found.progress !== undefined) {
    const { item, stage, done = 0, total = 0 } = found.progress
    if (item !== undefined && shown !== `${item} ${stage} ${total}`) {
      line?.clear()
      line = new Progress(world, 'fetch', item, total)
      shown = `${item} ${stage} ${total}`
    }
    line?.at(done)
    await world.wait(lookAgainMilliseconds)
    world.signal.throwIfAborted()
    found = await client.call('showSource', { params })
  }
  line?.clear()
  if (found.problem !== undefined) throw notSynced(found)
  output.result(found, () => sourceText(output, found, world.now()))
}

const notSynced = ({ name, problem = '' }: SourceDetail): Failure =>
  new Failure(
    `The source ${name} could not be synced.`,
    { code: 'source_failed', why: problem, todo: 'It is tried again by itself.' },
    exitCodes.failed,
  )
