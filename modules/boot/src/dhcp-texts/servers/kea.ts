import type { BootRule, BootRules } from '../boot-rules.ts'
import type { DhcpServerText } from '../dhcp-text.ts'

const ipxe = 'bootcast-ipxe'

/** Client classes, in the order in which they are judged: the others ask whether it is iPXE. */
function write({ server, subnet, script, rules }: BootRules): string {
  const config = {
    Dhcp4: {
      'client-classes': [
        {
          name: ipxe,
          // Some builds put a length before their name (RFC 3004 §4), most do not.
          test: "substring(option[77].hex,0,4) == 'iPXE' or substring(option[77].hex,1,4) == 'iPXE' or option[175].exists",
          'next-server': server,
          'boot-file-name': script,
        },
        ...rules.map((rule) => classOf(rule, server)),
      ],
    },
  }
  return `// Bootcast: machines of ${subnet} boot from ${server}.\n${JSON.stringify(config, undefined, 2)}\n`
}

function classOf({ name, architectures, transport, file }: BootRule, server: string) {
  const isOne = architectures.map((number) => `substring(option[93].hex,0,2) == 0x${hex(number)}`)
  return {
    name: `bootcast-${name}`,
    test: `not member('${ipxe}') and (${isOne.join(' or ')})`,
    'next-server': server,
    'boot-file-name': file,
    ...(transport === 'http' && { 'option-data': httpOptions(file) }),
  }
}

/** UEFI HTTP Boot takes answers of its own class only, and does not always ask for the options. */
const httpOptions = (file: string) => [
  { name: 'vendor-class-identifier', data: 'HTTPClient', 'always-send': true },
  { name: 'boot-file-name', data: file, 'always-send': true },
]

const hex = (number: number) => number.toString(16).padStart(4, '0')

export const kea: DhcpServerText = {
  title: 'Kea',
  place: '/etc/kea/kea-dhcp4.conf',
  steps: [
    'Put what stands in client-classes into "Dhcp4" of /etc/kea/kea-dhcp4.conf; your subnets and pools stay as they are.',
    'Take older next-server and boot-file-name lines out of it.',
    'Let Kea look it through, then load it: kea-dhcp4 -t /etc/kea/kea-dhcp4.conf && systemctl reload kea-dhcp4-server',
  ],
  write,
}
