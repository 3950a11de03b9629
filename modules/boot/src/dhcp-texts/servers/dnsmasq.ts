import type { BootRule, BootRules } from '../boot-rules.ts'
import type { DhcpServerText } from '../dhcp-text.ts'

const ipxe = 'bootcast-ipxe'

/**
 * Tags, as dnsmasq(8) has them. No `pxe-service` and no option 43: with `dhcp-boot` alone firmware loads the file that
 * stands in the answer (netboot/captures/dhcp-*.pcap).
 */
export function dnsmasqLines({ server, subnet, script, rules }: BootRules): string {
  const lines = [
    `# Bootcast: machines of ${subnet} boot from ${server}. Your dhcp-range stays as it is.`,
    '',
    '# iPXE says who it is: it gets the script, or it would load loaders for ever.',
    `dhcp-userclass=set:${ipxe},iPXE`,
    `dhcp-match=set:${ipxe},175`,
    `dhcp-boot=tag:${ipxe},${script},,${server}`,
    ...rules.flatMap((rule) => ruleLines(rule, server)),
  ]
  return `${lines.join('\n')}\n`
}

function ruleLines({ name, people, architectures, transport, file }: BootRule, server: string) {
  const tag = `bootcast-${name}`
  const tags = `tag:${tag},tag:!${ipxe}`
  const isHttp = transport === 'http'
  return [
    '',
    `# ${people}${isHttp ? ', UEFI HTTP Boot: it takes answers of the class HTTPClient only' : ''}`,
    ...architectures.map((number) => `dhcp-match=set:${tag},option:client-arch,${number}`),
    `dhcp-boot=${tags},${file},,${server}`,
    ...(isHttp ? [`dhcp-option-force=${tags},60,HTTPClient`] : []),
  ]
}

export const dnsmasq: DhcpServerText = {
  title: 'dnsmasq',
  place: '/etc/dnsmasq.d/bootcast.conf',
  steps: [
    'Save it as /etc/dnsmasq.d/bootcast.conf on the computer of dnsmasq.',
    'Take older dhcp-boot, pxe-service and pxe-prompt lines out of its other files.',
    'Let dnsmasq look it through, then restart it: dnsmasq --test && systemctl restart dnsmasq',
  ],
  write: dnsmasqLines,
}
