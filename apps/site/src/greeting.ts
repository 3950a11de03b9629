import { type DhcpMode, dhcpReasons } from '@bootcast/options'

export type Started = {
  readonly version: string
  /** Of the site. */
  readonly name: string
  /** Where its platform is, or the site that it asks instead. */
  readonly upstream: string
  readonly data: string
  readonly urls: readonly string[]
  readonly statusUrl: string
  readonly listening: readonly { readonly service: string; readonly address: string }[]
  /** What does not work here, why, and what to do. */
  readonly missing: readonly string[]
  readonly dhcp: DhcpMode
}

/** What a person reads after the start. */
export function greeting(started: Started): string {
  const { version, name, upstream, data, urls, listening, missing, dhcp, statusUrl } = started
  const services = listening.map(({ service, address }) => `${service.padEnd(10)} ${address}`)
  const parts = [
    `The Bootcast site ${name} (${version}) is running; its data are in ${data}`,
    list('It gets what machines boot from', [upstream]),
    list('Machines reach it at', urls),
    list('Listening', [...services, `DHCP is ${dhcp.mode}: ${dhcpReasons[dhcp.why]}`]),
    list('Missing', missing),
    list('How it is', [`${statusUrl}/readyz`, `${statusUrl}/metrics`, 'bootcast-site doctor']),
  ]
  return `\n${parts.filter((part) => part !== '').join('\n\n')}\n\n`
}

const list = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`
