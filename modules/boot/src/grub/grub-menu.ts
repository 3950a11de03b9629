import { GrubScript } from '@bootcast/netboot'
import type { MenuPlan } from '../boot-plan.ts'

type Item = {
  readonly id: string
  readonly text: string
  /** What it does; when that starts nothing, the menu stands there again. */
  readonly act: (script: GrubScript) => GrubScript
}

/**
 * What a person in front of a machine may do, as GRUB shows it. It has no way to ask for a password; its menus scroll, so
 * there are no pages.
 */
export function grubMenu(plan: MenuPlan): GrubScript {
  const items = itemsOf(plan)
  const preselected = idOf(plan, items)
  // Without one GRUB waits for ever.
  const isCounting = preselected !== undefined && plan.seconds > 0
  const countDown = (to: GrubScript) =>
    to
      .command('set', `default=${preselected ?? items[0]?.id ?? 'again'}`)
      .command('set', `timeout=${isCounting ? plan.seconds : -1}`)
  const script = countDown(new GrubScript())
  // GRUB shows the menu again when an entry returns, and has forgotten the countdown. What comes after a command that
  // failed is not always run, so it is set before.
  for (const { id, text, act } of items) script.entry(id, text, (inner) => void act(countDown(inner)))
  return script
}

function itemsOf(plan: MenuPlan): readonly Item[] {
  const from = (path: string) => (script: GrubScript) => script.command('ask', path)
  const images = plan.images.map(({ reference, text, unfit }, index): Item => {
    const id = `image${index + 1}`
    if (unfit === undefined)
      return { id, text, act: from(`choose.cfg?image=${encodeURIComponent(reference)}`) }
    const say = (script: GrubScript) => script.echo('Bootcast:', unfit).command('again', '5')
    return { id, text: `(${text}: ${unfit})`, act: say }
  })
  const code = { id: 'code', text: 'Sign in with a code (phone or browser)', act: from('code.cfg') }
  const disk = {
    id: 'disk',
    text: 'Boot from the local disk',
    act: (script: GrubScript) => script.command('start_disk'),
  }
  const again = {
    id: 'again',
    text: 'Look again for something to boot',
    act: from('machine.cfg'),
  }
  if (plan.user === undefined) return [code, ...images, disk, again]
  const leave = { id: 'leave', text: `Sign out (signed in as ${plan.user})`, act: from('sign-out.cfg') }
  return [...images, leave, disk, again]
}

/** `undefined`: what is preselected is not there. */
function idOf({ preselected, images }: MenuPlan, items: readonly Item[]): string | undefined {
  const index = images.findIndex(({ reference }) => reference === preselected)
  const wanted = index === -1 ? (idsOfChoices[preselected] ?? preselected) : `image${index + 1}`
  return items.find(({ id }) => id === wanted)?.id
}

const idsOfChoices: Readonly<Record<string, string>> = { wait: 'again', password: 'code' }
