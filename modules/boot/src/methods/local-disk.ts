import { and, IpxeScript, or, setting } from '@bootcast/netboot'
import type { BootPlan } from '../boot-plan.ts'

/**
 * On to the next boot entry of the firmware. EFI: the boot manager goes on only after an error status; after
 * success it may show its menu (UEFI 2.10 §3.1.1; EDK2 BdsEntry.c). BIOS: the first disk, as many BIOSes start the
 * network again when a boot program simply ends; without a disk, the end all the same.
 */
export function localDiskScript(plan: Extract<BootPlan, { method: 'local-disk' }>): IpxeScript {
  return new IpxeScript()
    .echo('Bootcast: leaving the network boot:', plan.reason)
    .command('iseq', setting('platform'), 'efi', and, 'exit', '1', or)
    .command('sanboot', '--no-describe', '--drive', '0x80', or)
    .echo('Bootcast: no disk started; back to the firmware')
    .command('exit', '1')
}
