import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChunkMapper, digestHex, digestOf } from '../modules/content/src/index.ts'
import {
  compileSink,
  cpuSeconds,
  familyOf,
  freePort,
  median,
  run,
  type Server,
  startPeer,
  startScript,
  stop,
} from './processes.ts'

/**
 * A cold stampede: many clients ask for one object at once that no cache has yet. Caches with their best settings, in one
 * run on loopback, each started anew and empty for each round; the rounds are interleaved. Before, each has fetched another
 * object: a cache that has just been started is measured by nobody's machines.
 * `npm run bench stampede`, or `node bench/stampede.ts RUNS MIB CLIENTS,…` for other than 3 runs of 256 MiB for 64 and 512.
 */
const runs = Number(process.argv[2] ?? 3)
const bytes = Number(process.argv[3] ?? 256) * 1024 * 1024
const crowds = (process.argv[4] ?? '64,512').split(',').map(Number)
const rates = [
  { label: 'unlimited', bytesPerSecond: 0 },
  { label: '50 MB/s', bytesPerSecond: 50e6 },
]

/** What stands in front of the origin. */
type Cache = {
  readonly name: string
  /** With an empty cache below `home`. */
  readonly start: (home: string, origin: number, objects: readonly BenchObject[]) => Promise<Server>
  readonly version: () => Promise<string>
}
/** At `/<name>`; and with its chunk map by digest, as a site fetches it. */
type BenchObject = {
  readonly name: string
  readonly path: string
  readonly hex: string
  readonly size: number
  readonly map: { readonly path: string; readonly hex: string; readonly size: number }
}
type Measured = {
  readonly last: number
  readonly firstByte: number
  readonly lastFirstByte: number
  readonly cpu: number
  readonly fetched: number
}

const folder = await mkdtemp(join(tmpdir(), 'bootcast-stampede-'))
// squid gives up being root, and reads its configuration again.
await chmod(folder, 0o755)
const warmBytes = 16 * 1024 * 1024
const isRoot = process.getuid?.() === 0

const firstLine = async (command: string, option: string) => {
  const { stdout, stderr } = await run(command, [option])
  return /[\d.]{3,}\S*/.exec(`${stdout}${stderr}`)?.[0] ?? ''
}
const caches: readonly Cache[] = [
  { name: 'nginx', start: startNginx, version: () => firstLine('nginx', '-v') },
  { name: 'varnish', start: startVarnish, version: () => firstLine('varnishd', '-V') },
  { name: 'squid', start: startSquid, version: () => firstLine('squid', '-v') },
  { name: 'bootcast', start: startOurs, version: async () => 'site-server.ts' },
]

