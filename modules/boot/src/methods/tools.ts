import { type IpxeScript, or, setting } from '@bootcast/netboot'
import type { LoaderFeature } from '../loaders.ts'

/** What a person needs to see or do before anything boots; from `tools_menu` back to `start`. */
export function addTools(script: IpxeScript, features: readonly LoaderFeature[]): void {
  const canPowerOff = features.includes('poweroff')
  script
    .label('tools_menu')
    .command('menu', 'Tools')
    .command('item', 'facts', 'What', 'this', 'machine', 'is')
    .command('item', 'network', 'Network', 'addresses', 'and', 'counters')
    .command('item', 'shell', 'iPXE', 'command', 'line', '(exit:', 'back', 'to', 'the', 'menu)')
    .command('item', 'restart', 'Restart', 'the', 'machine')
  if (canPowerOff) script.command('item', 'off', 'Switch', 'the', 'machine', 'off')
  script
    .command('item', 'start', 'Back')
    .command('choose', 'picked', or, 'goto', 'start')
    .command('goto', setting('picked'))
    .label('facts')
    .echo('MAC', setting('netX/mac'), ' UUID', setting('uuid'))
    .echo('Serial', setting('serial'), ' asset', setting('asset'))
    .echo('Made by', setting('manufacturer'), setting('product'))
    .echo('Firmware', setting('platform'), ' loader iPXE', setting('version'), setting('buildarch'))
    .command('prompt', 'Press', 'a', 'key', 'to', 'go', 'on', or)
    .command('goto', 'tools_menu')
    .label('network')
    .command('ifstat', or)
    .command('route', or)
    .command('prompt', 'Press', 'a', 'key', 'to', 'go', 'on', or)
    .command('goto', 'tools_menu')
    .label('shell')
    .command('shell', or)
    .command('goto', 'start')
    .label('restart')
    .command('reboot', or, 'goto', 'start')
  if (canPowerOff) script.label('off').command('poweroff', or, 'goto', 'start')
}
