import type { DhcpServer } from '@bootcast/contract'

/** Their own names: the same in every language. */
export const serverTitles: Readonly<Record<DhcpServer, string>> = {
  dnsmasq: 'dnsmasq',
  kea: 'Kea',
  'isc-dhcpd': 'ISC dhcpd',
  routeros: 'MikroTik',
  opnsense: 'OPNsense',
  windows: 'Windows',
}
