import { and, commandLine, IpxeScript, or, setting, word } from '@bootcast/netboot'
import type { BootPlan } from '../boot-plan.ts'
import { fileUrl, filledIn, type ScriptUrls } from '../template.ts'
import { bootOrAskAgain } from './first.ts'

type LinuxPlan = Extract<BootPlan, { method: 'linux' }>

/**
 * Kernel, initrds, boot. iPXE shows the progress of each file by itself.
 *
 * EFI kernels find initrds by `initrd=` names; BIOS ones get them in memory, and some read the word wrongly, so it
 * is set only on EFI. An `initrd=` of the plan names a file that does not exist here and is left out.
 * @throws {NotExpressible} a command line that `checkCommandLine` refuses
 */
export function linuxScript(plan: LinuxPlan, urls: ScriptUrls): IpxeScript {
  const script = new IpxeScript()
    .echo('Bootcast: starting', plan.title)
    // What a failed attempt has left in memory. The running script itself stays.
    .command('imgfree', or)
  const names = plan.initrds.map((_, index) => `initrd${index + 1}`)
  if (names.length > 0) {
    script.command('clear', 'initrds', or)
    // Files with a path get their cpio header only in the one that iPXE joins (src/interface/efi/efi_file.c).
    const joined = plan.initrds.some(({ path }) => path !== undefined)
    const words = joined ? ['initrd=initrd.magic'] : names.map((name) => `initrd=${name}`)
    script.command('iseq', setting('platform'), 'efi', and, 'set', 'initrds', ...words, or)
  }
  const onEfi = names.length > 0 ? [setting('initrds')] : []
  const line = commandLine(withoutInitrds(filledIn(plan.cmdline, plan, urls)))
  script.command(
    'kernel',
    '--name',
    'vmlinuz',
    word(fileUrl(urls, plan.kernel)),
    ...onEfi,
    line,
    or,
    'goto',
    'failed',
  )
  for (const [index, initrd] of plan.initrds.entries())
    script.command(
      'initrd',
      '--name',
      `initrd${index + 1}`,
      word(fileUrl(urls, initrd)),
      ...(initrd.path === undefined ? [] : [initrd.path]),
      or,
      'goto',
      'failed',
    )
  return bootOrAskAgain(script, plan.title, urls.base)
}

/** An `initrd=` of a plan names a file that is not there when the loader brings the initrds. */
export function withoutInitrds(cmdline: string): string {
  return cmdline
    .split(/[ \t]+/)
    .filter((found) => !found.startsWith('initrd='))
    .join(' ')
}
