import type { IpxeScript } from '@bootcast/netboot'
import type { BootPlan } from './boot-plan.ts'
import { efiScript } from './methods/efi.ts'
import { isoScript } from './methods/iso.ts'
import { linuxScript } from './methods/linux.ts'
import { localDiskScript } from './methods/local-disk.ts'
import { waitScript } from './methods/wait.ts'
import { wimScript } from './methods/wim.ts'

/** A plan as the machine reads it. @throws {NotExpressible} a plan whose command line no script can say */
export function bootScript(plan: BootPlan, baseUrl: string): IpxeScript {
  switch (plan.method) {
    case 'linux':
      return linuxScript(plan, baseUrl)
    case 'efi':
      return efiScript(plan, baseUrl)
    case 'iso':
      return isoScript(plan, baseUrl)
    case 'wim':
      return wimScript(plan, baseUrl)
    case 'local-disk':
      return localDiskScript(plan)
    case 'wait':
      return waitScript(plan, baseUrl)
  }
}
