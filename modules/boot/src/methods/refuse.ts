import { IpxeScript, or, word } from '@bootcast/netboot'
import type { BootPlan } from '../boot-plan.ts'
import type { ScriptUrls } from '../template.ts'
import { askAgain } from './first.ts'

/** Says why what was picked cannot be had, waits for a key (20 s at most), and goes back to the menu. */
export function refuseScript(plan: Extract<BootPlan, { method: 'refuse' }>, urls: ScriptUrls): IpxeScript {
  const script = new IpxeScript().echo('Bootcast: this cannot be booted:', plan.reason)
  return backToMenu(script, urls)
}

/** How a script of a session ends: the menu after a key or 20 s. */
export function backToMenu(script: IpxeScript, urls: ScriptUrls): IpxeScript {
  script
    .command('prompt', '--timeout', '20000', 'Press', 'a', 'key', 'for', 'the', 'menu', or)
    .command('chain', '--replace', '--autofree', word(`${urls.boot}/session/menu`), or)
  return askAgain(script, urls.base, 5)
}
