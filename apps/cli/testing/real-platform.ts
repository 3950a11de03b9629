import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const main = join(import.meta.dirname, '../../platform/src/main.ts')
/** Four seconds of a processor; a busy computer may give them a tenth of one. */
const startMilliseconds = 120_000

export type RealPlatform = AsyncDisposable & {
  readonly url: string
  readonly password: string
  stop(): Promise<void>
}

/** The platform of this repository in a process of its own, on loopback, with an empty catalogue. */
export async function startRealPlatform(...more: readonly string[]): Promise<RealPlatform> {
  const dir = await mkdtemp(join(tmpdir(), 'bootcast-platform-'))
  const password = randomBytes(12).toString('hex')
  await writeFile(join(dir, 'password'), password, { mode: 0o600 })
  await mkdir(join(dir, 'loaders'))
  const port = await freePort()
  const child = spawn(
    process.execPath,
    [
      main,
      ...['--data', join(dir, 'data'), '--loaders', join(dir, 'loaders')],
      ...['--listen', `127.0.0.1:${port}`, '--tftp-port', 'off', '--dhcp', 'off'],
      ...['--admin-password-file', join(dir, 'password')],
      ...more,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const said: Buffer[] = []
  child.stdout.on('data', (chunk) => said.push(chunk))
  child.stderr.on('data', (chunk) => said.push(chunk))
  const url = `http://127.0.0.1:${port}`
  const stop = () => ended(child)
  const platform = {
    url,
    password,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
  try {
    await running(child, () => Buffer.concat(said).toString())
    return platform
  } catch (error) {
    await platform[Symbol.asyncDispose]()
    throw new Error(`the platform does not start:\n${Buffer.concat(said)}`, { cause: error })
  }
}

/** It says so last, when its administrator can sign in. */
async function running(child: ChildProcess, said: () => string): Promise<void> {
  const giveUpAt = Date.now() + startMilliseconds
  while (Date.now() < giveUpAt) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    if (said().includes('is running')) return
    await delay(50)
  }
  throw new Error('it does not say that it is running')
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

async function freePort(): Promise<number> {
  const server = createServer()
  return listening(server).then((port) => {
    server.close()
    return port
  })
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/**
 * A network that breaks: passes connections on to `url`, and cuts each of the first `cuts` that brought more than
 * `afterBytes` towards the platform.
 */
export async function breakingNetwork(url: string, cuts: number, afterBytes: number) {
  const state = { cuts: 0 }
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(new URL(url).port), '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    let bytes = 0
    near.on('data', (chunk) => {
      bytes += chunk.length
      if (bytes <= afterBytes || state.cuts >= cuts) return
      state.cuts += 1
      near.destroy()
      far.destroy()
    })
    near.pipe(far).pipe(near)
  })
  const port = await listening(server)
  return {
    state,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
