import type { Site, SiteChange } from '@bootcast/contract'
import { Argument, type Command } from 'commander'
import { durationSeconds } from '../duration.ts'
import { usageFailure } from '../failure.ts'
import { bytesIn } from '../quantities.ts'
import { siteNameOf } from '../site-name.ts'
import { imagesText, pinsText, rateText, scheduleText, settingsText } from '../site-text.ts'
import type { World } from '../world.ts'
import { addCommand, appended, type Desk, runs } from './command.ts'

/** What is decided about a site while it is one: `change`, `pin`, `unpin`, `quota`, `rate-limit`, `schedule`. */
export function addSiteSettingCommands(site: Command, world: World): void {
  addChangeCommand(site, world)
  addPinCommands(site, world)
  const quotaCommand = addCommand(site, {
    usage: 'quota <name> <size>',
    summary: 'How much the cache of a site may take',
    examples: ['bootcast site quota grenoble 200GB', 'bootcast site quota grenoble none'],
  })
  runs(quotaCommand, world, async (desk, [name, size = '']) => {
    const site = await changed(desk, name, { quotaBytes: size === 'none' ? null : sizeOf(size) })
    tell(desk, site, `The cache of ${site.name}: ${settingsText.quota(site)}.`)
  })
  addRateCommand(site, world)

  const scheduleCommand = addCommand(site, {
    usage: 'schedule <name> <hours>',
    summary: 'When a site fetches what is ordered and pinned, by its own clock',
    examples: ['bootcast site schedule grenoble 22:00-06:00', 'bootcast site schedule grenoble none'],
  })
  runs(scheduleCommand, world, async (desk, [name, hours = '']) => {
    const site = await changed(desk, name, { schedule: hours === 'none' ? null : hoursOf(hours) })
    tell(desk, site, `${site.name} fetches what is ordered and pinned ${scheduleText(site)}.`)
  })
}

type ChangeOptions = {
  readonly image?: readonly string[]
  readonly allImages?: true
  readonly life?: string
  readonly grace?: string
}

function addChangeCommand(site: Command, world: World): void {
  const command = addCommand(site, {
    usage: 'change <name>',
    summary: 'Which images a site may have, and how long it goes on while the platform is away',
    examples: [
      'bootcast site change grenoble --image debian --image rescue',
      'bootcast site change grenoble --all-images',
      'bootcast site change grenoble --life 14d --grace 8h',
    ],
  })
    .option('--image <image>', 'all images there shall be; again for more', appended)
    .option('--all-images', 'every image, also those to come')
    .option('--life <time>', 'how long it boots machines by what it knows: 12h, 7d')
    .option('--grace <time>', 'how long after their last sign-in there people sign in: 8h, 2d, or none')
  runs<ChangeOptions>(command, world, async (desk, [name], options) => {
    const { image, allImages, life, grace } = options
    if (image !== undefined && allImages === true)
      throw usageFailure('Give --image or --all-images, not both.')
    const body = {
      ...(image !== undefined && { images: [...image] }),
      ...(allImages === true && { images: 'all' as const }),
      ...(life !== undefined && { lifeSeconds: durationSeconds(life) }),
      ...(grace !== undefined && { graceSeconds: grace === 'none' ? 0 : durationSeconds(grace) }),
    }
    if (Object.keys(body).length === 0)
      throw usageFailure('Nothing to change.', 'See: bootcast site change --help')
    const site = await changed(desk, name, body)
    const away = `While the platform is away it boots machines for ${settingsText.life(site)}, and people sign in there ${settingsText.grace(site)}.`
    tell(desk, site, `${site.name} has ${imagesText(site)}. ${away}`)
  })
}