try {
  await main()
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function main(): Promise<void> {
  const sink = await compileSink(folder)
  const objects = [await makeObject('object', bytes), await makeObject('warm', warmBytes)]
  const results = new Map<string, Measured[]>()
  for (const { label, bytesPerSecond } of rates)
    for (const clients of crowds)
      for (let round = 0; round < runs; round++) {
        // Each goes first in turn.
        for (let i = 0; i < caches.length; i++) {
          const cache = caches[(i + round) % caches.length]!
          const key = `${label}|${clients}|${cache.name}`
          const measured = await stampede({ sink, objects, cache, clients, bytesPerSecond })
          results.set(key, [...(results.get(key) ?? []), measured])
          process.stderr.write(
            `origin ${label}, ${clients} clients, ${cache.name}: ${measured.last.toFixed(1)} s\n`,
          )
        }
      }
  process.stdout.write(await report(results))
}

type Stampede = {
  readonly sink: string
  readonly objects: readonly BenchObject[]
  readonly cache: Cache
  readonly clients: number
  readonly bytesPerSecond: number
}

async function stampede({ sink, objects, cache, clients, bytesPerSecond }: Stampede): Promise<Measured> {
  const home = await mkdtemp(join(folder, `${cache.name}-`))
  const origin = await startScript('origin', 'origin-server.ts', [
    String(bytesPerSecond),
    ...objects.flatMap(atOrigin),
  ])
  const server = await cache.start(home, origin.port, objects)
  const sent = async () => Number(await (await fetch(`http://127.0.0.1:${origin.port}/sent`)).text())
  try {
    await run(sink, [server.port, '/warm', 8, warmBytes, 1].map(String))
    const sentBefore = await sent()
    const before = await cpuSeconds(await familyOf(server))
    const args = [server.port, '/object', clients, bytes, 1].map(String)
    const { stdout } = await run(sink, args)
    const [last = 0, , firstByte = 0, lastFirstByte = 0] = stdout.trim().split(' ').map(Number)
    const cpu = (await cpuSeconds(await familyOf(server))) - before
    const fetched = ((await sent()) - sentBefore) / bytes
    return { last, firstByte, lastFirstByte, cpu, fetched }
  } finally {
    await stop(server)
    await stop(origin)
    await rm(home, { recursive: true, force: true })
  }
}

async function report(results: ReadonlyMap<string, readonly Measured[]>): Promise<string> {
  const versions = await Promise.all(caches.map(async ({ name, version }) => `${name} ${await version()}`))
  const lines = [
    `One object of ${bytes / 2 ** 20} MiB to many clients at once, every cache empty, on loopback: medians of ${runs} interleaved runs (least to most), ${cpus().length} cores ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, ${versions.join(', ')}.`,
    'Ratio: to nginx. First byte: when the first and the last client had a byte of the body. CPU: of the cache alone. Origin: bytes that the origin has sent, in objects.',
    '',
    '| origin | clients | cache | last client done | ratio | first byte, s | CPU-s | origin |',
    '|---|---|---|---|---|---|---|---|',
  ]
  for (const { label } of rates)
    for (const clients of crowds)
      for (const { name } of caches) {
        const of = (cache: string, field: keyof Measured) =>
          (results.get(`${label}|${clients}|${cache}`) ?? []).map((measured) => measured[field])
        const middle = (field: keyof Measured, digits: number) => median(of(name, field)).toFixed(digits)
        const all = of(name, 'last')
        const spread = `${Math.min(...all).toFixed(1)} to ${Math.max(...all).toFixed(1)}`
        const ratio = (median(all) / median(of('nginx', 'last'))).toFixed(2)
        lines.push(
          `| ${label} | ${clients} | ${name} | ${middle('last', 1)} s (${spread}) | ${ratio}× | ${middle('firstByte', 2)}, ${middle('lastFirstByte', 2)} | ${middle('cpu', 1)} | ${middle('fetched', 2)}× |`,
        )
      }
  return `${lines.join('\n')}\n`
}

/** Random bytes: in what repeats itself, caches that look at the content would have less to do. */
async function makeObject(name: string, size: number): Promise<BenchObject> {
  const path = join(folder, name)
  const file = await open(path, 'w', 0o644)
  const hash = createHash('sha256')
  const mapper = new ChunkMapper()
  for (let at = 0; at < size; at += 2 ** 20) {
    const block = randomBytes(Math.min(2 ** 20, size - at))
    hash.update(block)
    mapper.update(block)
    await file.write(block)
  }
  await file.close()
  const text = mapper.finish()
  const map = { path: `${path}.map`, hex: digestHex(digestOf(text)), size: text.length }
  await writeFile(map.path, text)
  return { name, path, hex: hash.digest('hex'), size, map }
}

function atOrigin({ name, path, hex, size, map }: BenchObject): readonly string[] {
  return [
    `/${name}=${path}:${size}`,
    `/blobs/${hex}=${path}:${size}`,
    `/blobs/${map.hex}=${map.path}:${map.size}`,
  ]
}

async function startOurs(home: string, origin: number, objects: readonly BenchObject[]): Promise<Server> {
  const blobs = objects.map(({ name, hex, size, map }) => `/${name}=${hex}:${map.hex}:${size}`)
  return await startScript('bootcast', 'site-server.ts', [home, String(origin), ...blobs])
}

async function startNginx(home: string, origin: number): Promise<Server> {
  const port = await freePort()
  await writeFile(
    join(home, 'nginx.conf'),
    `daemon off; pid ${home}/pid; worker_processes auto; error_log stderr;
     ${isRoot ? 'user root;' : ''}
     events { worker_connections 4096; }
     http {
       access_log off; sendfile on; tcp_nopush on;
       client_body_temp_path ${home}/b; proxy_temp_path ${home}/p; fastcgi_temp_path ${home}/f;
       uwsgi_temp_path ${home}/u; scgi_temp_path ${home}/s;
       proxy_cache_path ${home}/cache levels=1:2 keys_zone=one:10m max_size=8g use_temp_path=off;
       server {
         listen 127.0.0.1:${port} backlog=1024;
         location / {
           proxy_pass http://127.0.0.1:${origin}; proxy_http_version 1.1; proxy_read_timeout 600s;
           proxy_cache one; proxy_cache_valid 200 1h;
           proxy_cache_lock on; proxy_cache_lock_timeout 600s; proxy_cache_lock_age 600s;
         }
       }
     }\n`,
  )
  return await startPeer('nginx', port, 'nginx', ['-c', join(home, 'nginx.conf'), '-p', home])
}

async function startVarnish(home: string, origin: number): Promise<Server> {
  const port = await freePort()
  await writeFile(
    join(home, 'default.vcl'),
    `vcl 4.1;
     backend default { .host = "127.0.0.1"; .port = "${origin}"; .first_byte_timeout = 600s; .between_bytes_timeout = 600s; }
     sub vcl_backend_response { set beresp.do_stream = true; set beresp.ttl = 1h; }\n`,
  )
  const storage = `malloc,${Math.ceil(bytes / 2 ** 20) * 2}M`
  const threads = ['-p', 'thread_pool_min=500', '-p', 'thread_pool_max=2000']
  const options = [
    '-a',
    `127.0.0.1:${port}`,
    '-f',
    join(home, 'default.vcl'),
    '-s',
    storage,
    '-n',
    join(home, 'work'),
  ]
  return await startPeer('varnish', port, 'varnishd', ['-F', '-j', 'none', ...options, ...threads])
}

/** In memory: with a folder for its cache it takes longer. */
async function startSquid(home: string, origin: number): Promise<Server> {
  const port = await freePort()
  const log = join(home, 'log')
  await mkdir(log)
  if (isRoot) await chownToSquid(home, log)
  await writeFile(
    join(home, 'squid.conf'),
    `http_port 127.0.0.1:${port} accel defaultsite=bench no-vhost
     cache_peer 127.0.0.1 parent ${origin} 0 no-query no-digest originserver name=origin
     http_access allow all
     collapsed_forwarding on
     cache_mem ${Math.ceil(bytes / 2 ** 20) * 2} MB
     maximum_object_size ${Math.ceil(bytes / 2 ** 20) * 2} MB
     maximum_object_size_in_memory ${Math.ceil(bytes / 2 ** 20) * 2} MB
     read_timeout 600 seconds
     access_log none
     cache_log ${log}/cache.log
     cache_store_log none
     coredump_dir ${log}
     pid_filename ${log}/squid.pid
     shutdown_lifetime 1 seconds
     netdb_filename none\n`,
  )
  return await startPeer('squid', port, 'squid', ['-N', '-f', join(home, 'squid.conf')])
}

/** Squid goes on as this user. */
async function chownToSquid(...folders: readonly string[]): Promise<void> {
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((one) => one.startsWith('proxy:'))
  const [, , uid, gid] = line?.split(':') ?? []
  for (const one of folders) await chown(one, Number(uid), Number(gid))
}
