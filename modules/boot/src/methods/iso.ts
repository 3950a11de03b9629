import { IpxeScript, or, word } from '@bootcast/netboot'
import type { BootPlan } from '../boot-plan.ts'
import { fileUrl, type ScriptUrls } from '../template.ts'
import { askAgain } from './first.ts'

/**
 * The CD as a network disk that the firmware sees (iPXE `sanboot`). It lasts until the operating system's own drivers
 * take over: best effort, and said so on the screen.
 */
export function isoScript(plan: Extract<BootPlan, { method: 'iso' }>, urls: ScriptUrls): IpxeScript {
  const script = new IpxeScript()
    .echo('Bootcast: starting the CD of', plan.title, '(best effort: its system may not find the CD again)')
    .command('imgfree', or)
    .command('sanboot', '--no-describe', word(fileUrl(urls, plan.iso)), or)
    .echo('Bootcast: the CD of', plan.title, 'could not be started (the lines above say why); again in 10 s')
  return askAgain(script, urls.base, 10)
}
