import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/**
 * One file to many clients: Bootcast's two ways beside nginx, in one run on loopback. The runs are interleaved and
 * the median is told, since a machine is never quiet; the client throws the bytes away in the kernel.
 * `npm run bench http`, or `node bench/http.ts RUNS MIB` for other than 5 runs of 1024 MiB.
 */
const run = promisify(execFile)
const runs = Number(process.argv[2] ?? 5)
const largeBytes = Number(process.argv[3] ?? 1024) * 1024 * 1024
const smallBytes = 64 * 1024
const ticksPerSecond = 100 // proc_pid_stat(5) counts in USER_HZ, which is 100 on every Linux that Node runs on

type Server = {
  readonly name: string
  readonly port: number
  readonly pids: readonly number[]
  readonly child: ChildProcess
}
type Load = {
  readonly label: string
  readonly path: string
  readonly clients: number
  readonly bytes: number
  readonly requests: number
}
type Measured = {
  readonly rate: number
  readonly cpuPerGb: number
  readonly rssMiB: number
  readonly fairness: number
}

const requestsOfSmall = 2000
const loads: readonly Load[] = [
  ...[1, 8, 64].map((clients) => ({
    label: `${largeBytes / 2 ** 20} MiB × ${clients}`,
    path: '/large',
    clients,
    bytes: largeBytes,
    requests: 1,
  })),
  { label: '64 KiB × 16', path: '/small', clients: 16, bytes: smallBytes, requests: requestsOfSmall },
]

