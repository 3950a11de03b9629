import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

/**
 * A loader by TFTP: Bootcast's two ways beside dnsmasq and atftpd, in one run on loopback. Runs are interleaved and
 * the median is told. dnsmasq serves TFTP on port 69 only, and so gets an address of its own: this needs root.
 * `npm run bench tftp`, or `node bench/tftp.ts [RUNS]`, default 7.
 */
const run = promisify(execFile)
const runs = Number(process.argv[2] ?? 7)
const ticksPerSecond = 100 // proc_pid_stat(5) counts in USER_HZ, which is 100 on every Linux that Node runs on

type Server = {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly child: ChildProcess
}
type Load = {
  readonly mib: number
  readonly clients: number
  readonly window: number
  readonly repeats: number
}
type Measured = { readonly seconds: number; readonly cpu: number; readonly again: number }

/**
 * Short loads are repeated in one measurement, so that CPU time can be read at all. The long ones come first: a server
 * has been compiled by its first few thousand packets, and it is the one that runs for months that is compared.
 */
const loads: readonly Load[] = [
  { mib: 64, clients: 1, window: 1, repeats: 1 },
  { mib: 64, clients: 1, window: 16, repeats: 1 },
  { mib: 1, clients: 1, window: 1, repeats: 20 },
  { mib: 1, clients: 32, window: 1, repeats: 2 },
  { mib: 1, clients: 1, window: 16, repeats: 20 },
  { mib: 1, clients: 32, window: 16, repeats: 2 },
]

const folder = await mkdtemp(join(tmpdir(), 'bootcast-bench-'))
try {
  await main()
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function main(): Promise<void> {
  await chmod(folder, 0o755) // the peers read as nobody
  const client = join(folder, 'client')
  await run('gcc', ['-O2', '-o', client, join(import.meta.dirname, 'tftp-client.c')])
  for (const mib of new Set(loads.map((load) => load.mib))) {
    await writeFile(join(folder, `${mib}`), Buffer.alloc(mib * 2 ** 20, 'bootcast'))
  }
  const servers: Server[] = []
  try {
    servers.push(await startDnsmasq())
    servers.push(await startAtftpd())
    servers.push(await startOurs('bootcast', 'native'))
    servers.push(await startOurs('bootcast, node:dgram only', 'portable'))
    process.stdout.write(report(servers, await measureAll(client, servers)))
  } finally {
    for (const { child } of servers) await end(child)
  }
}

async function measureAll(client: string, servers: readonly Server[]): Promise<Map<string, Measured[]>> {
  const results = new Map<string, Measured[]>()
  for (const load of loads) {
    for (let round = -1; round < runs; round++) {
      // Each goes first in turn; round -1 warms up.
      for (let i = 0; i < servers.length; i++) {
        const server = servers[(i + round + servers.length) % servers.length]!
        const measured = await measure(client, server, load)
        const key = `${labelOf(load)}|${server.name}`
        if (round >= 0) results.set(key, [...(results.get(key) ?? []), measured])
      }
      process.stderr.write(`${labelOf(load)}: ${round + 1} of ${runs}\n`)
    }
  }
  return results
}

async function measure(client: string, server: Server, load: Load): Promise<Measured> {
  const pid = server.child.pid ?? 0
  const cpuBefore = await cpuSeconds(pid)
  let seconds = 0
  let again = 0
  for (let i = 0; i < load.repeats; i++) {
    const bytes = load.mib * 2 ** 20
    const args = [server.address, server.port, `${load.mib}`, bytes, load.clients, load.window].map(String)
    const [time = 0, odd = 0, timeouts = 0] = (await run(client, args)).stdout.trim().split(' ').map(Number)
    seconds += time
    again += odd + timeouts
  }
  const cpu = ((await cpuSeconds(pid)) - cpuBefore) / load.repeats
  return { seconds: seconds / load.repeats, cpu, again }
}

function report(servers: readonly Server[], results: Map<string, Measured[]>): string {
  const lines = [
    `TFTP on loopback, blksize 1468: medians of ${runs} interleaved runs, ${cpus().length} cores ${cpus()[0]?.model.trim()}, Node ${process.versions.node}. Ratio: time to dnsmasq's, lower is better. dnsmasq knows no windowsize.`,
    '',
    '| load | server | ms | ratio | CPU ms | packets again |',
    '|---|---|---|---|---|---|',
  ]
  for (const load of loads) {
    const of = (name: string, field: keyof Measured) =>
      median((results.get(`${labelOf(load)}|${name}`) ?? []).map((measured) => measured[field]))
    for (const { name } of servers) {
      const ratio = of(name, 'seconds') / of('dnsmasq', 'seconds')
      const [ms, cpuMs] = [of(name, 'seconds') * 1000, of(name, 'cpu') * 1000]
      lines.push(
        `| ${labelOf(load)} | ${name} | ${ms.toFixed(1)} | ${ratio.toFixed(2)} | ${cpuMs.toFixed(1)} | ${of(name, 'again')} |`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}

function labelOf({ mib, clients, window }: Load): string {
  return `${mib} MiB × ${clients}, window ${window}`
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

async function startOurs(name: string, way: string): Promise<Server> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'tftp-server.ts'), folder, way], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  return { name, address: '127.0.0.1', port: Number(line), child }
}

async function startDnsmasq(): Promise<Server> {
  const address = '127.0.69.1'
  const child = spawn(
    'dnsmasq',
    [
      ...['--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--enable-tftp', '--user=root'],
      ...[`--tftp-root=${folder}`, `--listen-address=${address}`, '--bind-interfaces', '--pid-file='],
      '--log-facility=/dev/null',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  await answers(address, 69)
  return { name: 'dnsmasq', address, port: 69, child }
}

async function startAtftpd(): Promise<Server> {
  const [address, port] = ['127.0.0.1', await freePort()]
  const args = ['--daemon', '--no-fork', '--user', 'root', '--group', 'root', '--port', String(port)]
  const child = spawn('atftpd', [...args, '--bind-address', address, '--logfile', '/dev/null', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await answers(address, port)
  return { name: 'atftpd', address, port, child }
}

/** Asks for a file that is not there until an error comes. */
async function answers(address: string, port: number): Promise<void> {
  const socket = createSocket('udp4')
  const ask = () => socket.send(Buffer.from('\0\x01absent\0octet\0'), port, address)
  const asking = setInterval(ask, 100)
  try {
    await once(socket, 'message', { signal: AbortSignal.timeout(5000) })
  } catch (cause) {
    throw new Error(`no TFTP server answers on ${address}:${port}`, { cause })
  } finally {
    clearInterval(asking)
    socket.close()
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return port
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Of the process with all its threads. */
async function cpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
