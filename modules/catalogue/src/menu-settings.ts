import type { MenuChoice } from '@bootcast/boot'

/** What operators decided about the menu of machines for which nothing is decided. */
export type MenuSettings = {
  /** Taken when nobody picks for `menuSeconds`. */
  readonly menuDefault: MenuChoice
  /** 0: it waits for ever. */
  readonly menuSeconds: number
}

/** With a code nobody types a password at a firmware's keyboard, and the machine looks for an assignment meanwhile. */
export const usualMenu: MenuSettings = { menuDefault: 'code', menuSeconds: 60 }
