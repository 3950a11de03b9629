import { and, commandLine, IpxeScript, or, setting, word } from '@bootcast/netboot'
import type { BootPlan } from '../boot-plan.ts'
import { fileUrl, filledIn, type ScriptUrls } from '../template.ts'
import { bootOrAskAgain } from './first.ts'

/** An EFI program with its arguments; on BIOS it says that it cannot. */
export function efiScript(plan: Extract<BootPlan, { method: 'efi' }>, urls: ScriptUrls): IpxeScript {
  const line = filledIn(plan.arguments, plan, urls)
  const words = line.trim() === '' ? [] : [commandLine(line)]
  const script = new IpxeScript()
    .echo('Bootcast: starting', plan.title)
    .command('imgfree', or)
    .command('iseq', setting('platform'), 'efi', and, 'goto', 'load', or)
    .echo('Bootcast: this is an EFI program, and this machine has started by BIOS')
    .command('goto', 'failed')
    .label('load')
    .command(
      'kernel',
      '--name',
      'program.efi',
      word(fileUrl(urls, plan.program)),
      ...words,
      or,
      'goto',
      'failed',
    )
  return bootOrAskAgain(script, plan.title, urls.base)
}
