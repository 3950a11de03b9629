import type { BootProblem, LoaderLack } from '@bootcast/boot'
import { type DhcpMode, howToGrant } from '@bootcast/options'
import type { Heard, HeardServer } from './heard-dhcp.ts'
import type { Place } from './places.ts'

export type Finding = {
  /** Stable. */
  readonly code: string
  readonly level: 'fine' | 'note' | 'wrong'
  readonly what: string
  readonly why?: string
  readonly todo?: string
}

/** What is known of the network of the machines. */
export type NetworkFacts = {
  readonly dhcp: DhcpMode
  readonly heard: Heard
  readonly places: readonly Place[]
  readonly problems: readonly BootProblem[]
  readonly lacks: readonly LoaderLack[]
  /** Names of the loaders that are there. */
  readonly loaders: ReadonlySet<string>
}

/** What the offers of another server mean for machines that boot. */
export type Verdict = 'addresses-only' | 'points-here' | 'in-the-way'

/** What is wrong comes first. Pure: the same facts, the same findings. */
export function findingsOf(facts: NetworkFacts): readonly Finding[] {
  const found = checks.flatMap((check) => check(facts))
  return levels.flatMap((level) => found.filter((finding) => finding.level === level))
}

const levels = ['wrong', 'note', 'fine'] as const

type Check = (facts: NetworkFacts) => readonly Finding[]
const checks: readonly Check[] = [
  portsClosed,
  withoutRight,
  placesUnreachable,
  otherServers,
  loadersMissing,
  part,
  dhcpHeard,
  addressesGiven,
  tftpOff,
]

/** The console has them on its page Network, below. */
const howToGetText = '(bootcast network dhcp-text)'
const textsBelow = `or give that server one of the configurations for it ${howToGetText}`

/** @returns whose boot file it is, in the light of our addresses and loaders */
export function verdictOn(
  { file, fileServer, isBootServer }: HeardServer,
  { places, loaders }: Pick<NetworkFacts, 'places' | 'loaders'>,
): Verdict {
  if (file === undefined) return isBootServer ? 'in-the-way' : 'addresses-only'
  const isUrlOfOurs = places.some(({ bootUrl }) => file.startsWith(`${bootUrl}/`))
  const isLoaderOfOurs = loaders.has(file) && places.some(({ address }) => address === fileServer)
  return isUrlOfOurs || isLoaderOfOurs ? 'points-here' : 'in-the-way'
}

function portsClosed({ problems }: NetworkFacts): readonly Finding[] {
  return problems.map(({ service, address, reason, remedy }) => ({
    code: 'not-listening',
    level: 'wrong',
    what: `${service} on ${address} does not listen: ${reason}`,
    why: 'Machines that ask there get no answer.',
    todo: sentence(remedy),
  }))
}

function withoutRight({ dhcp }: NetworkFacts): readonly Finding[] {
  if (dhcp.why !== 'no right') return []
  return [
    {
      code: 'no-right',
      level: 'wrong',
      what: 'Bootcast may not open port 67, so it takes no part in DHCP',
      why: 'Machines learn where to boot only when your DHCP server tells them.',
      todo: `${howToGrant(process.execPath)}. Or give your DHCP server one of the configurations for it ${howToGetText}.`,
    },
  ]
}

function placesUnreachable({ places }: NetworkFacts): readonly Finding[] {
  return places.filter(isLoopback).map(({ bootUrl }) => ({
    code: 'unreachable',
    level: 'wrong',
    what: `Machines would be told to load from ${bootUrl}`,
    why: 'That is the machine itself, not this computer.',
    todo: 'Start Bootcast with --listen 0.0.0.0:8080, or name the address that machines reach: --boot-url http://ADDRESS:PORT.',
  }))
}

const isLoopback = ({ bootUrl }: Place): boolean =>
  /^(?:127\.[\d.]+|localhost|\[::1\])$/.test(new URL(bootUrl).hostname)

function otherServers(facts: NetworkFacts): readonly Finding[] {
  return facts.heard.servers.flatMap((server) => [
    ...(facts.dhcp.mode === 'server' && server.offered !== undefined ? [twoServers(server)] : []),
    ofVerdict[verdictOn(server, facts)](server),
  ])
}

const twoServers = ({ address }: HeardServer): Finding => ({
  code: 'two-servers',
  level: 'wrong',
  what: `${address} gives addresses, and so does Bootcast`,
  why: 'Machines take the first answer: sometimes ours, sometimes the other one.',
  todo: 'Start Bootcast with --dhcp proxy, or switch the other server off in this network.',
})

