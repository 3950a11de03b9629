import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { ServedFile } from './boot-source.ts'
import type { Firmware } from './firmware.ts'
import { chooseLoaders, type LoaderLack, missingLoaders } from './loader-choice.ts'
import { type ProbedLoader, probeLoader } from './loader-probe.ts'
import { knownLoader } from './loaders.ts'
import type { BootLog } from './log.ts'
import type { Architecture } from './machine.ts'

/** The largest loader; iPXE's are 0.1 to 1.1 MiB. */
export const largestLoaderBytes = 16 * 1024 * 1024
const mostLoaders = 128
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/

export type Loader = {
  readonly name: string
  /** `sha256:…` */
  readonly digest: string
  readonly size: number
  readonly architecture: Architecture
  readonly platform: 'bios' | 'uefi'
  readonly version?: string
  /** This very binary has booted machines in the lab. */
  readonly proven: boolean
  readonly features: readonly string[]
  /** The kinds of firmware that get it now. */
  readonly firmwares: readonly string[]
}

/** The bytes are no boot program that we could hand out; `message` says what they are. */
export class NotALoader extends Error {
  override readonly name = 'NotALoader'
  readonly code = 'not_a_loader'
}

export type LoaderShelfSettings = {
  readonly directory: string
  readonly log: BootLog
  /** `yes`: machines with UEFI get the signed chain where there is one. Default `no`: iPXE. */
  readonly secureBoot?: 'no' | 'yes'
}

type Shelved = {
  readonly loader: Omit<Loader, 'firmwares'>
  readonly isIpxe: boolean
  readonly bytes: Uint8Array
}

/**
 * A directory of loaders: each file is one, its name is what machines ask for. All of them are kept in memory
 * (128 of 16 MiB at most; usually 3 MiB in all), so that the network never waits for a disk.
 */
export class LoaderShelf {
  readonly #directory: string
  readonly #log: BootLog
  #secureBoot: 'no' | 'yes'
  readonly #shelved = new Map<string, Shelved>()
  /** By firmware; made anew when a loader comes or goes. Asked on each DHCP packet. */
  #choice: ReadonlyMap<string, string> = new Map()
  /** Ends when the changes so far are on disk: one at a time, so that disk and memory agree. */
  #changes: Promise<unknown> = Promise.resolve()

  private constructor({ directory, log, secureBoot = 'no' }: LoaderShelfSettings) {
    this.#directory = directory
    this.#log = log
    this.#secureBoot = secureBoot
  }

