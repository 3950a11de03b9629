import type { BootRule, BootRules } from '../boot-rules.ts'
import type { DhcpServerText } from '../dhcp-text.ts'

/**
 * Matchers on any option give sets of options, since RouterOS 7.4 (help.mikrotik.com, DHCP, Generic matcher). Values:
 * `'text'` is text, and `s'10.0.0.1'` an address as text. iPXE comes first.
 */
function write({ server, subnet, script, rules }: BootRules): string {
  const lines = [
    `# Bootcast: machines of ${subnet} boot from ${server}. Pool and lease time stay as they are.`,
    '/ip dhcp-server option',
    `add name=bootcast-server code=66 value="s'${server}'"`,
    `add name=bootcast-ipxe code=67 value="'${script}'"`,
    'add name=bootcast-http code=60 value="\'HTTPClient\'"',
    ...rules.map(({ name, file }) => `add name=bootcast-${name} code=67 value="'${file}'"`),
    '/ip dhcp-server option sets',
    'add name=bootcast-ipxe options=bootcast-server,bootcast-ipxe',
    ...rules.map(({ name, transport }) => {
      const also = transport === 'http' ? 'bootcast-http' : 'bootcast-server'
      return `add name=bootcast-${name} options=${also},bootcast-${name}`
    }),
    '/ip dhcp-server network',
    `set [find address="${subnet}"] next-server=${server}`,
    '# iPXE says who it is: it gets the script, or it would load loaders for ever. It stands before the others.',
    '/ip dhcp-server matcher',
    'add name=bootcast-ipxe server=all code=77 value="iPXE" option-set=bootcast-ipxe',
    ...rules.flatMap(matchers),
  ]
  return `${lines.join('\n')}\n`
}

const matchers = ({ name, architectures }: BootRule) =>
  architectures.map(
    (number) =>
      `add name=bootcast-${name}-${number} server=all code=93 value=0x${number.toString(16).padStart(4, '0')} option-set=bootcast-${name}`,
  )

export const routeros: DhcpServerText = {
  title: 'MikroTik RouterOS',
  place: 'a terminal of the router',
  steps: [
    'It needs RouterOS 7.4 or newer: older ones cannot tell firmware from iPXE. There, start Bootcast with --dhcp proxy.',
    'Paste it into a terminal of the router. Where it has several DHCP servers, write the name of the one that is meant in the place of server=all.',
    'Look at it: /ip dhcp-server matcher print. The line bootcast-ipxe has to stand first.',
  ],
  write,
}
