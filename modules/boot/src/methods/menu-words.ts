import type { MenuPlan } from '../boot-plan.ts'

/** What a menu says, whatever loader shows it. */
export const menuWords = {
  code: 'Sign in with a code (phone or browser)',
  disk: 'Boot from the local disk',
  again: 'Look again for something to boot',
} as const

/** The item that is preselected: `image1` for the first of `images`, `again`, or what the plan calls it. */
export function preselectedItem({ preselected }: MenuPlan, images: MenuPlan['images']): string {
  const index = images.findIndex(({ reference }) => reference === preselected)
  if (index !== -1) return `image${index + 1}`
  return preselected === 'wait' ? 'again' : preselected
}
