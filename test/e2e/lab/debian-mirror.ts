import { createReadStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { debianArchive, labCache } from '../../../tools/deployer/debian-files.ts'
import { scratchDirectory } from './lab-run.ts'
import type { LabNetwork } from './network.ts'
import { run, startInside, until } from './processes.ts'

const helper = '/usr/lib/apt/apt-helper'
const folder = join(labCache, 'mirror')
/** Paths of a Debian archive: nothing that leads out of the folder, nothing that a URL would have to escape. */
const isPath =
  /^\/debian\/((?:dists|pool)\/[A-Za-z0-9][A-Za-z0-9._+~:@-]*(?:\/[A-Za-z0-9][A-Za-z0-9._+~:@-]*)*)$/

/**
 * This machine's Debian mirror at `/debian`, for machines of the lab, which have no network but their own. Files come as
 * apt gets them, with its sources and proxies; packages stay in the cache, indexes for as long as the process runs.
 */
export class DebianMirror {
  readonly #upstream: string
  readonly #own: ReadonlyMap<string, string>
  readonly #under: string
  readonly #fetching = new Map<string, Promise<string | undefined>>()
  readonly #server: Server
  /** What was asked for and is not there, for whoever looks why an installation failed. */
  readonly missing = new Set<string>()

  private constructor(upstream: string, own: ReadonlyMap<string, string>) {
    this.#upstream = upstream
    this.#own = own
    this.#under = join(folder, String(process.pid))
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
  }

  /** Listens at a path (a socket that namespaces share) or a port. `own`: paths below /debian that are files here. */
  static async open(
    at: string | number,
    own: ReadonlyMap<string, string> = new Map(),
  ): Promise<DebianMirror> {
    const mirror = new DebianMirror(await debianArchive(), own)
    await new Promise<void>((resolve) => mirror.#server.listen(at, resolve))
    return mirror
  }

  /** Reached at a port in a network of the lab; it ends with the network. */
  static async within(
    network: LabNetwork,
    port: number,
    own: ReadonlyMap<string, string>,
  ): Promise<DebianMirror> {
    const socket = join(scratchDirectory(), 'mirror')
    const mirror = await DebianMirror.open(socket, own)
    const args = [join(import.meta.dirname, 'relay.ts'), String(port), socket]
    const relay = startInside(network.server, process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    relay.unref()
    let said = ''
    relay.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    await until('the mirror is reached in the network of the lab', 30, () => said.includes('ready'))
    return mirror
  }

  async #answer({ url = '', method = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = isPath.exec(decodeURIComponent(url))?.[1]
    const file = path === undefined ? undefined : (this.#own.get(path) ?? (await this.#file(path)))
    if (file === undefined) {
      this.missing.add(url)
      return void response.writeHead(404).end()
    }
    const { size } = await stat(file)
    response.writeHead(200, { 'content-length': size, 'content-type': 'application/octet-stream' })
    if (method === 'HEAD') return void response.end()
    await pipeline(createReadStream(file), response)
  }

  #file(path: string): Promise<string | undefined> {
    const known = this.#fetching.get(path) ?? this.#fetch(path)
    this.#fetching.set(path, known)
    return known
  }

  /** Where it lies now; `undefined`: the mirror has no such file. */
  async #fetch(path: string): Promise<string | undefined> {
    const file = join(path.startsWith('pool/') ? folder : this.#under, path)
    if (
      await stat(file).then(
        () => true,
        () => false,
      )
    )
      return file
    await mkdir(dirname(file), { recursive: true })
    const arriving = `${file}.${process.pid}`
    try {
      await run(helper, ['-o', 'APT::Sandbox::User=root', 'download-file', this.#upstream + path, arriving])
    } catch {
      return undefined
    }
    await rename(arriving, file)
    return file
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    await rm(this.#under, { recursive: true, force: true })
  }
}
