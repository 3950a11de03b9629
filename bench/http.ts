import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  compileSink,
  cpuSeconds,
  familyOf,
  freePort,
  median,
  rssOf,
  run,
  type Server,
  startPeer,
  startScript,
  stop,
} from './processes.ts'

/**
 * One file to many clients: Bootcast's two ways beside nginx, in one run on loopback. The runs are interleaved and
 * the median is told, since a machine is never quiet; the client throws the bytes away in the kernel.
 * `npm run bench http`, or `node bench/http.ts RUNS MIB` for other than 5 runs of 1024 MiB.
 */
const runs = Number(process.argv[2] ?? 5)
const largeBytes = Number(process.argv[3] ?? 1024) * 1024 * 1024
const smallBytes = 64 * 1024

type Watched = Server & { readonly pids: readonly number[] }
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
  const sink = await compileSink(folder)
  await fill(join(folder, 'large'), largeBytes)
  await fill(join(folder, 'small'), smallBytes)
  const started = [
    await startNginx(),
    await startOurs('bootcast, sendfile', 2),
    await startOurs('bootcast, buffers', 0),
  ]
  try {
    const servers = await Promise.all(started.map(async (one) => ({ ...one, pids: await familyOf(one) })))
    const results = await measureAll(sink, servers)
    process.stdout.write(await report(servers, results))
  } finally {
    for (const one of started) await stop(one)
  }
}

async function measureAll(sink: string, servers: readonly Watched[]): Promise<Map<string, Measured[]>> {
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

async function measure(sink: string, server: Watched, load: Load): Promise<Measured> {
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

async function report(servers: readonly Watched[], results: Map<string, Measured[]>): Promise<string> {
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
  return await startScript(name, 'http-server.ts', [String(threads), ...files])
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
  return await startPeer('nginx', port, 'nginx', ['-c', join(home, 'nginx.conf'), '-p', home])
}

async function nginxVersion(): Promise<string> {
  return (await run('nginx', ['-v'])).stderr.trim().replace(/^.*: /, '')
}
