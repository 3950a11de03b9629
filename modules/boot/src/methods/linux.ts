import { and, commandLine, IpxeScript, or, setting, word } from '@bootcast/netboot'
import type { BootFile, BootPlan } from '../boot-plan.ts'
import { askAgain } from './first.ts'

type LinuxPlan = Extract<BootPlan, { method: 'linux' }>

/**
 * Kernel, initrds, boot. iPXE shows the progress of each file by itself.
 *
 * EFI kernels find initrds by `initrd=` names; BIOS ones get them in memory, and some read the word wrongly, so it
 * is set only on EFI. An `initrd=` of the plan names a file that does not exist here and is left out.
 * @throws {NotExpressible} a command line that `checkCommandLine` refuses
 */
export function linuxScript(plan: LinuxPlan, baseUrl: string): IpxeScript {
  const script = new IpxeScript()
    .echo('Bootcast: starting', plan.title)
    // What a failed attempt has left in memory. The running script itself stays.
    .command('imgfree', or)
  const names = plan.initrds.map((_, index) => `initrd${index + 1}`)
  if (names.length > 0) {
    script.command('clear', 'initrds', or)
    const words = names.map((name) => `initrd=${name}`)
    script.command('iseq', setting('platform'), 'efi', and, 'set', 'initrds', ...words, or)
  }
  const onEfi = names.length > 0 ? [setting('initrds')] : []
  const line = commandLine(withoutInitrds(plan.cmdline))
  script.command(
    'kernel',
    '--name',
    'vmlinuz',
    fileUrl(baseUrl, plan.kernel),
    ...onEfi,
    line,
    or,
    'goto',
    'failed',
  )
  for (const [index, initrd] of plan.initrds.entries())
    script.command('initrd', '--name', `initrd${index + 1}`, fileUrl(baseUrl, initrd), or, 'goto', 'failed')
  script
    .command('boot', or, 'goto', 'failed')
    .label('failed')
    .echo('Bootcast:', plan.title, 'could not be started (the lines above say why); again in 10 s')
    .command('imgfree', or)
  return askAgain(script, baseUrl, 10)
}

function withoutInitrds(cmdline: string): string {
  return cmdline
    .split(/[ \t]+/)
    .filter((found) => !found.startsWith('initrd='))
    .join(' ')
}

function fileUrl(baseUrl: string, file: BootFile) {
  return word(`${baseUrl}/files/${file.digest.replace(/^sha256:/, '')}/${encodeURIComponent(file.name)}`)
}
