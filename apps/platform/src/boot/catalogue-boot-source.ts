import type { BootPlan, BootSource, MachineFacts, MachineQuirks, ServedFile } from '@bootcast/boot'
import { type BlobReader, type LocalFiles, parseDigest } from '@bootcast/content'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import type { Release } from '../catalogue/release.ts'
import type { MachineRegister } from '../machines/machine-register.ts'
import { imageFor, whatBoots } from '../machines/what-boots.ts'

export type CatalogueBootSourceSettings = {
  readonly catalogue: CatalogueStore
  readonly machines: MachineRegister
  readonly blobs: BlobReader & Partial<LocalFiles>
}

/** How soon a machine with nothing to boot asks again. */
const waitSeconds = 10
/** Files whose size and path are remembered; a release is immutable, so they stay right until it is removed. */
const keptFiles = 1000
const keptMs = 5_000

/** What machines boot, answered from the catalogue of this platform. */
export class CatalogueBootSource implements BootSource {
  readonly #settings: CatalogueBootSourceSettings
  readonly #files = new Map<string, { readonly file: ServedFile; readonly until: number }>()

  constructor(settings: CatalogueBootSourceSettings) {
    this.#settings = settings
  }

  async planFor(facts: MachineFacts): Promise<BootPlan> {
    const { catalogue, machines } = this.#settings
    const machine = await machines.boots(facts)
    const defaultImage = await catalogue.defaultImage()
    const name = imageFor(machine, defaultImage)
    const newest = await catalogue.newestReleases(name === undefined ? [] : [name])
    const what = whatBoots(machine, newest, defaultImage)
    return 'nothing' in what
      ? { method: 'wait', reason: what.nothing, seconds: waitSeconds }
      : planOf(what.release)
  }

  heard(facts: MachineFacts): void {
    this.#settings.machines.heard(facts)
  }

  quirksOf(mac: string): MachineQuirks {
    return this.#settings.machines.quirksOf(mac)
  }

  async openFile(text: string): Promise<ServedFile | undefined> {
    const known = this.#files.get(text)
    if (known !== undefined && known.until > Date.now()) return known.file
    const digest = parseDigest(text)
    if (digest === undefined) return undefined
    const found = await this.#settings.catalogue.findFile(digest)
    if (found === undefined) return undefined
    const { blobs } = this.#settings
    const path = await blobs.pathOf?.(digest)
    const file: ServedFile = {
      digest,
      size: found.size,
      ...(path !== undefined && { path }),
      read: (first, last) => blobs.read(digest, { first, last }),
    }
    if (this.#files.size >= keptFiles) this.#files.clear()
    this.#files.set(text, { file, until: Date.now() + keptMs })
    return file
  }
}

function planOf({ image, number, architecture, kernel, initrds, cmdline }: Release): BootPlan {
  return { method: 'linux', title: `${image} ${number}`, architecture, kernel, initrds, cmdline }
}
