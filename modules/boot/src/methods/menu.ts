import { IpxeScript, or, setting, shown, word } from '@bootcast/netboot'
import type { MenuImage, MenuPlan } from '../boot-plan.ts'
import type { ScriptOptions } from '../boot-script.ts'
import { askAgain } from './first.ts'
import { menuWords, preselectedItem } from './menu-words.ts'
import { addTools } from './tools.ts'

/** A page has 12 images, with its other lines 22 of the 25 of a text screen. */
const imagesOnPage = 12
/** iPXE draws lines of 76 characters into a screen of 80 columns (src/hci/tui/menu_ui.c). */
const longestLine = 72

type Item = {
  readonly label: string
  readonly text: string
  /** What follows its label in the script; ends in going somewhere. */
  readonly goOn: (script: IpxeScript) => void
}

/**
 * What a person in front of a machine may do. Every item is a label of this script, so that nothing the machine says
 * decides where to go. Esc shows the menu again.
 */
export function menuScript(plan: MenuPlan, options: ScriptOptions): IpxeScript {
  const pages = Math.max(1, Math.ceil(plan.images.length / imagesOnPage))
  const page = pageOf(options.page, pages)
  const images = plan.images.slice((page - 1) * imagesOnPage, page * imagesOnPage)
  const go = (path: string) => (script: IpxeScript) => void chainTo(script, `${options.boot}/session/${path}`)
  const items = imageItems(images, go)
  const turns = pageItems(page, pages, go)
  const people = signInItems(plan, go)
  const others = otherItems(options, go)
  const script = new IpxeScript()
    .command('clear', 'password', or)
    .label('start')
    .command('menu', titleOf(plan, page, pages))
  if (plan.user === undefined) addItems(script, people)
  addImages(script, images, items)
  addItems(script, turns)
  script.command('item', '--gap', '--')
  if (plan.user !== undefined) addItems(script, people)
  addItems(script, others)
  // As they stand on the screen: Enter takes the first.
  const all = plan.user === undefined ? [...people, ...items, ...turns] : [...items, ...turns, ...people]
  all.push(...others)
  const preselected = page === 1 ? labelOf(plan, images, all) : undefined
  const countdown =
    preselected !== undefined && plan.seconds > 0 ? ['--timeout', String(plan.seconds * 1000)] : []
  const first = preselected ?? all[0]?.label ?? 'again'
  script
    .command('choose', '--default', first, ...countdown, 'picked', or, 'goto', 'start')
    .command('goto', setting('picked'))
  for (const { label, goOn } of all) goOn(script.label(label))
  addTools(script, options.features)
  script.label('broken').echo('Bootcast: that did not work (the lines above say why); from the start again')
  return askAgain(script, options.base, 5)
}

const pageOf = (wanted = 1, pages: number): number =>
  Number.isFinite(wanted) ? Math.min(pages, Math.max(1, Math.floor(wanted))) : 1

function chainTo(script: IpxeScript, url: string): IpxeScript {
  return script.command('chain', '--replace', '--autofree', word(url), or, 'goto', 'broken')
}

function titleOf({ user }: MenuPlan, page: number, pages: number) {
  const who = user === undefined ? '' : ` - signed in as ${user}`
  const where = pages > 1 ? ` - page ${page} of ${pages}` : ''
  return shown(`Bootcast${who}${where}`.slice(0, longestLine))
}

function imageItems(images: readonly MenuImage[], go: (path: string) => Item['goOn']): readonly Item[] {
  return images.flatMap(({ reference, text, unfit }, index) =>
    unfit === undefined
      ? [{ label: `image${index + 1}`, text, goOn: go(`choose?image=${encodeURIComponent(reference)}`) }]
      : [],
  )
}

/** Headings between groups; what does not boot here is shown and cannot be picked. */
function addImages(script: IpxeScript, images: readonly MenuImage[], items: readonly Item[]): void {
  let group: string | undefined
  for (const [index, image] of images.entries()) {
    if (image.group !== group)
      script.command('item', '--gap', '--').command('item', '--gap', '--', shown(image.group))
    group = image.group
    const item = items.find(({ label }) => label === `image${index + 1}`)
    if (item !== undefined) addItems(script, [item])
    else
      script.command('item', '--gap', '--', shown(`  (${image.text}: ${image.unfit})`.slice(0, longestLine)))
  }
}

function addItems(script: IpxeScript, items: readonly Item[]): void {
  for (const { label, text } of items) script.command('item', label, shown(text.slice(0, longestLine)))
}

function pageItems(page: number, pages: number, go: (path: string) => Item['goOn']): readonly Item[] {
  return [
    ...(page < pages ? [{ label: 'next', text: 'More images ...', goOn: go(`menu?page=${page + 1}`) }] : []),
    ...(page > 1 ? [{ label: 'previous', text: '... back', goOn: go(`menu?page=${page - 1}`) }] : []),
  ]
}

function signInItems({ user }: MenuPlan, go: (path: string) => Item['goOn']): readonly Item[] {
  if (user !== undefined) return [{ label: 'leave', text: 'Sign out', goOn: go('sign-out') }]
  return [
    { label: 'code', text: menuWords.code, goOn: go('code') },
    { label: 'password', text: 'Sign in with user name and password', goOn: go('sign-in') },
  ]
}

function otherItems({ base }: ScriptOptions, go: (path: string) => Item['goOn']): readonly Item[] {
  return [
    { label: 'disk', text: menuWords.disk, goOn: go('disk') },
    {
      label: 'again',
      text: menuWords.again,
      goOn: (script) => void chainTo(script, `${base}/boot.ipxe`),
    },
    { label: 'tools', text: 'Tools ...', goOn: (script) => void script.command('goto', 'tools_menu') },
  ]
}

/** The item that is taken when nobody picks; `undefined`: it is not on this page, so nothing is taken. */
function labelOf(plan: MenuPlan, images: readonly MenuImage[], items: readonly Item[]): string | undefined {
  const wanted = preselectedItem(plan, images)
  return items.find(({ label }) => label === wanted)?.label
}
