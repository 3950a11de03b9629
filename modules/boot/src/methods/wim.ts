import { IpxeScript, or, word } from '@bootcast/netboot'
import type { BootPlan } from '../boot-plan.ts'
import { fileUrl, type ScriptUrls } from '../template.ts'
import { bootOrAskAgain } from './first.ts'

/** Windows PE: wimboot and the files that it joins to a disk in memory (ipxe.org/wimboot). */
export function wimScript(plan: Extract<BootPlan, { method: 'wim' }>, urls: ScriptUrls): IpxeScript {
  const loader = word(`${urls.base}/loaders/${encodeURIComponent(plan.loader)}`)
  const script = new IpxeScript()
    .echo('Bootcast: starting', plan.title)
    .command('imgfree', or)
    .command('kernel', '--name', 'wimboot', loader, or, 'goto', 'failed')
  for (const file of plan.files) {
    const url = word(fileUrl(urls, file))
    script.command('initrd', '--name', file.as, url, file.as, or, 'goto', 'failed')
  }
  return bootOrAskAgain(script, plan.title, urls.base)
}
