import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { biosLoader } from '../../modules/boot/testing/loader-files.ts'
import { type Client, createClient } from '../../modules/contract/src/index.ts'

const root = join(import.meta.dirname, '../..')
const startMs = 120_000

/** A program of this repository in a process of its own, on loopback. */
export class Program implements AsyncDisposable {
  readonly #main: string
  readonly #args: readonly string[]
  #child: ChildProcess | undefined
  #said = ''

  constructor(main: string, args: readonly string[]) {
    this.#main = join(root, main)
    this.#args = args
  }

  get said(): string {
    return this.#said
  }

  /** Until it says that it runs. @throws with what it said when it ends before */
  async start(args: readonly string[] = this.#args): Promise<void> {
    const before = this.#said.length
    const child = spawn(process.execPath, [this.#main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => {
        this.#said += part.toString()
      })
    const isRunning = () => this.#said.slice(before).includes('is running')
    await until('the program runs', startMs, () => {
      if (child.exitCode !== null)
        throw new Error(`it ended with ${child.exitCode}:\n${this.#said.slice(before)}`)
      return isRunning()
    })
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
  }
}

export type Ports = { readonly http: number; readonly uplink: number; readonly status: number }

/** A platform on loopback with nothing in it, and a signed-in administrator. */
export class TestPlatform implements AsyncDisposable {
  readonly program: Program
  readonly url: string
  readonly password: string
  readonly #folder: string
  #client: Client | undefined

  private constructor(
    folder: string,
    password: string,
    ports: Pick<Ports, 'http' | 'uplink'>,
    more: readonly string[],
  ) {
    this.#folder = folder
    this.password = password
    this.url = `http://127.0.0.1:${ports.http}`
    this.program = new Program('apps/platform/src/main.ts', [
      ...['--data', join(folder, 'data'), '--loaders', join(folder, 'loaders'), '--tftp-port', 'off'],
      ...['--listen', `127.0.0.1:${ports.http}`, '--site-listen', `127.0.0.1:${ports.uplink}`],
      ...['--admin-password-file', join(folder, 'password')],
      ...more,
    ])
  }

  /** `more`: further arguments. */
  static async start(more: readonly string[] = []): Promise<TestPlatform> {
    const folder = await mkdtemp(join(tmpdir(), 'bootcast-platform-'))
    const password = randomBytes(12).toString('hex')
    await writeFile(join(folder, 'password'), password, { mode: 0o600 })
    await mkdir(join(folder, 'loaders'))
    await writeFile(join(folder, 'loaders', 'undionly.kpxe'), biosLoader())
    const [http, uplink] = [await freePort(), await freePort()]
    const platform = new TestPlatform(folder, password, { http, uplink }, more)
    try {
      await platform.program.start()
      await platform.signIn()
      return platform
    } catch (error) {
      await platform[Symbol.asyncDispose]()
      throw error
    }
  }

  async signIn(): Promise<void> {
    const anybody = createClient({ url: this.url })
    const { token } = await anybody.call('signIn', { body: { user: 'admin', password: this.password } })
    this.#client = createClient({ url: this.url, token })
  }

  get client(): Client {
    if (this.#client === undefined) throw new Error('nobody is signed in')
    return this.#client
  }

  /** A Linux that nobody starts: its files are looked at by their heads only. */
  async publish(image: string, kernel: Buffer, initrd: Buffer): Promise<void> {
    const { digestOf } = await import('../../modules/content/src/index.ts')
    const put = async (name: string, bytes: Buffer) => {
      const digest = digestOf(bytes)
      await this.client.call('putBlob', {
        params: { digest },
        body: new Uint8Array(bytes),
        length: bytes.length,
      })
      return { name, digest }
    }
    const body = {
      kernel: await put('vmlinuz', kernel),
      initrds: [await put('initrd.gz', initrd)],
      cmdline: 'quiet',
    }
    await this.client.call('publishRelease', { params: { name: image }, body })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** A site on loopback. */
export class TestSite implements AsyncDisposable {
  readonly program: Program
  readonly url: string
  readonly statusUrl: string
  readonly uplinkUrl: string
  readonly folder: string
  readonly #args: readonly string[]

  private constructor(folder: string, { http, uplink, status }: Ports) {
    this.folder = folder
    this.url = `http://127.0.0.1:${http}`
    this.statusUrl = `http://127.0.0.1:${status}`
    this.uplinkUrl = `https://127.0.0.1:${uplink}`
    this.#args = [
      ...['--data', join(folder, 'data'), '--tftp-port', 'off', '--log-level', 'debug'],
      ...['--listen', `127.0.0.1:${http}`, '--status-listen', `127.0.0.1:${status}`],
      ...['--uplink-listen', `127.0.0.1:${uplink}`],
    ]
    this.program = new Program('apps/site/src/main.ts', ['run', ...this.#args])
  }

  static async make(): Promise<TestSite> {
    const folder = await mkdtemp(join(tmpdir(), 'bootcast-site-'))
    const [http, uplink, status] = [await freePort(), await freePort(), await freePort()]
    return new TestSite(folder, { http, uplink, status })
  }

  async join(url: string, token: string): Promise<void> {
    await this.program.start(['join', url, '--token', token, ...this.#args])
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.statusUrl}/metrics`)).text()
    return Number(new RegExp(`^bootcast_site_${name} (.*)$`, 'm').exec(text)?.[1])
  }

  /** How many authorities it believes. */
  async trusted(): Promise<number> {
    const text = await readFile(join(this.folder, 'data', 'identity', 'site.json'), 'utf8')
    return (JSON.parse(text) as { authorities: unknown[] }).authorities.length
  }

  /** What a machine is told. */
  async script(mac: string, from = this.url): Promise<string> {
    const answer = await fetch(`${from}/boot.ipxe?mac=${mac}&buildarch=x86_64&platform=pcbios`, {
      headers: { 'user-agent': 'iPXE/2.0.0' },
    })
    return await answer.text()
  }

  /** Boots as iPXE does: the script, then its files. */
  async boot(mac: string): Promise<readonly Buffer[]> {
    const script = await this.script(mac)
    const urls = [...script.matchAll(/http:\/\/\S+\/files\/\S+/g)].map(([url]) => url)
    const files: Buffer[] = []
    for (const url of urls) {
      const answer = await fetch(url)
      if (!answer.ok) throw new Error(`${answer.status} for a file`)
      files.push(Buffer.from(await answer.arrayBuffer()))
    }
    return files
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true, force: true })
  }
}

export async function until(
  what: string,
  ms: number,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + ms
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`)
    await sleep(100)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
