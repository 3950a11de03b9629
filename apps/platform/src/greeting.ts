import { type DhcpMode, dhcpReasons } from '@bootcast/options'
import type { Administrator } from './identity/first-administrator.ts'

export type Started = {
  readonly version: string
  readonly data: string
  /** Where people reach it. */
  readonly urls: readonly string[]
  readonly administrator: Administrator
  readonly listening: readonly { readonly service: string; readonly address: string }[]
  /** What does not work here, why, and what to do. */
  readonly missing: readonly string[]
  readonly dhcp: DhcpMode
}

/** What a person reads after the start: where it is, how to get in, what is missing, what to do next. */
export function greeting(started: Started): string {
  const [url = ''] = started.urls
  const parts = [
    `Bootcast ${started.version} is running; its data are in ${started.data}`,
    list('Open or give to the command', started.urls),
    list('Listening', listened(started)),
    administratorText(started.administrator),
    list('Missing', started.missing),
    nextSteps(url, started),
  ]
  return `\n${parts.filter((part) => part !== '').join('\n\n')}\n\n`
}

function listened({ listening, dhcp }: Started): readonly string[] {
  const services = listening.map(({ service, address }) => `${service.padEnd(10)} ${address}`)
  return [...services, `DHCP is ${dhcp.mode}: ${dhcpReasons[dhcp.why]}`]
}

function administratorText(administrator: Administrator): string {
  switch (administrator.kind) {
    case 'made':
      return `First administrator, shown only this once:\n  user:     admin\n  password: ${administrator.password}`
    case 'made-from-file':
      return 'First administrator: user admin, with the password of the password file'
    case 'changed-from-file':
      return 'The password of admin was changed to that of the password file; earlier sign-ins have ended'
    case 'there-already':
      return ''
  }
}

function nextSteps(url: string, { dhcp }: Started): string {
  const boots =
    dhcp.mode === 'off'
      ? `let the DHCP server of the network name this computer as its boot server, or ${waysToDhcp(dhcp)}`
      : 'start a machine of that network with network boot (PXE or HTTP Boot)'
  return `Next, in a browser:
  ${url}/start
or in a shell:
  npx bootcast sign-in ${url} --user admin
  npx bootcast publish demo --kernel vmlinuz --initrd initrd.gz --cmdline "console=ttyS0"
  npx bootcast image default demo
  then ${boots}`
}

const waysToDhcp = ({ why }: Started['dhcp']): string =>
  why === 'no right' ? 'grant the low ports as said above and start again' : 'start with --interface NAME'

const list = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`
