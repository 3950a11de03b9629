import type { BootRule, BootRules } from '../boot-rules.ts'
import type { DhcpServerText } from '../dhcp-text.ts'

/** One class and its branches, as dhcpd.conf(5) and dhcp-eval(5) have them. */
function write({ server, subnet, script, rules }: BootRules): string {
  return `# Bootcast: machines of ${subnet} boot from ${server}. Your subnet stays as it is.
option bootcast-architecture code 93 = unsigned integer 16;
option bootcast-ipxe code 175 = string;

class "bootcast" {
  match if substring(option vendor-class-identifier, 0, 9) = "PXEClient"
        or substring(option vendor-class-identifier, 0, 10) = "HTTPClient"
        or exists bootcast-ipxe;
  next-server ${server};

  # iPXE says who it is: it gets the script, or it would load loaders for ever.
  if exists bootcast-ipxe or option user-class = "iPXE" {
    filename "${script}";
  }${rules.map(branch).join('')}
}
`
}

function branch({ people, architectures, transport, file }: BootRule): string {
  const isOne = architectures.map(
    (number) => `substring(option bootcast-architecture, 0, 2) = 00:${number.toString(16).padStart(2, '0')}`,
  )
  const isHttp = transport === 'http'
  // UEFI HTTP Boot takes answers of its own class only.
  const http = isHttp ? '\n    option vendor-class-identifier "HTTPClient";' : ''
  return `
  # ${people}${isHttp ? ', UEFI HTTP Boot' : ''}
  elsif ${isOne.join(' or ')} {${http}
    filename "${file}";
  }`
}

export const iscDhcpd: DhcpServerText = {
  title: 'ISC dhcpd',
  place: '/etc/dhcp/bootcast.conf',
  steps: [
    'Save it as /etc/dhcp/bootcast.conf and add a line to /etc/dhcp/dhcpd.conf: include "/etc/dhcp/bootcast.conf";',
    'Take older next-server and filename lines out of dhcpd.conf.',
    'Let dhcpd look it through, then restart it: dhcpd -t && systemctl restart isc-dhcp-server',
  ],
  write,
}
