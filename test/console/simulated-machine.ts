import { setTimeout as sleep } from 'node:timers/promises'

export type Facts = Partial<
  Record<'product' | 'manufacturer' | 'serial' | 'uuid' | 'address' | 'buildarch' | 'platform', string>
>

const iPxe = { 'user-agent': 'iPXE/2.0.0+ (g12ab)' }

/** Asks the platform as a boot loader does, over its real paths. */
export class SimulatedMachine {
  readonly mac: string
  readonly #url: string
  readonly #facts: Facts
  #script = ''

  constructor(url: string, mac: string, facts: Facts = {}) {
    this.#url = url
    this.mac = mac
    this.#facts = { buildarch: 'x86_64', platform: 'pcbios', ...facts }
  }

  /** What it is told to boot. */
  async ask(): Promise<string> {
    const facts = Object.entries({ mac: this.mac, ...this.#facts })
    const query = facts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
    this.#script = await (await fetch(`${this.#url}/boot.ipxe?${query}`, { headers: iPxe })).text()
    return this.#script
  }

  /** The files that it was told of. */
  get files(): readonly string[] {
    return [...this.#script.matchAll(/http:\/\/\S+\/files\/\S+/g)].map(([url]) => url)
  }

  /** Until the system has all that the loader fetches. */
  async boot(): Promise<void> {
    await this.ask()
    for (const url of this.files) await (await this.#get(url)).arrayBuffer()
  }

  /** Hangs up in the middle of its first file. */
  async breakOff(): Promise<void> {
    const ending = new AbortController()
    const response = await this.#get(this.#first, ending.signal)
    await response.body?.getReader().read()
    ending.abort()
  }

  /** Fetches its first file so slowly that nobody sees the end, until `signal` is aborted. */
  async linger(signal: AbortSignal): Promise<void> {
    const reader = (await this.#get(this.#first, signal)).body?.getReader()
    const dawdle = async () => {
      while ((await reader?.read())?.done === false) await sleep(500, undefined, { signal })
    }
    dawdle().catch(() => undefined)
  }

  /** Asks for a file that its key does not open. */
  async snoop(): Promise<void> {
    await this.#get(this.#first.replace(/\/files\/[0-9a-f]{64}\//, `/files/${'0'.repeat(64)}/`))
  }

  async phoneHome(state: 'done' | 'failed' | 'log', text: string): Promise<void> {
    const place = this.#first.replace(/\/files\/.*/, '/phone-home')
    await this.#get(`${place}?state=${state}&text=${encodeURIComponent(text)}`)
  }

  get #first(): string {
    const [first] = this.files
    if (first === undefined) throw new Error(`${this.mac} has nothing to boot:\n${this.#script}`)
    return first
  }

  #get(url: string, signal?: AbortSignal): Promise<Response> {
    return fetch(url, { headers: iPxe, ...(signal && { signal }) })
  }
}
