import type { IpxeScript } from '@bootcast/netboot'
import type { BootPlan } from './boot-plan.ts'
import type { LoaderFeature } from './loaders.ts'
import { efiScript } from './methods/efi.ts'
import { isoScript } from './methods/iso.ts'
import { linuxScript } from './methods/linux.ts'
import { localDiskScript } from './methods/local-disk.ts'
import { menuScript } from './methods/menu.ts'
import { refuseScript } from './methods/refuse.ts'
import { waitScript } from './methods/wait.ts'
import { wimScript } from './methods/wim.ts'
import type { ScriptUrls } from './template.ts'

/** What a script depends on beside its plan. */
export type ScriptOptions = ScriptUrls & {
  /** What the loader that reads it can do beyond the common ground. */
  readonly features: readonly LoaderFeature[]
  /** Page of a menu, from 1. */
  readonly page?: number
  /** What was asked below the place of this boot: `session/menu`. Absent: the first question of a boot. */
  readonly question?: string
}

/** A plan as the machine reads it. @throws {NotExpressible} a plan whose command line no script can say */
export function bootScript(plan: BootPlan, options: ScriptOptions): IpxeScript {
  switch (plan.method) {
    case 'linux':
      return linuxScript(plan, options)
    case 'efi':
      return efiScript(plan, options)
    case 'iso':
      return isoScript(plan, options)
    case 'wim':
      return wimScript(plan, options)
    case 'local-disk':
      return localDiskScript(plan)
    case 'wait':
      return waitScript(plan, options)
    case 'menu':
      return menuScript(plan, options)
    case 'refuse':
      return refuseScript(plan, options)
  }
}
