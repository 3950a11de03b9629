import type { ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { NamespacePair, noNamespaces, stopped } from '../modules/netboot/testing/namespace-pair.ts'

/**
 * Four-way exchanges (DISCOVER, OFFER, REQUEST, ACK) a second: Bootcast beside dnsmasq and Kea, in one run, over a pair
 * of network namespaces. Runs are interleaved and the median is told. Each server starts fresh, and is asked for two
 * seconds before it is measured. `npm run bench dhcp`, or
 *
 *     node bench/dhcp.ts [RUNS [LEASE-STORE…]]
 *
 * where a lease store is a module with `openLeaseStore(folder)`, each making a server of ours; default: the platform's
 * on SQLite, and a file that is appended to.
 */
const runs = Number(process.argv[2] ?? 3)
const given = process.argv.slice(3).map((path) => resolve(path))
const here = import.meta.dirname
const stores =
  given.length > 0
    ? given
    : ['platform-lease-store.ts', 'appended-lease-store.ts'].map((name) => join(here, name))

const network = { prefix: 16, netmask: '255.255.0.0', server: '10.76.0.1', client: '10.76.0.2' }
const range = { first: '10.76.1.0', last: '10.76.255.254' }
const rates = [2000, 20_000]
const ticksPerSecond = 100 // proc_pid_stat(5) counts in USER_HZ, which is 100 on every Linux that Node runs on

type Peer = {
  readonly name: string
  /** The line that says that it serves. */
  readonly ready: RegExp
  readonly command: (folder: string) => Promise<readonly string[]>
}
type Measured = {
  readonly rate: number
  readonly dropped: number
  readonly milliseconds: number
  readonly cpuMicroseconds: number
}

const peers: readonly Peer[] = [
  { name: 'dnsmasq --no-ping', ready: /DHCP, IP range/, command: dnsmasq },
  { name: 'Kea, memfile', ready: /DHCP4_STARTED/, command: kea },
  ...stores.map((store) => ({
    name: `bootcast, ${basename(store, '.ts')}`,
    ready: /^listening$/,
    command: async (folder: string) => [
      process.execPath,
      join(here, '../modules/netboot/testing/dhcp-server-process.ts'),
      ...['eth0', network.server, network.netmask, range.first, range.last, store, folder],
    ],
  })),
]

async function main(): Promise<void> {
  const reason = noNamespaces()
  if (reason !== false) throw new Error(`The DHCP benchmark needs network namespaces: ${reason}`)
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-bench-'))
  const pair = await NamespacePair.make('bench', `${network.server}/${network.prefix}`)
  try {
    await pair.atClient('ip', 'address', 'add', `${network.client}/${network.prefix}`, 'dev', 'eth0')
    process.stdout.write(report(await measureAll(pair, folder)))
  } finally {
    await pair.remove()
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureAll(pair: NamespacePair, folder: string): Promise<Map<string, Measured[]>> {
  const results = new Map<string, Measured[]>()
  for (let round = 0; round < runs; round++) {
    for (let i = 0; i < peers.length; i++) {
      const peer = peers[(i + round) % peers.length]!
      const own = join(folder, `${round}-${i}`)
      await mkdir(own)
      const child = await pair.startAtServer(peer.ready, ...(await peer.command(own)))
      try {
        await exchange(pair, child, { rate: 2000, seconds: 2, kind: 1 })
        for (const rate of rates) {
          const measured = await exchange(pair, child, { rate, seconds: 4, kind: rate / 1000 })
          const key = `${rate}|${peer.name}`
          results.set(key, [...(results.get(key) ?? []), measured])
        }
      } finally {
        await stopped(child)
      }
      process.stderr.write(`run ${round + 1} of ${runs}: ${peer.name}\n`)
    }
  }
  return results
}

/** perfdhcp is a relay to the server. `kind` makes clients that no other measurement has. */
async function exchange(
  pair: NamespacePair,
  child: ChildProcess,
  { rate, seconds, kind }: { readonly rate: number; readonly seconds: number; readonly kind: number },
): Promise<Measured> {
  const before = await cpuSeconds(child.pid ?? 0)
  const mac = `mac=00:0c:${kind.toString(16).padStart(2, '0')}:00:00:00`
  const said = await pair.atClient(
    ...['perfdhcp', '-4', '-l', 'eth0', '-b', mac, '-r', String(rate), '-R', String(rate)],
    ...['-p', String(seconds), '-W', '1000000', network.server],
  )
  const cpu = (await cpuSeconds(child.pid ?? 0)) - before
  const numbers = (pattern: RegExp) => [...said.matchAll(pattern)].map((match) => Number(match[1]))
  const [read] = numbers(/^Rate: ([\d.e+]+) /gm)
  const sent = numbers(/^sent packets: (\d+)/gm)
  const received = numbers(/^received packets: (\d+)/gm)
  const delays = numbers(/^avg delay: ([\d.]+) ms/gm)
  const [discovers = 0, acks = 0] = [sent[0], received[1]]
  if (read === undefined || discovers === 0) throw new Error(`perfdhcp said:\n${said}`)
  return {
    rate: read,
    dropped: Math.max(0, 1 - acks / discovers),
    milliseconds: delays.reduce((sum, delay) => sum + delay, 0),
    cpuMicroseconds: (cpu / Math.max(1, acks)) * 1e6,
  }
}

function report(results: Map<string, Measured[]>): string {
  const lines = [
    `DHCP over a namespace pair: medians of ${runs} interleaved runs, ${cpus().length} cores ${cpus()[0]?.model.trim()}, Node ${process.versions.node}. perfdhcp counts its time to the end of its wait, so a rate reads low by a fifth. Kea and dnsmasq do not wait for the disk; Bootcast's ACKs do.`,
    '',
    '| offered | server | exchanges/s | ratio to Kea | without ACK | OFFER + ACK after | CPU per exchange |',
    '|---|---|---|---|---|---|---|',
  ]
  for (const rate of rates) {
    const of = (name: string, field: keyof Measured) =>
      median((results.get(`${rate}|${name}`) ?? []).map((measured) => measured[field]))
    for (const { name } of peers) {
      const ratio = of(name, 'rate') / of('Kea, memfile', 'rate')
      lines.push(
        `| ${rate}/s | ${name} | ${of(name, 'rate').toFixed(0)} | ${ratio.toFixed(2)} | ${(of(name, 'dropped') * 100).toFixed(1)} % | ${of(name, 'milliseconds').toFixed(1)} ms | ${of(name, 'cpuMicroseconds').toFixed(0)} µs |`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

async function dnsmasq(folder: string): Promise<readonly string[]> {
  return [
    ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--user=root', '--pid-file='],
    ...['--interface=eth0', '--bind-interfaces', '--no-ping', '--log-facility=-', '--quiet-dhcp'],
    ...[`--dhcp-range=${range.first},${range.last},${network.netmask},30m`, '--dhcp-lease-max=100000'],
    ...[`--dhcp-leasefile=${join(folder, 'leases')}`, '--dhcp-authoritative'],
  ]
}

async function kea(folder: string): Promise<readonly string[]> {
  const settings = {
    'interfaces-config': { interfaces: ['eth0'] },
    'lease-database': { type: 'memfile', persist: true, name: join(folder, 'leases.csv'), 'lfc-interval': 0 },
    'valid-lifetime': 1800,
    subnet4: [
      {
        subnet: `10.76.0.0/${network.prefix}`,
        pools: [{ pool: `${range.first} - ${range.last}` }],
        'option-data': [{ name: 'routers', data: network.server }],
      },
    ],
    loggers: [
      { name: 'kea-dhcp4', severity: 'WARN', output_options: [{ output: 'stderr' }] },
      { name: 'kea-dhcp4.dhcp4', severity: 'INFO', output_options: [{ output: 'stderr' }] },
    ],
  }
  await writeFile(join(folder, 'kea.json'), JSON.stringify({ Dhcp4: settings }))
  const variables = ['KEA_PIDFILE_DIR', 'KEA_LOCKFILE_DIR'].map((name) => `${name}=${folder}`)
  return ['env', ...variables, 'kea-dhcp4', '-c', join(folder, 'kea.json')]
}

/** Of the process with all its threads. */
async function cpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

await main()
