import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** What the benchmarks of HTTP servers have in common: their processes, and the client that is never the limit. */
export const run = promisify(execFile)
const ticksPerSecond = 100 // proc_pid_stat(5) counts in USER_HZ, which is 100 on every Linux that Node runs on

export type Server = {
  readonly name: string
  readonly port: number
  readonly child: ChildProcess
}

/** The client of `http-sink.c`, compiled into a folder: its path. */
export async function compileSink(folder: string): Promise<string> {
  const path = join(folder, 'sink')
  await run('gcc', ['-O2', '-o', path, join(import.meta.dirname, 'http-sink.c')])
  return path
}

/** Starts a script of this folder that prints its port. */
export async function startScript(name: string, script: string, args: readonly string[]): Promise<Server> {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  return { name, port: Number(line), child }
}

/** Starts another server and waits until it answers at a port. */
export async function startPeer(
  name: string,
  port: number,
  command: string,
  args: readonly string[],
): Promise<Server> {
  // Some tell there all that they do.
  const child = spawn(command, args, { stdio: 'ignore' })
  child.on('error', () => undefined)
  await answers(name, port)
  return { name, port, child }
}

export async function stop({ child }: Server): Promise<void> {
  child.kill('SIGTERM')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function answers(name: string, port: number): Promise<void> {
  for (let i = 0; i < 400; i++) {
    const socket = connect(port, '127.0.0.1')
    const up = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (up) return
    await sleep(50)
  }
  throw new Error(`${name} does not answer on port ${port}`)
}

/** A process, its children, and theirs. */
export async function familyOf({ child: { pid = 0 } }: Server): Promise<readonly number[]> {
  const family = [pid]
  for (const one of family) {
    const children = await readFile(`/proc/${one}/task/${one}/children`, 'utf8').catch(() => '')
    family.push(...children.trim().split(' ').filter(Boolean).map(Number))
  }
  return family
}

/** Of all these processes. */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  const ticks = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8')
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
      return Number(fields[11]) + Number(fields[12])
    }),
  )
  return ticks.reduce((sum, value) => sum + value, 0) / ticksPerSecond
}

/** In MiB, of all these processes, shared pages counted each time. */
export async function rssOf(pids: readonly number[]): Promise<number> {
  const pages = await Promise.all(
    pids.map(async (pid) => Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1])),
  )
  return (pages.reduce((sum, value) => sum + value, 0) * 4096) / 2 ** 20
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}
