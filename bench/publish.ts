import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { fileSource, openInput } from '../modules/image/src/index.ts'

/**
 * How long publishing a CD image takes, chunk map included, beside sha256sum of the same file and casync make of it,
 * in one run; the memory of platform and command with a larger, sparse one; and how long its list of files takes.
 * `npm run bench publish`, or `node bench/publish.ts RUNS MIB SPARSE_MIB` for other than 3 runs of 1024 and 8192 MiB.
 */
const run = promisify(execFile)
const runs = Number(process.argv[2] ?? 3)
const mib = Number(process.argv[3] ?? 1024)
const sparseMib = Number(process.argv[4] ?? 8192)
const manyFiles = 10_000
const root = join(import.meta.dirname, '..')
const folder = await mkdtemp(join(tmpdir(), 'bootcast-bench-'))

try {
  await main()
} finally {
  await rm(folder, { recursive: true, force: true })
}

type Published = { readonly seconds: number; readonly platformMib: number; readonly commandMib: number }

async function main(): Promise<void> {
  const times = { publish: [] as number[], sha256sum: [] as number[], casync: [] as number[] }
  const full: Published[] = []
  for (let n = 0; n < runs; n++) {
    const image = join(folder, `image-${n}.iso`)
    await makeCd(image, { mib, content: 'random', files: 0 })
    await timed(() => run('cat', [image], { maxBuffer: 1, encoding: 'buffer' }).catch(() => undefined))
    times.sha256sum.push(await timed(() => run('sha256sum', [image])))
    const one = await published(image)
    full.push(one)
    times.publish.push(one.seconds)
    const store = join(folder, `store-${n}.castr`)
    const casync = ['make', '--store', store, join(folder, `image-${n}.caibx`), image]
    times.casync.push(await timed(() => run('casync', casync)))
    await rm(image)
    await rm(store, { recursive: true, force: true })
  }
  const sparse = join(folder, 'sparse.iso')
  await makeCd(sparse, { mib: sparseMib, content: 'sparse', files: manyFiles })
  const listed = await timed(() => listFiles(sparse))
  const large = await published(sparse)
  const [publish, sha, casync] = [median(times.publish), median(times.sha256sum), median(times.casync)]
  const line = (name: string, value: string) => process.stdout.write(`${name.padEnd(46)} ${value}\n`)
  line(`publish ${mib} MiB (read, upload, digest, map)`, `${publish.toFixed(2)} s`)
  line('sha256sum', `${sha.toFixed(2)} s, so publish is ${(publish / sha).toFixed(2)} times that`)
  line('casync make', `${casync.toFixed(2)} s, so publish is ${(publish / casync).toFixed(2)} times that`)
  line(`peak memory of the platform, ${mib} MiB`, `${most(full.map(({ platformMib }) => platformMib))} MiB`)
  line(`peak memory of the command, ${mib} MiB`, `${most(full.map(({ commandMib }) => commandMib))} MiB`)
  const seconds = `(${large.seconds.toFixed(1)} s)`
  line(`peak memory of the platform, ${sparseMib} MiB sparse`, `${most([large.platformMib])} MiB ${seconds}`)
  line(`peak memory of the command, ${sparseMib} MiB sparse`, `${most([large.commandMib])} MiB`)
  line(`the ${manyFiles} files of these ${sparseMib} MiB listed in`, `${(listed * 1000).toFixed(0)} ms`)
}

/** The command and a platform, as a user runs them; memory is their own VmHWM. */
async function published(image: string): Promise<Published> {
  const home = await mkdtemp(join(folder, 'platform-'))
  await writeFile(join(home, 'password'), 'correct horse battery', { mode: 0o600 })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const places = [
    '--data',
    join(home, 'data'),
    '--loaders',
    join(home, 'loaders'),
    '--listen',
    `127.0.0.1:${port}`,
  ]
  const more = ['--tftp-port', 'off', '--admin-password-file', join(home, 'password')]
  const child = spawn(process.execPath, [join(root, 'apps/platform/src/main.ts'), ...places, ...more], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  child.stdout.on('data', (part: Buffer) => {
    said += part
  })
  while (!said.includes('is running')) await sleep(50)
  const env = { ...process.env, XDG_CONFIG_HOME: home }
  const command = join(root, 'apps/cli/bin/bootcast.cjs')
  const signIn = ['sign-in', url, '--user', 'admin', '--password-file', join(home, 'password')]
  await run(process.execPath, [command, ...signIn], { env })
  let commandMib = 0
  const seconds = await timed(async () => {
    const publishing = run(process.execPath, [command, 'publish', image, '--name', 'bench'], { env })
    const watch = setInterval(async () => {
      commandMib = Math.max(commandMib, await peakMib(publishing.child.pid))
    }, 50)
    await publishing.finally(() => clearInterval(watch))
  })
  const platformMib = await peakMib(child.pid)
  child.kill()
  await once(child, 'exit')
  await rm(home, { recursive: true })
  return { seconds, platformMib, commandMib }
}

/** 0 when it has ended. */
async function peakMib(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024
}

/** As the platform does it when the bytes are there. */
async function listFiles(path: string): Promise<void> {
  const file = await open(path, 'r')
  const unasked = () => Promise.reject(new Error('a CD image is read in place'))
  const limits = { bytes: 0, seconds: 0, signal: new AbortController().signal }
  const workshop = { keep: unasked, rawDisk: unasked, limits }
  const source = fileSource(file, (await file.stat()).size)
  const { files } = await openInput({ source, name: 'sparse.iso' }, workshop)
  if (files.size < manyFiles) throw new Error(`${files.size} files were found`)
  await file.close()
}

type Cd = { readonly mib: number; readonly content: 'random' | 'sparse'; readonly files: number }

/** A CD of one large file, `files` small ones, and what makes it a live image of Debian's layout. */
async function makeCd(path: string, { mib: sizeMib, content, files }: Cd): Promise<void> {
  const tree = await mkdtemp(join(folder, 'tree-'))
  await run('mkdir', ['-p', join(tree, 'live')])
  const kernel = Buffer.alloc(1 << 20)
  kernel.writeUInt16LE(0xaa55, 0x1fe)
  kernel.write('HdrS', 0x202, 'latin1')
  kernel.writeUInt16LE(0x020f, 0x206)
  kernel.writeUInt16LE(1, 0x236)
  await writeFile(join(tree, 'live/vmlinuz'), kernel)
  await writeFile(
    join(tree, 'live/initrd.img'),
    Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), randomBytes(1 << 20)]),
  )
  const file = await open(join(tree, 'live/filesystem.squashfs'), 'w')
  if (content === 'random') for (let n = 0; n < sizeMib - 3; n++) await file.write(randomBytes(1 << 20))
  else await file.truncate((sizeMib - 3) * 2 ** 20)
  await file.close()
  await run('mkdir', ['-p', join(tree, 'pool')])
  for (let n = 0; n < files; n++) await writeFile(join(tree, 'pool', `package_${n}_amd64.deb`), `${n}`)
  await run('xorriso', ['-as', 'mkisofs', '-quiet', '-iso-level', '3', '-R', '-o', path, tree])
  // Else whoever makes bytes durable waits for these, too.
  await run('sync', [path])
  await rm(tree, { recursive: true })
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

function most(values: readonly number[]): string {
  return Math.max(...values).toFixed(0)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