const ofVerdict: Readonly<Record<Verdict, (server: HeardServer) => Finding>> = {
  'addresses-only': ({ address }) => ({
    code: 'other-server',
    level: 'fine',
    what: `${address} gives addresses and says nothing of booting`,
  }),
  'points-here': ({ address, file }) => ({
    code: 'points-here',
    level: 'fine',
    what: `${address} sends machines here: ${file}`,
  }),
  'in-the-way': ({ address, file, fileServer }) => ({
    code: 'in-the-way',
    level: 'wrong',
    what:
      file === undefined
        ? `${address} answers as a boot server, too`
        : `${address} names a boot file of its own: ${file}${fileServer === undefined ? '' : ` on ${fileServer}`}`,
    why: 'Firmware may take that instead of ours.',
    todo: `Take next-server, filename and the options 60, 66 and 67 out of the settings of ${address}, ${textsBelow}.`,
  }),
}

function loadersMissing({ lacks, loaders }: NetworkFacts): readonly Finding[] {
  return lacks.map(({ what, why, todo }) => ({
    code: 'no-loader',
    level: loaders.size === 0 ? 'wrong' : 'note',
    what: capital(what),
    why: sentence(why),
    todo: sentence(todo),
  }))
}

/** How we take part, when nothing keeps us from it. */
function part({ dhcp, places }: NetworkFacts): readonly Finding[] {
  if (dhcp.why === 'no right') return []
  const where = places.flatMap((place) => place.interface ?? []).join(', ')
  return [parts[dhcp.mode](where)]
}

const parts: Readonly<Record<DhcpMode['mode'], (where: string) => Finding>> = {
  off: () => ({
    code: 'dhcp-off',
    level: 'note',
    what: 'Bootcast takes no part in DHCP',
    why: 'Machines learn where to boot only when your DHCP server tells them.',
    todo: `Start Bootcast with --interface NAME, the interface of the machines; or give your DHCP server one of the configurations for it ${howToGetText}.`,
  }),
  proxy: (where) => ({
    code: 'dhcp-proxy',
    level: 'fine',
    what: `Bootcast says how to boot on ${where}, beside the DHCP server that gives the addresses`,
  }),
  server: (where) => ({
    code: 'dhcp-server',
    level: 'fine',
    what: `Bootcast gives the addresses on ${where}, and says how to boot`,
  }),
}

function dhcpHeard({ dhcp, heard }: NetworkFacts): readonly Finding[] {
  if (dhcp.mode === 'off') return []
  const { messages, bootMessages } = heard
  if (messages > 0)
    return [
      {
        code: 'heard',
        level: 'fine',
        what: `DHCP is heard: ${messages} messages so far, ${bootMessages} of them of machines that boot`,
      },
    ]
  return [
    {
      code: 'nothing-heard',
      level: 'note',
      what: 'No DHCP message was heard so far',
      why: 'Either no machine was started, or what machines ask does not come here.',
      todo: 'Start a machine. If it is still not heard: is this interface in the network of the machines (VLAN, bridge), does a firewall let UDP 67 through, and is there a relay between?',
    },
  ]
}

function addressesGiven({ dhcp, heard }: NetworkFacts): readonly Finding[] {
  const isGiven = heard.servers.some(({ offered }) => offered !== undefined)
  if (dhcp.mode !== 'proxy' || heard.bootMessages === 0 || isGiven) return []
  return [
    {
      code: 'no-address-server',
      level: 'note',
      what: 'Machines ask, and no DHCP server was heard that gives them an address',
      why: 'Bootcast only says how to boot here. Answers that a server sends to one machine alone are not heard, so it may be there all the same.',
      todo: 'If machines say that they get no address: switch on the DHCP server, or start Bootcast with --dhcp server --dhcp-range A-B.',
    },
  ]
}

function tftpOff({ places }: NetworkFacts): readonly Finding[] {
  if (places.some(({ tftp }) => tftp !== undefined)) return []
  return [
    {
      code: 'tftp-off',
      level: 'note',
      what: 'TFTP is off',
      why: 'Only machines with UEFI HTTP Boot, or with iPXE of their own, can boot.',
      todo: 'Start Bootcast without --tftp-port off.',
    },
  ]
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
const sentence = (text: string) => `${capital(text)}${text.endsWith('.') ? '' : '.'}`
