import type { Opening, OpeningCriteria } from '@bootcast/contract'
import type { Command } from 'commander'
import { durationSeconds } from '../duration.ts'
import { usageFailure } from '../failure.ts'
import { allPages } from '../pages.ts'
import { localTime } from '../quantities.ts'
import type { Column } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

const criteria = [
  'mac',
  'uuid',
  'serial',
  'product',
  'label',
  'site',
  'subnet',
] as const satisfies readonly (keyof OpeningCriteria)[]

type OpenOptions = { readonly [K in (typeof criteria)[number]]?: string } & {
  readonly all?: true
  readonly channel?: string
  readonly boot?: true
  readonly for?: string
  readonly from?: string
  readonly until?: string
  readonly times?: string
}

export function addOpeningCommands(program: Command, world: World): void {
  const openCommand = addCommand(program, {
    usage: 'open <image>',
    summary: 'Open an image to machines: they boot it without a sign-in',
    examples: [
      'bootcast open debian --subnet 10.1.2.0/24 --for 4h --times 50',
      'bootcast open debian --channel testing --label lab --boot',
      'bootcast open rescue@3 --mac 52:54:00:12:34:56 --boot --times 1',
      "bootcast open debian --product 'OptiPlex*' --from 2026-12-01T08:00 --until 2026-12-01T18:00",
      'bootcast open memtest --all',
    ],
  })
    .option('--mac <mac>', 'the machine with this hardware address')
    .option('--uuid <uuid>', 'the machine with this UUID')
    .option('--serial <serial>', 'the machine with this serial number')
    .option('--product <product>', 'machines of this product; a * at the end stands for anything')
    .option('--label <label>', 'machines with this label (see bootcast machine label)')
    .option('--site <site>', 'machines at this site')
    .option('--subnet <subnet>', 'machines that ask from this subnet, for instance 10.1.2.0/24')
    .option('--all', 'every machine')
    .option('--channel <channel>', 'a channel of the image instead of the usual one')
    .option('--boot', 'they boot it at once; without this it stands in their menu')
    .option('--for <time>', 'how long: 30m, 4h, 2d')
    .option('--from <time>', 'from then on, in the time of this computer: 2026-12-01T08:00')
    .option('--until <time>', 'until then')
    .option('--times <number>', 'how many boots')
  runs(openCommand, world, openImage)

  const opening = program.command('opening').description('Images that are open to machines')
  const listCommand = addCommand(opening, {
    usage: 'list',
    summary: 'Openings, the newest first',
    examples: [
      'bootcast opening list',
      'bootcast opening list --image debian',
      'bootcast opening list --every',
    ],
  })
    .option('--image <image>', 'those of this image')
    .option('--every', 'also those that are over')
  runs(listCommand, world, list)

  const closeCommand = addCommand(opening, {
    usage: 'close <id...>',
    summary: 'End openings; boots that were begun go on',
    examples: ['bootcast opening close 0f3k9aq2xm7d'],
  })
  runs(closeCommand, world, close)
}

async function openImage(
  { world, output, connect }: Desk,
  [image = '']: readonly string[],
  options: OpenOptions,
): Promise<void> {
  const machines = Object.fromEntries(
    criteria.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  )
  if (Object.keys(machines).length === 0 && options.all !== true)
    throw usageFailure(
      'Say to which machines the image is opened.',
      'Give --mac, --uuid, --serial, --product, --label, --site or --subnet, or --all for every machine.',
    )
  if (options.channel !== undefined && image.includes('@'))
    throw usageFailure('Give the channel once.', `Either ${image}, or --channel ${options.channel}.`)
  const { from, until } = windowOf(options, world.now())
  const { client } = await connect()
  const opening = await client.call('addOpening', {
    body: {
      image: options.channel === undefined ? image : `${image}@${options.channel}`,
      machines,
      boot: options.boot === true,
      ...(from !== undefined && { from }),
      ...(until !== undefined && { until }),
      ...(options.times !== undefined && { times: countOf(options.times) }),
    },
  })
  output.result(opening, () => output.sentence(sentenceOf(opening)))
}

function windowOf(options: OpenOptions, now: number): { readonly from?: string; readonly until?: string } {
  if (options.for !== undefined && options.until !== undefined)
    throw usageFailure('Give --for or --until, not both.')
  const from = options.from === undefined ? undefined : timeOf(options.from)
  const begin = from === undefined ? now : Date.parse(from)
  const until =
    options.for === undefined
      ? options.until && timeOf(options.until)
      : new Date(begin + durationSeconds(options.for) * 1000).toISOString()
  return { ...(from !== undefined && { from }), ...(until !== undefined && { until }) }
}

function timeOf(text: string): string {
  const at = Date.parse(text)
  if (Number.isNaN(at))
    throw usageFailure(
      `“${text.slice(0, 40)}” is not a time.`,
      'Write it like 2026-12-01T08:00 or 2026-12-01T08:00:00Z.',
    )
  return new Date(at).toISOString()
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw usageFailure(`“${text.slice(0, 40)}” is not a number of boots.`)
  return Number(text)
}

function sentenceOf(opening: Opening): string {
  const how = opening.boot ? 'boots without a sign-in' : 'stands in the menu without a sign-in'
  return `${opening.image} ${how} for ${machinesText(opening)}${limitsText(opening)}. To end it: bootcast opening close ${opening.id}`
}

const machinesText = ({ machines }: Opening): string =>
  criteria
    .flatMap((name) => (machines[name] === undefined ? [] : [`${name} ${machines[name]}`]))
    .join(', ') || 'every machine'

function limitsText({ from, until, times, state }: Opening): string {
  const parts = [
    state === 'planned' ? `from ${localTime(from)}` : undefined,
    until === undefined ? undefined : `until ${localTime(until)}`,
    times === undefined ? undefined : times === 1 ? 'one boot' : `${times} boots`,
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`
}

async function list(
  { output, connect }: Desk,
  _args: readonly string[],
  { image, every }: { readonly image?: string; readonly every?: true },
): Promise<void> {
  const { client } = await connect()
  const all = await allPages((before) =>
    client.call('listOpenings', { query: { limit: 500, before, image } }),
  )
  const items = every === true ? all : all.filter(({ state }) => state === 'open' || state === 'planned')
  const columns: readonly Column<Opening>[] = [
    { title: 'ID', text: ({ id }) => id },
    { title: 'IMAGE', text: ({ image: reference }) => reference },
    { title: 'MACHINES', text: machinesText, shrinksTo: 16 },
    { title: 'HOW', text: ({ boot }) => (boot ? 'boots' : 'menu') },
    { title: 'STATE', text: ({ state }) => state },
    { title: 'UNTIL', text: ({ until }) => (until === undefined ? 'closed' : localTime(until).slice(0, 16)) },
    { title: 'BOOTS', text: ({ times, used }) => (times === undefined ? '-' : `${used} of ${times}`) },
  ]
  output.result({ items }, () =>
    items.length === 0
      ? output.sentence(
          'Nothing is open to machines. Open an image: bootcast open IMAGE --subnet 10.1.2.0/24',
        )
      : output.table(columns, items),
  )
}

async function close({ output, connect }: Desk, ids: readonly string[]): Promise<void> {
  const { client } = await connect()
  const closed: Opening[] = []
  for (const id of ids) closed.push(await client.call('closeOpening', { params: { id } }))
  output.result({ items: closed }, () =>
    closed
      .map((one) => output.sentence(`${one.image} is no longer open to ${machinesText(one)}.`))
      .join('\n'),
  )
}
