import { type Boot, bootStateSchema, type Client, followBoots, macSchema } from '@bootcast/contract'
import type { Command } from 'commander'
import { stateText } from '../boot-text.ts'
import { bootText } from '../boot-timeline.ts'
import { bootTeller } from '../boot-watch.ts'
import { Failure, usageFailure } from '../failure.ts'
import { agoText } from '../quantities.ts'
import type { Column } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

const usualBoots = 50
/** Boots among which a short id is looked for. */
const mostLookedAt = 2000
const shortId = /^[0-9a-f]{8}$/
const wholeId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function addBootCommands(program: Command, world: World): void {
  const boot = program.command('boot').description('Look at boots of machines: live, or how they went')
  const listCommand = addCommand(boot, {
    usage: 'list',
    summary: 'Boots, the newest first, and why those that failed did',
    examples: [
      'bootcast boot list --state failed',
      'bootcast boot list --machine 52:54:00:12:34:56',
      'bootcast boot list --image demo --limit 500',
      'bootcast boot list --site grenoble',
    ],
  })
    .option('--machine <mac>', 'boots of this machine')
    .option('--image <image>', 'boots of releases of this image')
    .option('--state <state>', bootStateSchema.options.join(', '))
    .option('--site <site>', 'boots of machines at this site')
    .option('--limit <count>', `so many at most, 1 to 500 (${usualBoots})`)
  runs(listCommand, world, list)

  const showCommand = addCommand(boot, {
    usage: 'show <boot>',
    summary: 'One boot: how it ended, why, and what happened when',
    examples: [
      'bootcast boot show 52:54:00:12:34:56    # its last one',
      'bootcast boot show 1c2b3a49             # as “boot list” shows it',
    ],
  })
  runs(showCommand, world, show)

  const watchCommand = addCommand(boot, {
    usage: 'watch',
    summary: 'Boots as they happen, until Ctrl-C; with --json one line for each event',
    examples: ['bootcast boot watch', 'bootcast boot watch --machine 52:54:00:12:34:56'],
  }).option('--machine <mac>', 'this machine only')
  runs(watchCommand, world, watch)
}

type ListOptions = {
  readonly machine?: string
  readonly image?: string
  readonly state?: string
  readonly site?: string
  readonly limit?: string
}

/** Where there is a site. */
const siteColumn: Column<Boot> = { title: 'SITE', text: ({ site }) => site ?? '-', shrinksTo: 8 }

async function list(
  { world, output, connect }: Desk,
  _: readonly string[],
  options: ListOptions,
): Promise<void> {
  const { machine, image, state, site } = options
  const query = {
    limit: countOf(options.limit),
    ...(machine !== undefined && { machine: macOf(machine) }),
    ...(image !== undefined && { image }),
    ...(state !== undefined && { state: stateOf(state) }),
    ...(site !== undefined && { site }),
  }
  const { client } = await connect()
  const { items, next } = await client.call('listBoots', { query })
  const columns: readonly Column<Boot>[] = [
    { title: 'BOOT', text: ({ id }) => id.slice(-8) },
    { title: 'MAC', text: ({ mac }) => mac },
    ...(items.some(({ site }) => site !== undefined) ? [siteColumn] : []),
    { title: 'STATE', text: stateText },
    { title: 'RELEASE', text: ({ release }) => release ?? '-', shrinksTo: 10 },
    { title: 'BEGAN', text: ({ beganAt }) => agoText(beganAt, world.now()) },
    { title: 'WHY', text: ({ cause }) => cause?.code ?? '-', shrinksTo: 14 },
  ]
  output.result({ items, next }, () =>
    items.length === 0
      ? output.sentence('No boot is known of that kind. They appear when a machine boots from the network.')
      : output.table(columns, items),
  )
  if (next !== undefined) output.note(`There are more: --limit ${query.limit * 2}, or ask for less.`)
}

async function show({ world, output, connect }: Desk, [which = '']: readonly string[]): Promise<void> {
  const { client } = await connect()
  const id = await idOf(client, which)
  const boot = await client.call('showBoot', { params: { id } })
  output.result(boot, () => bootText(output, boot, world.now()))
}

/** A whole id, the end of one as “boot list” shows it, or a machine: its last boot. */
async function idOf(client: Client, which: string): Promise<string> {
  const text = which.toLowerCase()
  if (wholeId.test(text)) return text
  if (shortId.test(text)) return await idThatEndsWith(client, text)
  const machine = macSchema.safeParse(which)
  if (!machine.success) throw usageFailure(`“${which.slice(0, 40)}” is neither a boot nor ${aMac(which)}.`)
  const { items } = await client.call('listBoots', { query: { machine: which, limit: 1 } })
  const [last] = items
  if (last === undefined) throw noBoot(`No boot of ${machine.data} is known.`)
  return last.id
}

async function idThatEndsWith(client: Client, end: string): Promise<string> {
  let after: string | undefined
  for (let seen = 0; seen < mostLookedAt; ) {
    const { items, next } = await client.call('listBoots', { query: { after, limit: 500 } })
    const found = items.find(({ id }) => id.endsWith(end))
    if (found !== undefined) return found.id
    if (next === undefined) break
    seen += items.length
    after = next
  }
  throw noBoot(`No boot ends with ${end} among the last ${mostLookedAt}.`)
}

const noBoot = (what: string): Failure =>
  new Failure(what, { code: 'boot_not_found', todo: '“bootcast boot list” shows those that are known.' })

async function watch(
  { world, output, connect }: Desk,
  _: readonly string[],
  { machine }: { readonly machine?: string },
): Promise<void> {
  const mac = machine === undefined ? undefined : macOf(machine)
  const { url, token } = await connect()
  const tell = bootTeller(output, mac)
  for await (const followed of followBoots({ url, token, signal: world.signal, wait: waiting(world) }))
    tell(followed)
}

/** Ends at once, and without a word, when the user interrupts. */
const waiting = (world: World) => async (ms: number) => {
  await world.wait(ms).catch(() => undefined)
}

function countOf(text: string | undefined): number {
  if (text === undefined) return usualBoots
  const count = Number(text)
  if (/^\d{1,3}$/.test(text) && count >= 1 && count <= 500) return count
  throw usageFailure(`“${text.slice(0, 40)}” is no number from 1 to 500.`)
}

function stateOf(text: string): Boot['state'] {
  const state = bootStateSchema.safeParse(text)
  if (state.success) return state.data
  throw usageFailure(
    `There is no state “${text.slice(0, 40)}”.`,
    `Choose ${bootStateSchema.options.join(', ')}.`,
  )
}

function macOf(text: string): string {
  const mac = macSchema.safeParse(text)
  if (mac.success) return mac.data
  throw usageFailure(`“${text.slice(0, 40)}” is not ${aMac(text)}.`)
}

const aMac = (text: string): string | undefined => macSchema.safeParse(text).error?.issues[0]?.message
