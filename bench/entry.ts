import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { SqlCatalogueStore } from '../apps/platform/src/catalogue/sql-catalogue-store.ts'
import { openDatabase } from '../apps/platform/src/database/open.ts'
import { SqlMachineStore } from '../apps/platform/src/machines/sql-machine-store.ts'
import { SqlOpeningStore } from '../apps/platform/src/openings/sql-opening-store.ts'
import { linuxRelease } from '../modules/catalogue/testing/linux-release.ts'

/**
 * How fast the entry script is made: the platform as a process on one core, wrk on the other, machines at random. With
 * 10,000 machines, 1,000 openings and 500 images, and with ten times as many; beside a server that does Matchbox's work
 * (bench/group-match.ts); and while passwords are judged. `npm run bench entry`.
 */
const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const rounds = Number(process.argv[2] ?? 3)
const seconds = Number(process.argv[3] ?? 8)
const small = { machines: 10_000, openings: 1_000, images: 500 }
const large = { machines: 100_000, openings: 10_000, images: 5_000 }
type Size = typeof small
type Measured = { readonly rate: number; readonly p50: number; readonly p99: number }

const platformOf = (data: string): readonly string[] => [
  'apps/platform/src/main.ts',
  ...[
    '--data',
    data,
    '--loaders',
    join(folder, 'loaders'),
    '--listen',
    '127.0.0.1:18090',
    '--tftp-port',
    'off',
    '--log-level',
    'error',
  ],
]

const folder = await mkdtemp(join(tmpdir(), 'bootcast-bench-'))
try {
  await main()
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function main(): Promise<void> {
  const table = new Map<string, Measured[]>()
  const note = (name: string, measured: Measured) => table.set(name, [...(table.get(name) ?? []), measured])
  for (const [name, size] of [
    ['small', small],
    ['large', large],
  ] as const)
    await seed(join(folder, name), size)
  for (let n = 0; n < rounds; n++)
    for (const [name, size] of [
      ['small', small],
      ['large', large],
    ] as const) {
      const label = `${size.machines} machines, ${size.openings} openings, ${size.images} images`
      note(`bootcast: ${label}`, await withServer(platformOf(join(folder, name)), (port) => load(port, size)))
      note(
        `group match: ${label}`,
        await withServer(['bench/group-match.ts', ...Object.values(size).map(String)], (port) =>
          load(port, size),
        ),
      )
      if (name === 'small')
        note(
          `bootcast, passwords judged: ${label}`,
          await withServer(platformOf(join(folder, name)), async (port) => {
            const guessing = new AbortController()
            const guesses = guess(port, guessing.signal)
            const measured = await load(port, size)
            guessing.abort()
            await guesses
            return measured
          }),
        )
    }
  process.stdout.write('| server | scripts/s | p50 | p99 |\n|---|---|---|---|\n')
  for (const [name, all] of table) {
    const middle = (key: keyof Measured) =>
      all.map((one) => one[key]).sort((a, b) => a - b)[all.length >> 1] ?? 0
    process.stdout.write(
      `| ${name} | ${middle('rate').toFixed(0)} | ${middle('p50').toFixed(1)} ms | ${middle('p99').toFixed(1)} ms |\n`,
    )
  }
}

function macOf(n: number): string {
  return `52:54:${[24, 16, 8, 0].map((shift) => ((n >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`
}

/** A catalogue of that size: every tenth machine is assigned, the openings are for subnets, labels and machines. */
async function seed(data: string, { machines, openings, images }: Size): Promise<void> {
  await run('mkdir', ['-p', data])
  const database = await openDatabase({ kind: 'sqlite', path: join(data, 'catalogue.db') })
  const catalogue = new SqlCatalogueStore(database)
  const store = new SqlMachineStore(database)
  const kernel = { name: 'vmlinuz', digest: `sha256:${'0'.repeat(64)}`, size: 1 }
  for (let n = 0; n < images; n++)
    await catalogue.addRelease(linuxRelease({ image: `image-${n}`, kernel, cmdline: 'quiet' }))
  for (let n = 0; n < machines; n += 5_000)
    await store.record(
      Array.from({ length: Math.min(5_000, machines - n) }, (_, i) => ({
        facts: { mac: macOf(n + i), architecture: 'x86_64', firmware: 'uefi' },
        at: Date.now(),
        boots: true,
      })),
    )
  for (let n = 0; n < machines; n += 10) await store.change(macOf(n), { image: `image-${n % images}` })
  const register = new SqlOpeningStore(database)
  for (let n = 0; n < openings; n++)
    await register.add({
      reference: `image-${n % images}`,
      criteria:
        n % 3 === 0
          ? { subnet: `10.${(n >> 6) & 255}.${(n & 63) << 2}.0/22` }
          : n % 3 === 1
            ? { mac: macOf(n * 7) }
            : { label: `label-${n}` },
      boots: n % 2 === 0,
      opensAt: Date.now(),
      closesAt: undefined,
      times: undefined,
      createdAt: Date.now(),
      createdBy: 'bench',
    })
  await database.destroy()
}

/** Runs a server on the second core. */
async function withServer<T>(args: readonly string[], work: (port: number) => Promise<T>): Promise<T> {
  const child = spawn('taskset', ['-c', '1', process.execPath, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (part: Buffer) => {
    said += part
  })
  try {
    while (!said.includes('is running')) {
      if (child.exitCode !== null) throw new Error(`${args[0]} ended:\n${said}`)
      await sleep(50)
    }
    return await work(18_090)
  } finally {
    child.kill()
    await once(child, 'exit')
  }
}

async function load(port: number, { machines }: Size): Promise<Measured> {
  const lua = join(folder, 'machines.lua')
  await writeFile(
    lua,
    `math.randomseed(os.time())
request = function()
  local n = math.random(0, ${machines - 1})
  local mac = string.format("52:54:%02x:%02x:%02x:%02x", math.floor(n / 16777216) % 256, math.floor(n / 65536) % 256, math.floor(n / 256) % 256, n % 256)
  return wrk.format("GET", "/boot.ipxe?mac=" .. mac .. "&uuid=4c4c4544-0000-1000-8000-000000000001&buildarch=x86_64&platform=efi&serial=S" .. n)
end
done = function(summary, latency)
  io.write(string.format("RESULT %f %f %f %d\\n", summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.errors.status))
end
`,
  )
  const wrk = (time: number) =>
    run('taskset', [
      '-c',
      '0',
      'wrk',
      '-t',
      '1',
      '-c',
      '16',
      '-d',
      `${time}s`,
      '-s',
      lua,
      `http://127.0.0.1:${port}`,
    ])
  await wrk(2)
  const { stdout } = await wrk(seconds)
  const [, rate, p50, p99, failed] = /RESULT (\S+) (\S+) (\S+) (\d+)/.exec(stdout) ?? []
  if (failed !== '0') throw new Error(`${failed} answers were no scripts:\n${stdout}`)
  return { rate: Number(rate), p50: Number(p50), p99: Number(p99) }
}

/** Keeps argon2 busy: sign-ins one after another, of ever other users. */
async function guess(port: number, signal: AbortSignal): Promise<void> {
  const one = async (n: number) => {
    for (let m = 0; !signal.aborted; m++)
      await fetch(`http://127.0.0.1:${port}/api/v1/sign-in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user: `nobody-${n}-${m}`, password: 'guess' }),
      }).catch(() => undefined)
  }
  await Promise.all([one(1), one(2), one(3), one(4)])
}
