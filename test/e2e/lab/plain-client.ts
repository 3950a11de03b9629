import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { runScript } from '../../../modules/netboot/testing/ipxe-reader.ts'
import { scratchDirectory } from './lab-run.ts'
import { macOf } from './machine.ts'
import { type LabNetwork, serverAddress } from './network.ts'

const base = `http://${serverAddress}:8080`

/** A file of a release as it came, or did not. */
export type CameFile = {
  readonly url: string
  readonly status: number
  readonly bytes: number
  /** Whether its bytes are those that its address names. */
  readonly isRight: boolean
}

/** A machine without firmware: asks from the namespace `client` what iPXE asks, where firmware would add nothing. */
export class PlainClient {
  readonly mac: string
  readonly #address: string
  readonly #network: LabNetwork

  private constructor(network: LabNetwork, number: number) {
    this.#network = network
    this.mac = macOf(number)
    this.#address = `10.77.0.${number}`
  }

  /** In the place of one before. @param number 50 to 99: of its hardware address, and of its address */
  static async plug(network: LabNetwork, number: number): Promise<PlainClient> {
    const client = new PlainClient(network, number)
    const ip = (...args: readonly string[]) => network.run(network.client, 'ip', args)
    await ip('addr', 'flush', 'dev', 'eth0', 'scope', 'global')
    await ip('link', 'set', 'eth0', 'address', client.mac)
    await ip('addr', 'add', `${client.#address}/24`, 'dev', 'eth0')
    return client
  }

  /** The script for this machine. */
  async ask(): Promise<string> {
    const facts = { mac: this.mac, address: this.#address, buildarch: 'x86_64', platform: 'pcbios' }
    const query = new URLSearchParams(facts)
    return await this.text(`${base}/boot.ipxe?${query}`)
  }

  async text(url: string, more: readonly string[] = []): Promise<string> {
    return await this.#curl([...more, url])
  }

  /** What the question after a sign-in with a password is answered. `script`: that of a menu. */
  async signIn(script: string, user: string, password: string): Promise<string> {
    const [, menu = ''] = /(http:\S+)\/session\/sign-in/.exec(script) ?? []
    const hex = (text: string) => Buffer.from(text).toString('hex')
    return await this.text(`${menu}/session/check`, ['--user', `${hex(user)}:${hex(password)}`])
  }

  /** Kernel and initrds of a script, in the order of iPXE. */
  async fetchAll(script: string): Promise<readonly CameFile[]> {
    const came: CameFile[] = []
    for (const url of filesOf(script)) came.push(await this.fetch(url))
    return came
  }

  async fetch(url: string): Promise<CameFile> {
    const path = join(scratchDirectory(), 'file')
    const told = await this.#curl([
      '--output',
      path,
      '--write-out',
      '%{http_code} %{size_download}',
      url,
    ]).catch(() => '0 0')
    const [status = 0, bytes = 0] = told.split(' ').map(Number)
    const hash = createHash('sha256')
    if (bytes > 0) await pipeline(createReadStream(path), hash)
    await rm(path, { force: true })
    return { url, status, bytes, isRight: url.includes(`/${hash.digest('hex')}/`) }
  }

  async #curl(args: readonly string[]): Promise<string> {
    return await this.#network.run(this.#network.client, 'curl', ['--silent', '--max-time', '90', ...args])
  }
}

/** The addresses of kernel and initrds. */
export const filesOf = (script: string): readonly string[] =>
  runScript(script)
    .filter(([command]) => command === 'kernel' || command === 'initrd')
    .flatMap((words) => words.find((word) => word.startsWith('http:')) ?? [])
