import { IpxeScript, setting } from '@bootcast/netboot'
import type { BootPlan } from '../boot-plan.ts'
import type { ScriptUrls } from '../template.ts'
import { askAgain } from './first.ts'

const shortestPause = 1
const longestPause = 3600

/** Says why there is nothing to boot and which machine this is, and asks again for ever. */
export function waitScript(plan: Extract<BootPlan, { method: 'wait' }>, urls: ScriptUrls): IpxeScript {
  const seconds = Math.min(longestPause, Math.max(shortestPause, Math.round(plan.seconds) || shortestPause))
  const script = new IpxeScript()
    .echo('Bootcast: nothing to boot yet:', plan.reason)
    .echo('Bootcast: this machine is', setting('netX/mac'), `and asks again in ${seconds} s`)
  return askAgain(script, urls.base, seconds)
}
