import type { Site, SiteJoin } from '@bootcast/contract'
import type { Command } from 'commander'
import type { Output } from '../output.ts'
import { allPages } from '../pages.ts'
import { plain } from '../plain-text.ts'
import { agoText, localTime, sizeText } from '../quantities.ts'
import { siteNameOf } from '../site-name.ts'
import { cacheText, shareText, siteText, stateText } from '../site-text.ts'
import type { Column } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, appended, type Desk, runs } from './command.ts'
import { addSiteSettingCommands } from './site-settings.ts'
import { addSiteWarmCommand } from './site-warm.ts'

export function addSiteCommands(program: Command, world: World): void {
  const site = program
    .command('site')
    .description('Sites: boot services and a cache on networks of their own, for machines far away')
  const addSiteCommand = addCommand(site, {
    usage: 'add <name>',
    summary: 'Add a site: prints the one command to run there',
    examples: [
      'bootcast site add grenoble',
      'bootcast site add grenoble --image debian --image rescue',
      'bootcast site add annecy --via grenoble',
    ],
  })
    .option('--image <image>', 'an image it may have and offer; again for more. Without this: all', appended)
    .option('--via <site>', 'it asks this site instead of the platform')
  runs<AddOptions>(addSiteCommand, world, add)

  const listCommand = addCommand(site, {
    usage: 'list',
    summary: 'Sites, and how they are',
    examples: ['bootcast site list', "bootcast site list --json | jq -r '.items[].name'"],
  }).option('--every', 'also those that were revoked')
  runs<{ readonly every?: true }>(listCommand, world, list)

  const showCommand = addCommand(site, {
    usage: 'show <name>',
    summary: 'All that is known of one site: its cache, what it fetches, what does not work there',
    examples: ['bootcast site show grenoble'],
  })
  runs(showCommand, world, async ({ world, output, connect }, [text]) => {
    const name = siteNameOf(text)
    const { client } = await connect()
    const found = await client.call('showSite', { params: { name } })
    output.result(found, () => siteText(output, found, world.now()))
  })
  addSiteSettingCommands(site, world)
  addSiteWarmCommand(site, world)
  addAuthorityCommand(site, world)
  addEndCommands(site, world)
}

function addAuthorityCommand(site: Command, world: World): void {
  const authorityCommand = addCommand(site, {
    usage: 'authority',
    summary:
      'Who signs for sites; to replace it, prepare the next one, wait until all sites were heard, switch over',
    examples: [
      'bootcast site authority',
      'bootcast site authority --prepare',
      'bootcast site authority --switch-over',
    ],
  })
    .option('--prepare', 'make the next one; sites trust it from then on, and it signs nothing yet')
    .option('--switch-over', 'the next one signs; a site that has not heard of it has to join again')
  runs<AuthorityOptions>(authorityCommand, world, async ({ output, connect }, _, options) => {
    const { client } = await connect()
    const step =
      options.prepare === true ? 'prepare' : options.switchOver === true ? 'switch-over' : undefined
    const found =
      step === undefined
        ? await client.call('showSiteAuthority', {})
        : await client.call('renewSiteAuthority', { body: { step } })
    output.result(found, () => {
      const next = found.next === undefined ? '' : `Sites trust already what signs next: ${found.next}\n`
      return `Sites trust ${found.fingerprint}\n${next}`
    })
  })
}

type AuthorityOptions = { readonly prepare?: true; readonly switchOver?: true }

function addEndCommands(site: Command, world: World): void {
  const tokenCommand = addCommand(site, {
    usage: 'token <name>',
    summary: 'A new command to join by, in the place of the one before; also to set a site up anew',
    examples: ['bootcast site token grenoble'],
  })
  runs(tokenCommand, world, async ({ output, connect }, [text]) => {
    const name = siteNameOf(text)
    const { client } = await connect()
    tellJoin(output, await client.call('renewSiteToken', { params: { name } }))
  })

  const revokeCommand = addCommand(site, {
    usage: 'revoke <name>',
    summary: 'A site gets nothing any more, at once and for ever; its name is free again',
    examples: ['bootcast site revoke grenoble'],
  })
  runs(revokeCommand, world, async ({ output, connect }, [text]) => {
    const name = siteNameOf(text)
    const { client } = await connect()
    const revoked = await client.call('revokeSite', { params: { name } })
    output.result(revoked, () =>
      output.sentence(`${name} is revoked. To have a site there again: bootcast site add ${name}`),
    )
  })

  const removeCommand = addCommand(site, {
    usage: 'remove <name>',
    summary: 'Revoke a site and forget it; refused while another site asks it',
    examples: ['bootcast site remove grenoble'],
  })
  runs(removeCommand, world, async ({ output, connect }, [text]) => {
    const name = siteNameOf(text)
    const { client } = await connect()
    await client.call('removeSite', { params: { name } })
    output.result({ removed: name }, () => output.sentence(`Removed the site ${name}.`))
  })
}

type AddOptions = { readonly image?: readonly string[]; readonly via?: string }

async function add({ output, connect }: Desk, [text]: readonly string[], { image, via }: AddOptions) {
  const name = siteNameOf(text)
  const { client } = await connect()
  const body = {
    name,
    ...(image !== undefined && { images: [...image] }),
    ...(via !== undefined && { via: siteNameOf(via) }),
  }
  tellJoin(output, await client.call('addSite', { body }))
}

/** The command is copied: it stands alone on its line and is not wrapped. */
function tellJoin(output: Output, made: SiteJoin): void {
  const { site, join } = made
  output.result(made, () =>
    [
      output.sentence(`Run this at ${site.name}, once, before ${localTime(join.expiresAt)}:`),
      `  ${plain(join.command)}`,
    ].join('\n\n'),
  )
  output.note(
    '\nIt is shown only now; whoever has it can be the site until it is used. Another one: bootcast site token',
  )
}

async function list({ world, output, connect }: Desk, _: readonly string[], { every }: { every?: true }) {
  const { client } = await connect()
  const all = await allPages((after) => client.call('listSites', { query: { after, limit: 500 } }))
  const items = all
    .filter(({ state }) => every === true || state !== 'revoked')
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  const columns: readonly Column<Site>[] = [
    { title: 'NAME', text: ({ name }) => name, shrinksTo: 12 },
    { title: 'STATE', text: stateText, shrinksTo: 10 },
    { title: 'VERSION', text: ({ version }) => version ?? '-', shrinksTo: 7 },
    { title: 'LAST CONTACT', text: ({ lastContactAt }) => agoText(lastContactAt, world.now()) },
    { title: 'CACHE', text: cacheText },
    { title: 'HITS', text: ({ served }) => (served ? shareText(served.hitRate) : '-'), align: 'right' },
    { title: 'SAVED', text: ({ served }) => (served ? sizeText(served.savedBytes) : '-'), align: 'right' },
  ]
  output.result({ items }, () =>
    items.length === 0
      ? output.sentence('There is no site. Add one: bootcast site add NAME')
      : output.table(columns, items),
  )
}