  /** Opens the directory, and makes it where there is none. Files in it that are no loaders are logged and left alone. */
  static async open(settings: LoaderShelfSettings): Promise<LoaderShelf> {
    const { directory } = settings
    const shelf = new LoaderShelf(settings)
    await mkdir(directory, { recursive: true })
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (entry.name.startsWith('.incoming-')) await rm(join(directory, entry.name), { force: true })
      else if (!entry.isDirectory()) await shelf.#load(entry.name)
    }
    shelf.#choose()
    return shelf
  }

  /** All loaders, by name. */
  list(): readonly Loader[] {
    return [...this.#shelved.values()]
      .map((shelved) => this.#described(shelved))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  find(name: string): Loader | undefined {
    const shelved = this.#shelved.get(name)
    return shelved && this.#described(shelved)
  }

  /** The name of the loader for a firmware: the one the operator named if it is there, else the best. */
  nameFor(firmware: Firmware, wanted?: string): string | undefined {
    if (wanted !== undefined && this.#shelved.has(wanted)) return wanted
    return this.#choice.get(firmware.name)
  }

  /** The bytes of a loader, from memory. */
  read(name: string): Uint8Array | undefined {
    return this.#shelved.get(name)?.bytes
  }

  /** The same as a file for HTTP. */
  serve(name: string): ServedFile | undefined {
    const shelved = this.#shelved.get(name)
    if (shelved === undefined) return undefined
    const { digest, size } = shelved.loader
    const read = async (first: number, last: number) =>
      Readable.from([shelved.bytes.subarray(first, last + 1)])
    return { digest, size, read }
  }

  /**
   * Keeps a loader in place of the one with the same name. Durable when fulfilled.
   * @throws {NotALoader} the bytes are none, are too many, are not those of `digest`, or the name cannot stand in a URL
   */
  async import(name: string, content: AsyncIterable<Uint8Array>, digest?: string): Promise<Loader> {
    if (!namePattern.test(name))
      throw new NotALoader(
        `"${name.slice(0, 40)}" is no name for a loader: 1 to 128 of A-Z a-z 0-9 . _ + ~ -`,
      )
    const shelved = examine(name, await gather(name, content))
    if (digest !== undefined && shelved.loader.digest !== digest)
      throw new NotALoader(`the bytes of ${name} are ${shelved.loader.digest}, announced were ${digest}`)
    return this.#inTurn(async () => {
      if (this.#shelved.size >= mostLoaders && !this.#shelved.has(name))
        throw new NotALoader(`there are ${mostLoaders} loaders already; remove some first`)
      await this.#write(name, shelved.bytes)
      this.#shelved.set(name, shelved)
      this.#choose()
      return this.#described(shelved)
    })
  }

  /** False when there is none of this name. */
  remove(name: string): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!this.#shelved.has(name)) return false
      await rm(join(this.#directory, name), { force: true })
      this.#shelved.delete(name)
      this.#choose()
      return true
    })
  }

  /**
   * For which usual firmware there is no loader, or none that can do its part, and what to do; empty when all is there.
   * `dhcp`: how the platform takes part in it.
   */
  lacks(dhcp: 'off' | 'proxy' | 'server'): readonly LoaderLack[] {
    const loaders = new Map([...this.#shelved].map(([name, { loader }]) => [name, loader]))
    return missingLoaders({ loaders, choice: this.#choice, secureBoot: this.#secureBoot, dhcp })
  }

  /** The same, a sentence or two each. */
  missing(dhcp: 'off' | 'proxy' | 'server'): readonly string[] {
    return this.lacks(dhcp).map(({ what, why, todo }) => `${what}: ${why}. ${todo}`)
  }

  /** What machines with UEFI get from now on. */
  preferSecureBoot(secureBoot: 'no' | 'yes'): void {
    this.#secureBoot = secureBoot
    this.#choose()
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#changes.then(change)
    this.#changes = turn.catch(() => undefined)
    return turn
  }

  async #load(name: string): Promise<void> {
    const path = join(this.#directory, name)
    try {
      if (!namePattern.test(name) || this.#shelved.size >= mostLoaders) return
      if ((await stat(path)).size > largestLoaderBytes) throw new NotALoader('larger than 16 MiB')
      this.#shelved.set(name, examine(name, await readFile(path)))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#log('warn', 'a file among the loaders is none', { file: path, reason })
    }
  }

  /** Temporary file, fsync, rename, fsync of the directory: a crash leaves the old file or the new one. */
  async #write(name: string, bytes: Uint8Array): Promise<void> {
    const temporary = join(this.#directory, `.incoming-${crypto.randomUUID()}`)
    try {
      const file = await open(temporary, 'wx', 0o644)
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, join(this.#directory, name))
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    const directory = await open(this.#directory, 'r')
    await directory.sync().finally(() => directory.close())
  }

  #choose(): void {
    this.#choice = chooseLoaders([...this.#shelved.values()], this.#secureBoot)
  }

  #described({ loader }: Shelved): Loader {
    const chosenFor = [...this.#choice]
      .filter(([, name]) => name === loader.name)
      .map(([firmware]) => firmware)
    return { ...loader, firmwares: chosenFor }
  }
}

async function gather(name: string, content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of content) {
    size += part.length
    if (size > largestLoaderBytes) throw new NotALoader(`${name} is larger than 16 MiB: no loader is`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function examine(name: string, bytes: Uint8Array): Shelved {
  const probed: ProbedLoader | { readonly notALoader: string } = probeLoader(bytes)
  if ('notALoader' in probed) throw new NotALoader(`${name} is no boot loader: ${probed.notALoader}`)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const row = knownLoader(sha256)
  const version = row?.version ?? probed.version
  const loader = {
    name,
    digest: `sha256:${sha256}`,
    size: bytes.length,
    architecture: probed.architecture,
    platform: probed.platform,
    ...(version !== undefined && { version }),
    proven: row?.lab ?? false,
    features: row?.features ?? probed.features,
  }
  return { loader, isIpxe: probed.isIpxe, bytes }
}
