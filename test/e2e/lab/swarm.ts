import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { scratchDirectory } from './lab-run.ts'
import type { LabNetwork } from './network.ts'
import { run, startInside } from './processes.ts'
import type { SimulatedMachine } from './swarm-machine.ts'

/** A second network on the bridge of a lab network, with room for a thousand machines. */
export const swarmServer = '10.78.0.1'
const prefix = '/20'
const leases = { first: '10.78.4.0', last: '10.78.7.255' }

/** Options of the platform, or of a site, for the machines of a swarm. */
export const swarmOptions = [
  ...['--interface', 'br0', '--dhcp', 'server'],
  ...['--dhcp-range', `${leases.first}-${leases.last}`],
]

export type SwarmOrder = {
  /** At most 1024. */
  readonly machines: number
  /** They are switched on one after another within this time. */
  readonly withinMs: number
  /** A machine that has no kernel by then has failed. */
  readonly patienceMs: number
}
export type SwarmResult = {
  readonly machines: number
  /** With loader, kernel and all initrds whole. */
  readonly succeeded: number
  /** From power-on to the last byte of what the kernel needs, of those that succeeded. */
  readonly kernelMs: Spread
  /** The same, stage by stage. */
  readonly stages: Readonly<Record<'dhcp' | 'loader' | 'script' | 'files', Spread>>
  /** How often a script said to wait and ask again. */
  readonly waits: number
  /** Packets and requests that had to be sent again. */
  readonly again: number
  readonly bytes: number
  /** From the first power-on to the last kernel. */
  readonly seconds: number
  /** Why machines failed, and how many each. */
  readonly failures: Readonly<Record<string, number>>
}
export type Spread = { readonly p50: number; readonly p99: number; readonly most: number }

/** Must be done before the program under test starts: the addresses of the second network. */
export async function prepareSwarm(network: LabNetwork): Promise<void> {
  const { server, client } = network
  await run('ip', ['-n', server, 'addr', 'add', `${swarmServer}${prefix}`, 'dev', 'br0'])
  // Every machine comes from an address of its own; all share one network card.
  const addresses = Array.from({ length: 1024 }, (_, index) => `10.78.${4 + (index >> 8)}.${index & 255}`)
  const lines = ['10.78.0.2', ...addresses].map((address) => `addr add ${address}${prefix} dev eth0`)
  const batch = join(scratchDirectory(), 'addresses')
  await writeFile(batch, `${[...lines, 'route add 255.255.255.255/32 dev eth0'].join('\n')}\n`)
  await run('ip', ['-n', client, '-batch', batch])
}

/**
 * Boots simulated machines, as far as the kernel, from whoever serves the lab network: DHCP of a BIOS, its loader by
 * TFTP, DHCP of iPXE, the two scripts, and the files that the second one names; each waits and asks again as its script
 * says. One process plays them all, so its own work is in what it measures.
 */
export async function bootSwarm(network: LabNetwork, order: SwarmOrder): Promise<SwarmResult> {
  const main = join(import.meta.dirname, 'swarm-process.ts')
  const child = startInside(network.client, process.execPath, [main, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const text of child.stdout?.setEncoding('utf8') ?? []) said += text
  if (said === '') throw new Error('the machines ended without a word')
  return summary(JSON.parse(said) as readonly SimulatedMachine[])
}

export function summary(machines: readonly SimulatedMachine[]): SwarmResult {
  const booted = machines.filter(({ failure }) => failure === undefined)
  const sum = (key: 'waits' | 'again' | 'bytes') => machines.reduce((total, each) => total + each[key], 0)
  const stage = (name: keyof SwarmResult['stages']) => spread(booted.map(({ stages }) => stages[name]))
  const failures: Record<string, number> = {}
  for (const { failure } of machines)
    if (failure !== undefined) failures[failure] = (failures[failure] ?? 0) + 1
  return {
    machines: machines.length,
    succeeded: booted.length,
    kernelMs: spread(booted.map(({ onAt, kernelAt }) => kernelAt - onAt)),
    stages: { dhcp: stage('dhcp'), loader: stage('loader'), script: stage('script'), files: stage('files') },
    waits: sum('waits'),
    again: sum('again'),
    bytes: sum('bytes'),
    seconds:
      booted.length === 0
        ? 0
        : (Math.max(...booted.map(({ kernelAt }) => kernelAt)) -
            Math.min(...booted.map(({ onAt }) => onAt))) /
          1000,
    failures,
  }
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number) => Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN)
  return { p50: at(0.5), p99: at(0.99), most: at(1) }
}
