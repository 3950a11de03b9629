import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { runScript } from '../../../modules/netboot/testing/ipxe-reader.ts'
import { TftpTestClient } from '../../../modules/netboot/testing/tftp-client.ts'
import type { Bound, SwarmDhcp } from './swarm-dhcp.ts'

/** What became of a machine. Times are milliseconds of one clock. */
export type SimulatedMachine = {
  readonly onAt: number
  /** When kernel and initrds were whole; 0 when that never was. */
  readonly kernelAt: number
  /** How long each took, without waiting; of the last attempt. */
  readonly stages: Readonly<Record<'dhcp' | 'loader' | 'script' | 'files', number>>
  readonly waits: number
  readonly again: number
  readonly bytes: number
  readonly failure?: string
}

/** QEMU's ROM: what a BIOS says, and what iPXE says. */
const pxe = {
  'vendor-class-identifier': 'PXEClient:Arch:00000:UNDI:002001',
  'client-architecture': [0],
  'parameter-request-list': Uint8Array.of(1, 3, 6, 43, 54, 60, 66, 67),
}
const iPxe = { ...pxe, 'user-class': ['iPXE'] }
const tftpAttempts = 4
const tftpPatienceMs = 10_000
const silentMs = 60_000

/** Switches a machine on and follows what it is told, until it has its kernel or its patience ends. */
export async function bootOne(
  number: number,
  dhcp: SwarmDhcp,
  patienceMs: number,
): Promise<SimulatedMachine> {
  const machine = new Booting(number, dhcp, performance.now() + patienceMs)
  const onAt = performance.now()
  try {
    await machine.boot()
    return { ...machine.record(onAt), kernelAt: performance.now() }
  } catch (error) {
    return { ...machine.record(onAt), failure: (error as Error).message.replaceAll(/\d{3,}|\d+\.\S+/g, 'N') }
  }
}

class Booting {
  readonly #mac: string
  readonly #uuid: string
  readonly #dhcp: SwarmDhcp
  readonly #deadline: number
  readonly #stages = { dhcp: 0, loader: 0, script: 0, files: 0 }
  #waits = 0
  #again = 0
  #bytes = 0

  constructor(number: number, dhcp: SwarmDhcp, deadline: number) {
    const hex = number.toString(16).padStart(4, '0')
    this.#mac = `52:54:00:5a:${hex.slice(0, 2)}:${hex.slice(2)}`
    this.#uuid = `5a000000-0000-4000-8000-52540050${hex}`
    this.#dhcp = dhcp
    this.#deadline = deadline
  }

  record(onAt: number): SimulatedMachine {
    const { dhcp, loader, script, files } = this.#stages
    const counts = { waits: this.#waits, again: this.#again, bytes: this.#bytes }
    return { onAt, kernelAt: 0, stages: { dhcp, loader, script, files }, ...counts }
  }

  async boot(): Promise<void> {
    const firmware = await this.#timed('dhcp', () => this.#bind(pxe))
    await this.#timed('loader', () => this.#readLoader(firmware))
    const loader = await this.#timed('dhcp', () => this.#bind(iPxe))
    for (;;) {
      const commands = await this.#timed('script', () => this.#askForScript(loader))
      const files = filesOf(commands)
      if (files.length > 0 && (await this.#timed('files', () => this.#readFiles(files, loader)))) return
      this.#waits += 1
      const pauseMs = secondsToWait(commands) * 1000
      if (performance.now() + pauseMs > this.#deadline) throw new Error('still waiting: no more patience')
      await sleep(pauseMs)
    }
  }

  /** Sums up over attempts that were needed. */
  async #timed<T>(stage: keyof SimulatedMachine['stages'], work: () => Promise<T>): Promise<T> {
    const before = performance.now()
    const done = await work()
    this.#stages[stage] += performance.now() - before
    return done
  }

  #bind(options: typeof pxe): Promise<Bound> {
    const identity = { ...options, 'client-machine-identifier': this.#uuid }
    return this.#dhcp.bind({ mac: this.#mac, options: identity }, () => this.#countAgain())
  }

  #countAgain(): void {
    this.#again += 1
    if (performance.now() > this.#deadline) throw new Error('no answers: no more patience')
  }

  async #readLoader({ file, server, address }: Bound): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const client = await TftpTestClient.open(69, address, server)
      try {
        this.#bytes += (await client.fetch(file, { blksize: '1432', tsize: '0' }, tftpPatienceMs)).length
        return
      } catch (error) {
        if (attempt === tftpAttempts) throw new Error(`TFTP: ${(error as Error).message}`, { cause: error })
        this.#countAgain()
      } finally {
        client.close()
      }
    }
  }

  async #askForScript({ file, address }: Bound): Promise<readonly (readonly string[])[]> {
    const first = await textOf(await answer(file, address))
    const [chain = []] = runScript(first).filter(([name, ...words]) => name === 'chain' && words.length > 0)
    const url = new URL(chain.at(-1) ?? '')
    const facts = { mac: this.#mac, uuid: this.#uuid, address, buildarch: 'x86_64', platform: 'pcbios' }
    for (const [name, value] of Object.entries(facts)) url.searchParams.set(name, value)
    return runScript(await textOf(await answer(url.href.replaceAll('%3A', ':'), address)))
  }

  /** Whether all of them came whole. */
  async #readFiles(urls: readonly string[], { address }: Bound): Promise<boolean> {
    for (const url of urls) {
      try {
        const response = await answer(url, address)
        let got = 0
        for await (const part of response) got += (part as Buffer).length
        this.#bytes += got
        if (got !== Number(response.headers['content-length'])) return false
      } catch (error) {
        if (!(error instanceof NotServed)) throw error
        return false
      }
    }
    return true
  }
}

/** A server that is full, or has nothing yet: iPXE goes on with its script. */
class NotServed extends Error {
  override readonly name = 'NotServed'
}

async function answer(url: string, localAddress: string): Promise<IncomingMessage> {
  const asked = get(url, { localAddress, agent: false, timeout: silentMs })
  asked.once('timeout', () => asked.destroy(new Error(`HTTP: silent for ${silentMs} ms`)))
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  if (response.statusCode === 200) return response
  response.resume()
  throw new NotServed(`HTTP: ${response.statusCode}`)
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of response.setEncoding('utf8')) text += part
  return text
}

/** The URLs of kernel and initrds, in the order in which they are fetched. */
function filesOf(commands: readonly (readonly string[])[]): readonly string[] {
  return commands
    .filter(([name]) => name === 'kernel' || name === 'initrd')
    .map((words) => words.find((each) => /^https?:/.test(each)) ?? '')
}

function secondsToWait(commands: readonly (readonly string[])[]): number {
  const [, seconds] = commands.find(([name]) => name === 'sleep') ?? []
  if (seconds === undefined) throw new Error('the script neither starts a kernel nor says when to ask again')
  return Number(seconds)
}
