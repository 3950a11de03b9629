import { IpxeScript, or, word } from '@bootcast/netboot'
import type { BootPlan } from '../boot-plan.ts'
import { fileUrl } from '../template.ts'
import { bootOrAskAgain } from './first.ts'

/** Windows PE: wimboot and the files that it joins to a disk in memory (ipxe.org/wimboot). */
export function wimScript(plan: Extract<BootPlan, { method: 'wim' }>, baseUrl: string): IpxeScript {
  const loader = word(`${baseUrl}/loaders/${encodeURIComponent(plan.loader)}`)
  const script = new IpxeScript()
    .echo('Bootcast: starting', plan.title)
    .command('imgfree', or)
    .command('kernel', '--name', 'wimboot', loader, or, 'goto', 'failed')
  for (const file of plan.files) {
    const url = word(fileUrl(baseUrl, file))
    script.command('initrd', '--name', file.as, url, file.as, or, 'goto', 'failed')
  }
  return bootOrAskAgain(script, plan.title, baseUrl)
}