function addPinCommands(site: Command, world: World): void {
  const pinCommand = addCommand(site, {
    usage: 'pin <name> <image...>',
    summary: 'A site fetches what these images point to, now and later, and never gives it up',
    examples: ['bootcast site pin grenoble debian@stable', 'bootcast site pin grenoble rescue@3 talos'],
  })
  runs(pinCommand, world, async (desk, [name, ...pin]) => {
    const site = await changed(desk, name, { pin })
    tell(desk, site, `${site.name} keeps ${pinsText(site)}.`)
  })

  const unpinCommand = addCommand(site, {
    usage: 'unpin <name> <image...>',
    summary: 'Take pins back: what they kept goes when room is needed',
    examples: ['bootcast site unpin grenoble debian@stable'],
  })
  runs(unpinCommand, world, async (desk, [name, ...unpin]) => {
    const site = await changed(desk, name, { unpin })
    tell(desk, site, `${site.name} keeps ${pinsText(site)}.`)
  })
}

type RateOptions = { readonly clients?: string; readonly total?: string; readonly boots?: string }

function addRateCommand(site: Command, world: World): void {
  const command = addCommand(site, {
    usage: 'rate-limit <name>',
    summary: 'How fast a site fetches, and how much its machines take at once',
    examples: [
      'bootcast site rate-limit grenoble 50MB/s',
      'bootcast site rate-limit grenoble 100Mbit/s --boots 40',
      'bootcast site rate-limit grenoble --clients 20MB/s --total 1GB/s',
      'bootcast site rate-limit grenoble none --total none',
    ],
  })
    .addArgument(
      new Argument('[rate]', 'what it takes from the platform in a second: 50MB/s, 100Mbit/s, none'),
    )
    .option('--clients <rate>', 'what it sends to one machine in a second, or none')
    .option('--total <rate>', 'what it sends to all machines together in a second, or none')
    .option('--boots <number>', 'machines that fetch at once, further ones wait; or none')
  runs<RateOptions>(command, world, async (desk, [name, wan], { clients, total, boots }) => {
    const body = {
      ...(wan !== undefined && { wanBytesPerSecond: rateOf(wan) }),
      ...(clients !== undefined && { clientBytesPerSecond: rateOf(clients) }),
      ...(total !== undefined && { totalBytesPerSecond: rateOf(total) }),
      ...(boots !== undefined && { mostBoots: countOf(boots) }),
    }
    if (Object.keys(body).length === 0)
      throw usageFailure(
        'Nothing to limit.',
        'Give a rate such as 50MB/s, --clients, --total or --boots. See: bootcast site rate-limit --help',
      )
    const site = await changed(desk, name, body)
    tell(desk, site, `${site.name} takes and sends: ${rateText(site)}.`)
  })
}

async function changed(desk: Desk, text: string | undefined, body: SiteChange): Promise<Site> {
  const name = siteNameOf(text)
  const { client } = await desk.connect()
  return await client.call('changeSite', { params: { name }, body })
}

function tell({ output }: Desk, site: Site, sentence: string): void {
  output.result(site, () => output.sentence(sentence))
}

function sizeOf(text: string): number {
  const bytes = /bit$/.test(text) ? undefined : bytesIn(text)
  if (bytes !== undefined) return bytes
  throw usageFailure(`“${text.slice(0, 40)}” is not a size.`, 'Write it like 200GB or 1.5TiB, or none.')
}

function rateOf(text: string): number | null {
  if (text === 'none') return null
  const [, amount = ''] = /^(.+)\/s$/.exec(text) ?? []
  const bytes = bytesIn(amount)
  if (bytes !== undefined) return bytes
  throw usageFailure(`“${text.slice(0, 40)}” is not a rate.`, 'Write it like 50MB/s or 100Mbit/s, or none.')
}

function countOf(text: string): number | null {
  if (text === 'none') return null
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw usageFailure(`“${text.slice(0, 40)}” is not a number of machines.`, 'Write it like 40, or none.')
}

function hoursOf(text: string): { from: string; to: string } {
  const clock = '(?:[01]\\d|2[0-3]):[0-5]\\d'
  const [, from, to] = new RegExp(`^(${clock})-(${clock})$`).exec(text) ?? []
  if (from !== undefined && to !== undefined && from !== to) return { from, to }
  throw usageFailure(`“${text.slice(0, 40)}” are no hours.`, 'Write them like 22:00-06:00, or none.')
}
