import { type Machine, type MachineChange, macSchema, proxyDialectSchema } from '@bootcast/contract'
import { Argument, type Command } from 'commander'
import { usageFailure } from '../failure.ts'
import { allPages } from '../pages.ts'
import { agoText, localTime, timeText } from '../quantities.ts'
import type { Column } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'
import { addValueCommands } from './values.ts'

const dialects = proxyDialectSchema.options

export function addMachineCommands(program: Command, world: World): void {
  const machine = program.command('machine').description('List and show machines; decide what they boot')
  const listCommand = addCommand(machine, {
    usage: 'list',
    summary: 'Machines that were heard or assigned, and what each would boot now',
    examples: ['bootcast machine list', "bootcast machine list --json | jq -r '.items[].mac'"],
  })
  runs(listCommand, world, list)

  const showCommand = addCommand(machine, {
    usage: 'show <mac>',
    summary: 'All that is known of one machine',
    examples: ['bootcast machine show 52:54:00:12:34:56'],
  })
  runs(showCommand, world, show)

  const assignCommand = addCommand(machine, {
    usage: 'assign <mac>',
    summary: 'Give a machine an image of its own, or take it back',
    examples: [
      'bootcast machine assign 52:54:00:12:34:56 demo',
      'bootcast machine assign 52:54:00:12:34:56 demo@testing',
      'bootcast machine assign 52:54:00:12:34:56 demo@3',
      'bootcast machine assign 52:54:00:12:34:56 rescue --once',
      'bootcast machine assign 52:54:00:12:34:56 web-disk --overwrite-disk',
      'bootcast machine assign 52-54-00-12-34-56 --none',
    ],
  })
    .addArgument(new Argument('[image]', 'the image, one of its channels, or a release'))
    .option('--always', 'for all its boots (usual)')
    .option('--once', 'for its next boot only; afterwards what it had before')
    .option(
      '--none',
      'no image of its own: it boots the default image; with --once: as if that had not been said',
    )
    .option('--overwrite-disk', 'a disk image is written (again), also over what is on the disk; once')
  runs(assignCommand, world, assign)

  const labelCommand = addCommand(machine, {
    usage: 'label <mac> [label...]',
    summary: 'Put words on a machine, by which openings find it, and take them off',
    examples: [
      'bootcast machine label 52:54:00:12:34:56 lab rack=4',
      'bootcast machine label 52:54:00:12:34:56 --remove lab',
    ],
  }).option('--remove <label...>', 'labels to take off')
  runs(labelCommand, world, label)

  const setCommand = addCommand(machine, {
    usage: 'set <mac>',
    summary: 'How to answer a machine whose firmware needs something else than usual',
    examples: [
      'bootcast machine set 52:54:00:12:34:56 --proxy-dialect boot-server',
      'bootcast machine set 52:54:00:12:34:56 --loader snponly.efi',
      'bootcast machine set 52:54:00:12:34:56 --loader shimx64.efi   # it has Secure Boot',
      'bootcast machine set 52:54:00:12:34:56 --proxy-dialect none --loader none',
    ],
  })
    .option('--proxy-dialect <dialect>', `${dialects.join(', ')}, or none: the usual one of its firmware`)
    .option('--loader <name>', 'a loader of “bootcast loaders list”, or none: the usual one')
  runs(setCommand, world, set)

  const forgetCommand = addCommand(machine, {
    usage: 'forget <mac>',
    summary: 'Forget a machine; it comes back when it is heard again',
    examples: ['bootcast machine forget 52:54:00:12:34:56'],
  })
  runs(forgetCommand, world, forget)
  addValueCommands(machine, world, 'machine')
}

async function list({ world, output, connect }: Desk): Promise<void> {
  const { client } = await connect()
  const items = await allPages((after) => client.call('listMachines', { query: { after, limit: 500 } }))
  const columns: readonly Column<Machine>[] = [
    { title: 'MAC', text: ({ mac }) => mac },
    { title: 'BOOTS', text: ({ boots }) => boots, shrinksTo: 14 },
    { title: 'PRODUCT', text: ({ product }) => product ?? '-', shrinksTo: 13 },
    { title: 'ADDRESS', text: ({ address }) => address ?? '-' },
    { title: 'SEEN', text: ({ lastSeenAt }) => (lastSeenAt ? agoText(lastSeenAt, world.now()) : 'never') },
  ]
  output.result({ items }, () =>
    items.length === 0
      ? output.sentence(
          'No machine was heard yet. Machines appear when they boot from the network; “bootcast status” says where Bootcast listens.',
        )
      : output.table(columns, items),
  )
}

function productOf({ manufacturer, product }: Machine): string {
  return [manufacturer, product].filter((part) => part !== undefined && part !== '').join(' ')
}

