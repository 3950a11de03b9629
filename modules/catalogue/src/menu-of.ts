import type { AskingSite, MenuImage, MenuPlan } from '@bootcast/boot'
import { fitAt, fitIn } from './decisions.ts'
import type { Machine } from './machine.ts'
import type { MenuSettings } from './menu-settings.ts'
import type { Catalogue, ListedImage } from './ports.ts'
import { type Channel, type Release, usualChannel } from './release.ts'

export type MenuOptions = {
  readonly catalogue: Pick<Catalogue, 'listImages' | 'releasesFor'>
  readonly machine: Machine
  readonly settings: MenuSettings
  /** References that need no sign-in. */
  readonly open: readonly string[]
  /** Where the machine is; absent: at the platform itself. */
  readonly site?: AskingSite | undefined
  readonly user: { readonly name: string; readonly images: 'all' | ReadonlySet<string> } | undefined
}

const atOnce = 500
/** A person does not look through more. */
const mostImages = 2_000

/**
 * The menu of a machine: what is open to it, then the images of who signed in, by name, of each image the channel
 * `stable` before the others. Growth: the images that the user may boot.
 */
export async function menuOf({
  catalogue,
  machine,
  settings,
  open,
  user,
  site,
}: MenuOptions): Promise<MenuPlan> {
  const all = user === undefined ? [] : (await imagesOf(catalogue, user.images)).flatMap(referencesOf)
  const mine = all.filter((reference) => fitAt(site, reference) === undefined)
  const references = [...new Set([...open, ...mine.filter((reference) => !open.includes(reference))])]
  const releases = await catalogue.releasesFor(references)
  const lines = references.flatMap((reference): MenuImage[] => {
    const release = releases.get(reference)
    if (release === undefined) return []
    const fit = fitIn(machine, reference, release)
    const group = open.includes(reference) ? 'Open to this machine' : `Images of ${user?.name}`
    return [
      { group, reference, text: textOf(reference, release), ...('unfit' in fit && { unfit: fit.unfit }) },
    ]
  })
  return {
    method: 'menu',
    user: user?.name,
    images: lines,
    preselected: settings.menuDefault,
    seconds: user === undefined ? settings.menuSeconds : 0,
  }
}

async function imagesOf(
  catalogue: MenuOptions['catalogue'],
  allowed: 'all' | ReadonlySet<string>,
): Promise<readonly ListedImage[]> {
  const found: ListedImage[] = []
  for (let after: string | undefined; found.length < mostImages; ) {
    const page = await catalogue.listImages({ limit: atOnce, after })
    found.push(...page.items.filter(({ name }) => allowed === 'all' || allowed.has(name)))
    if (page.next === undefined) break
    after = page.next
  }
  return found
}

function referencesOf({ name, channels }: ListedImage): readonly string[] {
  if (channels.length === 0) return [name]
  return [...channels].sort(byRank).map((channel) => `${name}@${channel.name}`)
}

const byRank = (a: Pick<Channel, 'name'>, b: Pick<Channel, 'name'>): number =>
  Number(b.name === usualChannel) - Number(a.name === usualChannel) || (a.name < b.name ? -1 : 1)

/** `demo 3 (stable) - Debian GNU/Linux 12 (live)` */
function textOf(reference: string, { image, number, variants }: Release): string {
  const followed = reference.split('@')[1]
  const channel = followed === undefined || followed === String(number) ? '' : ` (${followed})`
  const as = variants.find(({ config }) => config.recognised !== undefined)?.config.recognised?.as
  return `${image} ${number}${channel}${as === undefined ? '' : ` - ${as}`}`
}
