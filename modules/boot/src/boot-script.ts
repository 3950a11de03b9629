import type { IpxeScript } from '@bootcast/netboot'
import type { BootPlan } from './boot-plan.ts'
import { linuxScript } from './methods/linux.ts'
import { localDiskScript } from './methods/local-disk.ts'
import { waitScript } from './methods/wait.ts'

/** A plan as the machine reads it. @throws {NotExpressible} a plan whose command line no script can say */
export function bootScript(plan: BootPlan, baseUrl: string): IpxeScript {
  switch (plan.method) {
    case 'linux':
      return linuxScript(plan, baseUrl)
    case 'local-disk':
      return localDiskScript(plan)
    case 'wait':
      return waitScript(plan, baseUrl)
  }
}