async function show({ world, output, connect }: Desk, [mac = '']: readonly string[]): Promise<void> {
  const { client } = await connect()
  const machine = await client.call('showMachine', { params: { mac: macOf(mac) } })
  const time = (text: string | undefined) => (text === undefined ? 'never' : timeText(text, world.now()))
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['machine', machine.mac],
    ['boots', machine.boots],
    ['image', machine.image ?? 'none of its own'],
    ['next boot', machine.nextImage],
    ['labels', machine.labels.join(', ')],
    ['installed', machine.installed],
    ['on its disk', machine.deployed],
    ['disk', machine.overwriteDisk ? 'is overwritten at the next deployment' : undefined],
    ['product', productOf(machine)],
    ['serial', machine.serial],
    ['uuid', machine.uuid],
    ['firmware', machine.firmware],
    ['architecture', [machine.architecture, machine.cpuLevel].filter(Boolean).join(', ')],
    ['address', machine.address],
    ['site', machine.site],
    ['proxy dialect', machine.proxyDialect],
    ['loader', machine.loader],
    ['first seen', time(machine.firstSeenAt)],
    ['last seen', time(machine.lastSeenAt)],
    ['last boot', time(machine.lastBootAt)],
  ]
  output.result(machine, () =>
    [
      output.facts(
        facts.flatMap(([name, text]) => (text === undefined || text === '' ? [] : [[name, text]])),
      ),
      ...callsText(output, machine),
    ].join('\n\n'),
  )
}

/** What it said of its installation, the last thing last. */
function callsText(output: Desk['output'], { calls = [] }: Machine): readonly string[] {
  const columns: readonly Column<(typeof calls)[number]>[] = [
    { title: 'PHONED HOME', text: ({ at }) => localTime(at) },
    { title: 'RELEASE', text: ({ release }) => release },
    { title: 'STATE', text: ({ state }) => state },
    { title: 'SAID', text: ({ text }) => text, shrinksTo: 20 },
  ]
  return calls.length === 0 ? [] : [output.table(columns, calls)]
}

async function assign(
  desk: Desk,
  [mac = '', image]: readonly string[],
  { none, once, always, overwriteDisk }: AssignOptions,
): Promise<void> {
  if (once === true && always === true) throw usageFailure('Give --once or --always, not both.')
  if ((image === undefined) === (none === undefined))
    throw usageFailure('Give the image for the machine, or --none.', 'See: bootcast machine assign --help')
  const which = once === true ? { nextImage: image ?? null } : { image: image ?? null }
  await change(desk, mac, { ...which, ...(overwriteDisk === true && { overwriteDisk }) })
}

type AssignOptions = {
  readonly none?: true
  readonly once?: true
  readonly always?: true
  readonly overwriteDisk?: true
}

async function label(
  { output, connect }: Desk,
  [text = '', ...words]: readonly string[],
  { remove = [] }: { readonly remove?: readonly string[] },
): Promise<void> {
  const mac = macOf(text)
  const { client } = await connect()
  const before = await client.call('showMachine', { params: { mac } }).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'machine_not_found') return undefined
    throw error
  })
  const labels = new Set([...(before?.labels ?? []), ...words].filter((word) => !remove.includes(word)))
  const machine = await client.call('changeMachine', { params: { mac }, body: { labels: [...labels] } })
  output.result(machine, () =>
    output.sentence(`${machine.mac} has ${machine.labels.join(', ') || 'no labels'}.`),
  )
}

async function set(
  desk: Desk,
  [mac = '']: readonly string[],
  { proxyDialect, loader }: { readonly proxyDialect?: string; readonly loader?: string },
): Promise<void> {
  if (proxyDialect === undefined && loader === undefined)
    throw usageFailure(
      'Nothing to set.',
      'Give --proxy-dialect or --loader. See: bootcast machine set --help',
    )
  await change(desk, mac, {
    ...(proxyDialect !== undefined && { proxyDialect: dialectOf(proxyDialect) }),
    ...(loader !== undefined && { loader: loader === 'none' ? null : loader }),
  })
}

function dialectOf(text: string): (typeof dialects)[number] | null {
  if (text === 'none') return null
  const found = dialects.find((dialect) => dialect === text)
  if (found === undefined)
    throw usageFailure(`There is no dialect “${text}”.`, `Choose ${dialects.join(', ')} or none.`)
  return found
}

async function change({ output, connect }: Desk, mac: string, body: MachineChange): Promise<void> {
  const { client } = await connect()
  const machine = await client.call('changeMachine', { params: { mac: macOf(mac) }, body })
  output.result(machine, () => output.sentence(`${machine.mac} now boots: ${machine.boots}`))
}

async function forget({ output, connect }: Desk, [text = '']: readonly string[]): Promise<void> {
  const mac = macOf(text)
  const { client } = await connect()
  await client.call('removeMachine', { params: { mac } })
  output.result({ removed: mac }, () =>
    output.sentence(`Forgot ${mac}. It comes back when it is heard again, without what was decided for it.`),
  )
}

function macOf(text: string): string {
  const mac = macSchema.safeParse(text)
  if (mac.success) return mac.data
  throw usageFailure(`“${text.slice(0, 40)}” is not ${mac.error.issues[0]?.message}.`)
}
