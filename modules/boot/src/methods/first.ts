import { and, IpxeScript, or, setting, shown, word } from '@bootcast/netboot'
import { detectProcessor, withFacts } from './machine-facts.ts'

/**
 * The first script: the same for every machine. Gets an address, says who the machine is, and takes over what
 * comes back. Never ends: whatever fails is named on the screen and tried again, after 1, 2, 4 … 32 seconds.
 *
 * Absolute URLs only: beside another DHCP server `${next-server}` is the other's. `--replace` so that scripts that
 * call each other for days do not pile up in memory.
 */
export function firstScript(baseUrl: string): IpxeScript {
  const script = new IpxeScript().command('set', 'pause:int32', '1')
  detectProcessor(script)
  // The loader may have been told the address by the firmware (iPXE since 2021, EFI): no interface is open then.
  script.command('isset', setting('netX/ip'), and, 'goto', 'ask', or)
  for (const net of ['net0', 'net1', 'net2', 'net3'])
    script.command('isset', setting(`${net}/ip`), and, 'ifopen', net, and, 'goto', 'ask', or)
  // Only DHCPv4: without router advertisements the others cost 13 s. The interface in use first.
  script
    .label('address')
    .command(...dhcp, 'netX', or, ...dhcp, or, 'goto', 'no_address')
    .label('ask')
    .command('chain', '--replace', '--autofree', withFacts(`${baseUrl}/boot.ipxe?`), or)
    .echo('Bootcast: no boot script from', baseUrl, '(the lines above say why)')
    .command('goto', 'again')
    .label('no_address')
    .echo('Bootcast: no address by DHCP (cable? VLAN? is a DHCP server there?)')
    .label('again')
    .echo('Bootcast:', setting('netX/mac'), 'tries again in', setting('pause'), 's')
    .command('sleep', setting('pause'), or)
    .command('iseq', setting('pause'), '32', or, 'inc', 'pause', setting('pause'), or)
    // Asked anew each time: iPXE does not renew leases.
    .command('goto', 'address')
  return script
}

const dhcp = ['ifconf', '--configurator', 'dhcp'] as const

/**
 * How every other script ends when it cannot go on: back to `question`, when there is one and its key is still good, else
 * to the first script, and if that is away, again.
 */
export function askAgain(
  script: IpxeScript,
  baseUrl: string,
  seconds: number,
  question?: string,
): IpxeScript {
  const replace = ['--replace', '--autofree'] as const
  const asFirst = question === undefined ? [] : [...replace, word(question), or, 'chain']
  const again = word(`${baseUrl}/boot.ipxe`)
  return (
    script
      .label('wait')
      .command('sleep', String(seconds), or)
      // iPXE does not renew leases, and a machine may wait here for days. When nobody answers, iPXE closes the
      // interface; netX is none then, and all are tried (seen with QEMU's ROM while the DHCP server was away).
      .command(...dhcp, 'netX', or, ...dhcp, or)
      .command('chain', ...asFirst, ...replace, again, or)
      .echo('Bootcast:', shown(baseUrl), 'does not answer; again in', `${seconds} s`)
      .command('goto', 'wait')
  )
}

/** Starts what was loaded; `failed` is where a script goes when something could not be loaded. */
export function bootOrAskAgain(script: IpxeScript, title: string, baseUrl: string): IpxeScript {
  script
    .command('boot', or, 'goto', 'failed')
    .label('failed')
    .echo('Bootcast:', title, 'could not be started (the lines above say why); again in 10 s')
    .command('imgfree', or)
  return askAgain(script, baseUrl, 10)
}
