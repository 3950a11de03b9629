import {
  type DhcpServer,
  type DhcpText,
  dhcpServerSchema,
  type Finding,
  type Network,
} from '@bootcast/contract'
import type { Command } from 'commander'
import { usageFailure } from '../failure.ts'
import type { Output } from '../output.ts'
import { plainLines } from '../plain-text.ts'
import { timeText } from '../quantities.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

const levels: Readonly<Record<Finding['level'], string>> = { wrong: 'wrong', note: 'note', fine: 'fine' }
const verdicts: Readonly<Record<Network['servers'][number]['verdict'], string>> = {
  'addresses-only': 'addresses only',
  'points-here': 'sends machines here',
  'in-the-way': 'in the way',
}

export function addNetworkCommands(program: Command, world: World): void {
  const network = program.command('network').description('Whether machines can reach the platform to boot')
  const showCommand = addCommand(network, {
    usage: 'show',
    summary: 'What is in the way of a boot and what to do, and which DHCP servers were heard',
    examples: ['bootcast network show', "bootcast network show --json | jq '.findings'"],
  })
  runs(showCommand, world, show)

  const textCommand = addCommand(network, {
    usage: 'dhcp-text <server>',
    summary: 'Configuration for another DHCP server, so that it sends machines to this platform',
    examples: [
      'bootcast network dhcp-text dnsmasq > /etc/dnsmasq.d/bootcast.conf',
      'bootcast network dhcp-text kea --address 10.77.0.1',
    ],
  }).option('--address <address>', 'of the platform in the network of the machines, when it has several')
  textCommand.addHelpText('after', `\nServers: ${dhcpServerSchema.options.join(', ')}`)
  runs(textCommand, world, dhcpText)
}

async function show({ world, output, connect }: Desk): Promise<void> {
  const { client } = await connect()
  const network = await client.call('showNetwork', {})
  output.result(network, () => networkText(output, network, world.now()))
}

function networkText(output: Output, network: Network, now: number): string {
  const { dhcp, heard, servers, networks, findings } = network
  const head = output.facts([
    ['DHCP', `${dhcp.mode}: ${dhcp.why}`],
    ['heard', `${heard.messages} messages, ${heard.bootMessages} from machines that boot`],
    ...networks.map(({ subnet, bootUrl, tftp }) => [subnet, `${bootUrl}, TFTP ${tftp ?? 'off'}`] as const),
  ])
  const sections = [
    ['Findings', findings.map((finding) => findingText(output, finding)).join('\n')],
    [
      'Other DHCP servers',
      output.facts(
        servers.map(({ address, verdict, lastAt }) => [
          address,
          `${verdicts[verdict]}, last heard ${timeText(lastAt, now)}`,
        ]),
      ),
    ],
  ] as const
  const filled = sections.filter(([, text]) => text !== '')
  return [head, ...filled.map(([title, text]) => `\n${output.bold(title)}\n${text}`)].join('\n')
}

function findingText(output: Output, { level, what, why, todo }: Finding): string {
  const lines = [output.sentence(`${levels[level].padEnd(5)}  ${what}`, '       ')]
  if (why !== undefined) lines.push(`       ${output.sentence(why, '       ')}`)
  if (todo !== undefined) lines.push(`       ${output.sentence(`To do: ${todo}`, '       ')}`)
  return lines.join('\n')
}

/** The text alone goes to standard output, so that it can go into a file; the steps are said beside it. */
async function dhcpText(
  { world, output, connect }: Desk,
  [name = '']: readonly string[],
  { address }: { readonly address?: string },
): Promise<void> {
  const server = serverOf(name)
  const { client } = await connect()
  const text = await client.call('showDhcpText', {
    params: { server },
    query: { ...(address !== undefined && { address }) },
  })
  if (output.json) return output.result(text, () => '')
  world.stdout.write(`${plainLines(text.text).trimEnd()}\n`)
  for (const line of besides(text)) output.note(line)
}

function serverOf(name: string): DhcpServer {
  const { success, data } = dhcpServerSchema.safeParse(name)
  if (success) return data
  throw usageFailure(
    `There is no text for a server “${name.slice(0, 40)}”.`,
    `There are texts for ${dhcpServerSchema.options.join(', ')}.`,
  )
}

const besides = ({ title, place, steps, missing }: DhcpText): readonly string[] => [
  `${title}: it goes to ${place}.`,
  ...steps.map((step, at) => `${at + 1}. ${step}`),
  ...missing.map((people) => `There is no loader for: ${people}. They get nothing by it.`),
]