const folder = await mkdtemp(join(tmpdir(), 'bootcast-bench-'))
try {
  await main()
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function main(): Promise<void> {
  const sink = await compileSink()
  await fill(join(folder, 'large'), largeBytes)
  await fill(join(folder, 'small'), smallBytes)
  const servers = [
    await startNginx(),
    await startOurs('bootcast, sendfile', 2),
    await startOurs('bootcast, buffers', 0),
  ]
  try {
    const results = await measureAll(sink, servers)
    process.stdout.write(await report(servers, results))
  } finally {
    for (const { child } of servers) {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
  }
}

async function measureAll(sink: string, servers: readonly Server[]): Promise<Map<string, Measured[]>> {
  const results = new Map<string, Measured[]>()
  for (const load of loads) {
    for (let round = -1; round < runs; round++) {
      // Each goes first in turn; round -1 warms up.
      for (let i = 0; i < servers.length; i++) {
        const server = servers[(i + round + servers.length) % servers.length]!
        const measured = await measure(sink, server, load)
        const key = `${load.label}|${server.name}`
        if (round >= 0) results.set(key, [...(results.get(key) ?? []), measured])
      }
      process.stderr.write(`${load.label}: ${round + 1} of ${runs}\n`)
    }
  }
  return results
}

async function measure(sink: string, server: Server, load: Load): Promise<Measured> {
  const cpuBefore = await cpuSeconds(server.pids)
  let rssMiB = 0
  const watch = setInterval(async () => {
    rssMiB = Math.max(rssMiB, await rssOf(server.pids))
  }, 50)
  const { clients, bytes, requests, path } = load
  const args = [server.port, path, clients, bytes, requests].map(String)
  const { stdout } = await run(sink, args).finally(() => clearInterval(watch))
  const [seconds = 0, first = 0] = stdout.trim().split(' ').map(Number)
  const gb = (clients * bytes * requests) / 1e9
  const cpu = (await cpuSeconds(server.pids)) - cpuBefore
  return {
    rate: load.path === '/large' ? gb / seconds : (clients * requests) / seconds,
    cpuPerGb: cpu / gb,
    rssMiB: Math.max(rssMiB, await rssOf(server.pids)),
    fairness: first / seconds,
  }
}

async function report(servers: readonly Server[], results: Map<string, Measured[]>): Promise<string> {
  const lines = [
    `HTTP on loopback: medians of ${runs} interleaved runs (and ratio to nginx), ${cpus().length} cores ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, ${await nginxVersion()}.`,
    'Fairness: time of the first client done over that of the last.',
    '',
    '| load | server | rate | ratio | CPU-s per GB | ratio | RSS max, MiB | fairness |',
    '|---|---|---|---|---|---|---|---|',
  ]
  for (const load of loads) {
    const of = (name: string, field: keyof Measured) =>
      median((results.get(`${load.label}|${name}`) ?? []).map((measured) => measured[field]))
    const unit = load.path === '/large' ? 'GB/s' : 'requests/s'
    const digits = load.path === '/large' ? 2 : 0
    for (const { name } of servers) {
      const [rate, cpu] = [of(name, 'rate'), of(name, 'cpuPerGb')]
      const ratio = (rate / of('nginx', 'rate')).toFixed(2)
      const cpuRatio = (cpu / of('nginx', 'cpuPerGb')).toFixed(2)
      const tail = `${cpu.toFixed(2)} | ${cpuRatio}× | ${of(name, 'rssMiB').toFixed(0)} | ${of(name, 'fairness').toFixed(2)}`
      lines.push(`| ${load.label} | ${name} | ${rate.toFixed(digits)} ${unit} | ${ratio}× | ${tail} |`)
    }
  }
  return `${lines.join('\n')}\n`
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

async function compileSink(): Promise<string> {
  const path = join(folder, 'sink')
  await run('gcc', ['-O2', '-o', path, join(import.meta.dirname, 'http-sink.c')])
  return path
}

async function fill(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w', 0o644)
  const block = Buffer.alloc(Math.min(bytes, 2 ** 20), 'bootcast')
  for (let at = 0; at < bytes; at += block.length) await file.write(block, 0, block.length, at)
  await file.close()
}

async function startOurs(name: string, threads: number): Promise<Server> {
  const files = [
    `/large=${join(folder, 'large')}:${largeBytes}`,
    `/small=${join(folder, 'small')}:${smallBytes}`,
  ]
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'http-server.ts'), String(threads), ...files],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const [line] = await once(createInterface(child.stdout), 'line')
  return { name, port: Number(line), pids: [child.pid ?? 0], child }
}

/** nginx as its package sets it up, with sendfile, and as many workers as cores. */
async function startNginx(): Promise<Server> {
  const port = await freePort()
  const home = join(folder, 'nginx')
  await mkdir(home)
  await writeFile(
    join(home, 'nginx.conf'),
    `daemon off; pid ${home}/pid; worker_processes auto; error_log stderr;
     ${process.getuid?.() === 0 ? 'user root;' : ''}
     events { worker_connections 1024; }
     http {
       access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; default_type application/octet-stream;
       client_body_temp_path ${home}/b; proxy_temp_path ${home}/p; fastcgi_temp_path ${home}/f;
       uwsgi_temp_path ${home}/u; scgi_temp_path ${home}/s;
       server { listen 127.0.0.1:${port}; root ${folder}; }
     }\n`,
  )
  const child = spawn('nginx', ['-c', join(home, 'nginx.conf'), '-p', home], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  await answers(port)
  const pid = child.pid ?? 0
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return { name: 'nginx', port, pids: [pid, ...children.trim().split(' ').map(Number)], child }
}

async function nginxVersion(): Promise<string> {
  return (await run('nginx', ['-v'])).stderr.trim().replace(/^.*: /, '')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function answers(port: number): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const socket = connect(port, '127.0.0.1')
    const up = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (up) return
    await sleep(50)
  }
  throw new Error(`nothing answers on port ${port}`)
}

async function cpuSeconds(pids: readonly number[]): Promise<number> {
  const ticks = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8')
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
      return Number(fields[11]) + Number(fields[12])
    }),
  )
  return ticks.reduce((sum, value) => sum + value, 0) / ticksPerSecond
}

/** Of all processes of the server, shared pages counted each time. */
async function rssOf(pids: readonly number[]): Promise<number> {
  const pages = await Promise.all(
    pids.map(async (pid) => Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1])),
  )
  return (pages.reduce((sum, value) => sum + value, 0) * 4096) / 2 ** 20
}
