import type { BootRule, BootRules } from '../boot-rules.ts'
import type { DhcpServerText } from '../dhcp-text.ts'

/**
 * Policies of one scope, in their order: what an earlier one says of an option goes before a later one. Classes of
 * vendors say the architecture, since option 93 is no condition (Microsoft: Add-DhcpServerv4Policy).
 */
function write({ server, network, subnet, script, rules }: BootRules): string {
  const blocks = [
    `# Bootcast: machines of ${subnet} boot from ${server}. Run as an administrator on the DHCP server.`,
    `$scope = ${quoted(network)}`,
    '',
    '# Option 60, which UEFI HTTP Boot looks at, is not among those that Windows knows.',
    'if (-not (Get-DhcpServerv4OptionDefinition -OptionId 60 -ErrorAction SilentlyContinue)) {',
    "  Add-DhcpServerv4OptionDefinition -OptionId 60 -Name 'Vendor class' -Type String",
    '}',
    '',
    '# iPXE says who it is: it gets the script, or it would load loaders for ever. The first policy counts.',
    "Add-DhcpServerv4Class -Name 'Bootcast iPXE' -Type User -Data 'iPXE'",
    "Add-DhcpServerv4Policy -Name 'Bootcast iPXE' -ScopeId $scope -ProcessingOrder 1 -Condition OR -UserClass EQ,'Bootcast iPXE'",
    ...options('Bootcast iPXE', [
      [66, server],
      [67, script],
    ]),
    ...rules.flatMap((rule, index) => policy(rule, index, server)),
  ]
  return `${blocks.join('\n')}\n`
}

function policy(rule: BootRule, index: number, server: string): readonly string[] {
  const { name, people, architectures, transport, file } = rule
  const client = transport === 'http' ? 'HTTPClient' : 'PXEClient'
  const title = `Bootcast ${name}`
  const classes = architectures.map((number) => ({
    name: `${title} ${number}`,
    data: `${client}:Arch:${String(number).padStart(5, '0')}`,
  }))
  // The star: what follows in the class, the version of its network interface, may be anything.
  const meant = classes.map((one) => quoted(`${one.name}*`)).join(',')
  return [
    '',
    `# ${people}${transport === 'http' ? ', UEFI HTTP Boot' : ''}`,
    ...classes.map(
      (one) => `Add-DhcpServerv4Class -Name ${quoted(one.name)} -Type Vendor -Data ${quoted(one.data)}`,
    ),
    `Add-DhcpServerv4Policy -Name ${quoted(title)} -ScopeId $scope -ProcessingOrder ${index + 2} -Condition OR -VendorClass EQ,${meant}`,
    ...options(title, [transport === 'http' ? [60, 'HTTPClient'] : [66, server], [67, file]]),
  ]
}

const options = (title: string, values: readonly (readonly [number, string])[]) =>
  values.map(
    ([id, value]) =>
      `Set-DhcpServerv4OptionValue -ScopeId $scope -PolicyName ${quoted(title)} -OptionId ${id} -Value ${quoted(value)}`,
  )

/** A string in which PowerShell fills in nothing. */
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

export const windows: DhcpServerText = {
  title: 'Windows DHCP',
  place: 'PowerShell on the DHCP server',
  steps: [
    'It needs Windows Server 2012 or newer. Run it in a PowerShell as an administrator, on the DHCP server.',
    'Take options 60, 66 and 67 out of the scope and the server themselves: they go to all clients.',
    'Look at it: Get-DhcpServerv4Policy -ScopeId, or the folder Policies of the scope.',
  ],
  write,
}
