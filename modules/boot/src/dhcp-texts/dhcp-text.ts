import { type BootRules, bootRules, type DhcpTextSettings } from './boot-rules.ts'
import { dnsmasq } from './servers/dnsmasq.ts'
import { iscDhcpd } from './servers/isc-dhcpd.ts'
import { kea } from './servers/kea.ts'
import { opnsense } from './servers/opnsense.ts'
import { routeros } from './servers/routeros.ts'
import { windows } from './servers/windows.ts'

/** How one kind of DHCP server is told to let machines boot from us. It goes on giving the addresses itself. */
export type DhcpServerText = {
  /** For people. */
  readonly title: string
  /** Where the text goes. */
  readonly place: string
  /** How it comes into force, a sentence each. */
  readonly steps: readonly string[]
  /** The text itself; ends with a line feed, ASCII only. */
  readonly write: (rules: BootRules) => string
}

/** A new server is a row here; where Debian has it, a row in `dhcp-texts.services.test.ts` lets it judge its text. */
export const dhcpServerTexts = {
  dnsmasq,
  kea,
  'isc-dhcpd': iscDhcpd,
  routeros,
  opnsense,
  windows,
} as const satisfies Record<string, DhcpServerText>

export type DhcpServerName = keyof typeof dhcpServerTexts

export type DhcpText = Omit<DhcpServerText, 'write'> & {
  readonly text: string
  /** People whose machines get nothing by it, since there is no loader for them. */
  readonly missing: readonly string[]
}

/** @throws {NotForDhcpText} an address or a name that cannot stand in it */
export function dhcpText(server: DhcpServerName, settings: DhcpTextSettings): DhcpText {
  const { title, place, steps, write } = dhcpServerTexts[server]
  const rules = bootRules(settings)
  return { title, place, steps, text: write(rules), missing: rules.missing }
}
