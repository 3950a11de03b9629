import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bzImageHead } from '../modules/image/testing/boot-images.ts'
import { LabNetwork } from '../test/e2e/lab/network.ts'
import { loaders } from '../test/e2e/lab/platform.ts'
import { plainEnvironment, run } from '../test/e2e/lab/processes.ts'
import { ProgramProcess } from '../test/e2e/lab/program-process.ts'
import {
  bootSwarm,
  prepareSwarm,
  type Spread,
  type SwarmResult,
  swarmOptions,
  swarmServer,
} from '../test/e2e/lab/swarm.ts'

/**
 * How long simulated machines that are switched on almost at once take to their kernel, from a platform in a network
 * namespace. `npm run bench machines`, or `node bench/machines.ts MACHINES WITHIN_SECONDS KERNEL_MIB` for other than
 * 1000 machines within 10 s that load 8 MiB. Machines and platform share the computer: their own work is in the numbers.
 */
const machines = Number(process.argv[2] ?? 1000)
const withinSeconds = Number(process.argv[3] ?? 10)
const mib = Number(process.argv[4] ?? 8)
const patienceMs = 300_000
const root = join(import.meta.dirname, '..')
const folder = await mkdtemp(join(tmpdir(), 'bootcast-bench-'))

try {
  await main()
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function main(): Promise<void> {
  using network = await LabNetwork.open()
  await prepareSwarm(network)
  const password = join(folder, 'password')
  await writeFile(password, 'correct horse battery staple\n', { mode: 0o600 })
  await using platform = new ProgramProcess({
    namespace: network.server,
    main: 'apps/platform/src/main.ts',
    args: [
      ...['--data', join(folder, 'data'), '--loaders', loaders, '--log-level', 'warn'],
      ...['--admin-password-file', password, ...swarmOptions],
    ],
  })
  await platform.start()
  await publish(network, password)
  process.stdout.write(
    report(await bootSwarm(network, { machines, withinMs: withinSeconds * 1000, patienceMs })),
  )
}

async function publish(network: LabNetwork, password: string): Promise<void> {
  const [kernel, initrd] = [join(folder, 'vmlinuz'), join(folder, 'initrd')]
  await writeFile(kernel, Buffer.concat([bzImageHead(), randomBytes(mib * 2 ** 20 * 0.25)]))
  await writeFile(initrd, gzipSync(randomBytes(mib * 2 ** 20 * 0.75)))
  const bin = join(root, 'apps/cli/bin/bootcast.cjs')
  const env = { ...plainEnvironment(), XDG_CONFIG_HOME: folder }
  const cli = (...args: string[]) =>
    run('ip', ['netns', 'exec', network.server, process.execPath, bin, ...args], { env })
  await cli('sign-in', `http://${swarmServer}:8080`, '--user', 'admin', '--password-file', password)
  await cli('publish', 'demo', '--kernel', kernel, '--initrd', initrd, '--cmdline', 'quiet')
  await cli('image', 'default', 'demo')
}

function report(result: SwarmResult): string {
  const row = (name: string, { p50, p99, most }: Spread) => `| ${name} | ${p50} | ${p99} | ${most} |`
  const { stages, kernelMs, seconds, bytes } = result
  return [
    `${result.machines} machines switched on within ${withinSeconds} s, ${mib} MiB each, ${cpus().length} cores ${cpus()[0]?.model.trim()}, Node ${process.versions.node}:`,
    `${result.succeeded} got their kernel, the last one after ${seconds.toFixed(1)} s; ${(bytes / 2 ** 20 / seconds).toFixed(0)} MiB/s; ${result.waits} times told to wait, ${result.again} times asked again.`,
    ...Object.entries(result.failures).map(([why, count]) => `${count} failed: ${why}`),
    '',
    '| milliseconds | p50 | p99 | most |',
    '|---|---|---|---|',
    row('power-on to kernel', kernelMs),
    row('DHCP, twice', stages.dhcp),
    row('loader by TFTP', stages.loader),
    row('two scripts', stages.script),
    row('kernel and initrd', stages.files),
    '',
  ].join('\n')
}
