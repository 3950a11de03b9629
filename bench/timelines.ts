import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

/*
 * What timelines cost the hot path: boot scripts at a fixed rate, with and without, interleaved. Latency counts from
 * the moment at which a script should have been asked for, so a server that stalls is seen. Two kinds of load: each
 * machine asks once (each script begins a timeline), and a thousand machines that wait ask again and again.
 */
const perSecond = Number(process.env['BENCH_RATE'] ?? 2000)
const seconds = Number(process.env['BENCH_SECONDS'] ?? 10)
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3)
const connections = 64
const loads = { 'each machine once': perSecond * (seconds + 1), 'a thousand again and again': 1000 } as const

type Usage = { readonly cpuUs: number; readonly heapMiB: number; readonly rssMiB: number }
type Run = { readonly latencies: readonly number[]; readonly usage: Usage; readonly cpuUs: number }

const server = join(import.meta.dirname, 'script-server.ts')
const hex = (n: number) => n.toString(16).padStart(2, '0')

async function run(mode: 'timelines' | 'none', machines: number): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'bootcast-bench-'))
  mkdirSync(join(folder, 'loaders'))
  const child = fork(server, [mode, folder], { stdio: 'inherit' })
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    const sockets = await Promise.all(Array.from({ length: connections }, () => opened(port)))
    await ask(sockets, machines, 1)
    const before = await usageOf(child)
    const latencies = await ask(sockets, machines, seconds)
    const usage = await usageOf(child)
    for (const socket of sockets) socket.destroy()
    return { latencies, usage, cpuUs: (usage.cpuUs - before.cpuUs) / latencies.length }
  } finally {
    child.kill()
    await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
}

async function usageOf(child: ChildProcess): Promise<Usage> {
  const answer = once(child, 'message')
  child.send('usage')
  const [usage] = (await answer) as [Usage]
  return usage
}

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true)
  await once(socket, 'connect')
  return socket
}

let asked = 0

async function ask(sockets: readonly Socket[], machines: number, forSeconds: number): Promise<number[]> {
  const idle = [...sockets]
  const due: number[] = []
  const latencies: number[] = []
  const total = perSecond * forSeconds
  const start = performance.now()
  let scheduled = 0
  const next = () => {
    while (idle.length > 0 && due.length > 0) {
      const socket = idle.shift() as Socket
      const since = due.shift() as number
      asked += 1
      const n = asked % machines
      const mac = `52:54:00:${hex(n >> 16)}:${hex((n >> 8) & 255)}:${hex(n & 255)}`
      let text = ''
      const take = (chunk: Buffer) => {
        text += chunk.toString('latin1')
        const [head = '', body] = text.split('\r\n\r\n')
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
        if (body === undefined || body.length < length) return
        socket.off('data', take)
        latencies.push(performance.now() - since)
        idle.push(socket)
        next()
      }
      socket.on('data', take)
      socket.write(`GET /boot.ipxe?mac=${mac}&platform=efi&buildarch=x86_64 HTTP/1.1\r\nHost: b\r\n\r\n`)
    }
  }
  while (latencies.length < total) {
    const now = performance.now()
    while (scheduled < total && start + (scheduled * 1000) / perSecond <= now) {
      due.push(start + (scheduled * 1000) / perSecond)
      scheduled += 1
    }
    next()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return latencies
}

const quantile = (sorted: readonly number[], q: number) => sorted[Math.floor((sorted.length - 1) * q)] ?? 0
const median = (values: readonly number[]) =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  )

console.log(
  `\nBoot scripts on loopback, ${perSecond}/s for ${seconds} s: medians of ${rounds} interleaved runs, ${cpus().length} cores ${cpus()[0]?.model}, Node ${process.versions.node}.\n`,
)
console.log('| load | timelines | p50 | p99 | p99.9 | worst | CPU of the thread per script | RSS, MiB |')
console.log('|---|---|---|---|---|---|---|---|')
for (const [load, machines] of Object.entries(loads)) {
  const runs = { none: [] as Run[], timelines: [] as Run[] }
  for (let round = 0; round < rounds; round += 1)
    for (const mode of ['none', 'timelines'] as const) runs[mode].push(await run(mode, machines))
  for (const [mode, all] of Object.entries(runs)) {
    const of = (q: number) =>
      median(
        all.map(({ latencies }) =>
          quantile(
            [...latencies].sort((a, b) => a - b),
            q,
          ),
        ),
      ).toFixed(2)
    const cpu = median(all.map(({ cpuUs }) => cpuUs)).toFixed(0)
    const rss = median(all.map(({ usage }) => usage.rssMiB)).toFixed(0)
    console.log(
      `| ${load} | ${mode} | ${of(0.5)} ms | ${of(0.99)} ms | ${of(0.999)} ms | ${of(1)} ms | ${cpu} µs | ${rss} |`,
    )
  }
}
