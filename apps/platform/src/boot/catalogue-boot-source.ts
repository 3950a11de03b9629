import type { Readable } from 'node:stream'
import type {
  BootPlan,
  BootSource,
  DiskReport,
  MachineFacts,
  MachineQuirks,
  ServedFile,
} from '@bootcast/boot'
import { type BlobReader, type Digest, type LocalFiles, parseDigest } from '@bootcast/content'
import type { TreeTable } from '@bootcast/image'
import type { CatalogueStore, FileLocation, ReleaseName } from '../catalogue/catalogue-store.ts'
import type { MachineRegister } from '../machines/machine-register.ts'
import { imageFor, whatBoots } from '../machines/what-boots.ts'
import type { Deployer } from './deployer.ts'
import { inPieces } from './in-pieces.ts'
import { OpenTrees } from './open-trees.ts'
import { planOf } from './plan-of.ts'

export type CatalogueBootSourceSettings = {
  readonly catalogue: CatalogueStore
  readonly machines: MachineRegister
  readonly blobs: BlobReader & Partial<LocalFiles>
  readonly deployer?: Deployer | undefined
  /** An address of a blob in the store itself, where machines may reach it. */
  readonly elsewhere?: ((blob: Digest) => Promise<string>) | undefined
}

/** How soon a machine with nothing to boot asks again. */
const waitSeconds = 10
/** Files whose size and path are remembered; a release is immutable, so they stay right until it is removed. */
const keptFiles = 1000
const keptMs = 5_000
/** A machine that was told to boot a release may fetch its files for this long. */
const bootingMs = 60 * 60 * 1000

/** What machines boot, answered from the catalogue of this platform. */
export class CatalogueBootSource implements BootSource {
  readonly #settings: CatalogueBootSourceSettings
  readonly #trees: OpenTrees
  readonly #files = new Map<string, { readonly file: ServedFile; readonly until: number }>()

  /** `demo@3` → when a machine was last told to boot it. Growth: the releases of an hour. */
  readonly #told = new Map<string, number>()

  constructor(settings: CatalogueBootSourceSettings) {
    this.#settings = settings
    this.#trees = new OpenTrees(settings)
  }

  async planFor(facts: MachineFacts): Promise<BootPlan> {
    const { catalogue, machines } = this.#settings
    const machine = await machines.boots(facts)
    const defaultImage = await catalogue.defaultImage()
    const name = imageFor(machine, defaultImage)
    const releases = await catalogue.releasesFor(name === undefined ? [] : [name])
    const what = whatBoots(machine, releases, defaultImage)
    if ('nothing' in what) return { method: 'wait', reason: what.nothing, seconds: waitSeconds }
    this.#told.set(`${what.release.image}@${what.release.number}`, Date.now())
    return planOf(what.release, what.variant, { deployer: this.#settings.deployer, machine })
  }

  /** Only of a release that machines were told to boot a while ago: that the disk has it ends its deployment. */
  async reported({ mac, release, state }: DiskReport): Promise<void> {
    if (state !== 'done' || !this.#told.has(release)) return
    await this.#settings.machines.change(mac, { deployed: release, overwriteDisk: false })
  }

  /** Whether a machine may be in the middle of booting it. */
  isBooting({ image, number }: ReleaseName): boolean {
    const before = Date.now() - bootingMs
    for (const [name, at] of this.#told) if (at < before) this.#told.delete(name)
    return this.#told.has(`${image}@${number}`)
  }

  heard(facts: MachineFacts): void {
    this.#settings.machines.heard(facts)
  }

  quirksOf(mac: string): MachineQuirks {
    return this.#settings.machines.quirksOf(mac)
  }

  async openTreeFile(text: string, path: string): Promise<ServedFile | undefined> {
    const table = await this.#trees.open(text)
    const name = table && pathIn(table, path)
    if (table === undefined || name === undefined || !Object.hasOwn(table.files, name)) return undefined
    const extents = table.files[name] ?? []
    const [[index = 0, offset = 0] = [], ...more] = extents
    const blob = table.blobs[index]
    if (blob === undefined) return undefined
    const size = extents.reduce((sum, [, , length]) => sum + length, 0)
    const file = await this.#placed(`${text}/${name}`, { blob: blob.digest, offset, size })
    return more.length === 0
      ? file
      : inPieces(file, table, extents, (digest, first, last) => this.#read(digest, first, last))
  }

  async openFile(text: string): Promise<ServedFile | undefined> {
    const own = this.#settings.deployer?.files.get(text)
    if (own !== undefined) return own
    const known = this.#files.get(text)
    if (known !== undefined && known.until > Date.now()) return known.file
    const digest = parseDigest(text)
    if (digest === undefined) return undefined
    const found = await this.#settings.catalogue.findFile(digest)
    if (found === undefined) return undefined
    const { elsewhere } = this.#settings
    const isWhole = found.blob === digest
    const placed = await this.#placed(digest, found)
    const file =
      elsewhere !== undefined && isWhole ? { ...placed, elsewhere: () => elsewhere(digest) } : placed
    if (this.#files.size >= keptFiles) this.#files.clear()
    this.#files.set(text, { file, until: Date.now() + keptMs })
    return file
  }

  async #placed(name: string, { blob, offset, size }: FileLocation): Promise<ServedFile> {
    const path = await this.#settings.blobs.pathOf?.(digestIn(blob))
    return {
      digest: name,
      size,
      ...(path !== undefined && { path, offset }),
      read: (first, last) => this.#read(blob, offset + first, offset + last),
    }
  }

  #read(blob: string, first: number, last: number): Promise<Readable> {
    return this.#settings.blobs.read(digestIn(blob), { first, last })
  }
}

/** Paths may be asked for in any case where the tree has none. */
const pathIn = ({ ignoresCase }: TreeTable, path: string) =>
  ignoresCase === true ? path.toLowerCase() : path

function digestIn(text: string) {
  const digest = parseDigest(text)
  if (digest === undefined) throw new Error(`${text} is no digest`)
  return digest
}
