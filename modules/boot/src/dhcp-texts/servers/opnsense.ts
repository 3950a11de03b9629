import type { DhcpServerText } from '../dhcp-text.ts'
import { dnsmasqLines } from './dnsmasq.ts'

/**
 * Its dnsmasq: the form has no "unless iPXE", the folder for files of one's own has it (docs.opnsense.org, Dnsmasq DNS
 * & DHCP, Advanced settings).
 */
export const opnsense: DhcpServerText = {
  title: 'OPNsense',
  place: '/usr/local/etc/dnsmasq.conf.d/bootcast.conf',
  steps: [
    'It is for Dnsmasq DNS & DHCP, the DHCP server of OPNsense since 25.7. With Kea or ISC DHCP there, change over to it first, or start Bootcast with --dhcp proxy.',
    'Save it as /usr/local/etc/dnsmasq.conf.d/bootcast.conf (System, Settings, Administration lets you in by SSH).',
    'Take entries out of Services, Dnsmasq DNS & DHCP, DHCP boot, if there are any.',
    'Apply: configctl dnsmasq restart',
  ],
  write: dnsmasqLines,
}
