import { GrubScript } from '@bootcast/netboot'
import type { MenuPlan } from '../boot-plan.ts'
import { menuWords, preselectedItem } from '../methods/menu-words.ts'

type Item = {
  readonly id: string
  readonly text: string
  /** What it does; when that starts nothing, the machine asks again. */
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
  const script = new GrubScript()
    .command('set', `default=${preselected ?? items[0]?.id ?? 'again'}`)
    .command('set', `timeout=${isCounting ? plan.seconds : -1}`)
  // When an entry returns GRUB shows its menu again, without a countdown: nobody at the machine, it would stay there.
  for (const { id, text, act } of items)
    script.entry(id, text, (inner) => {
      act(inner)
      if (id !== again.id) again.act(inner)
    })
  return script
}

const from = (path: string) => (script: GrubScript) => script.command('ask', path)
const again: Item = { id: 'again', text: menuWords.again, act: from('machine.cfg') }

function itemsOf(plan: MenuPlan): readonly Item[] {
  const images = plan.images.map(({ reference, text, unfit }, index): Item => {
    const id = `image${index + 1}`
    if (unfit === undefined)
      return { id, text, act: from(`choose.cfg?image=${encodeURIComponent(reference)}`) }
    const say = (script: GrubScript) => script.echo('Bootcast:', unfit).command('again', '5')
    return { id, text: `(${text}: ${unfit})`, act: say }
  })
  const code = { id: 'code', text: menuWords.code, act: from('code.cfg') }
  const disk = {
    id: 'disk',
    text: menuWords.disk,
    act: (script: GrubScript) => script.command('start_disk'),
  }
  if (plan.user === undefined) return [code, ...images, disk, again]
  const leave = { id: 'leave', text: `Sign out (signed in as ${plan.user})`, act: from('sign-out.cfg') }
  return [...images, leave, disk, again]
}

/** `undefined`: what is preselected is not there. */
function idOf(plan: MenuPlan, items: readonly Item[]): string | undefined {
  const wanted = preselectedItem(plan, plan.images)
  return items.find(({ id }) => id === (wanted === 'password' ? 'code' : wanted))?.id
}
