import type { MachineFacts, Opening } from '@bootcast/boot'
import { digestOf, MemoryStore } from '@bootcast/content'
import {
  type BlobFiles,
  CatalogueBootSource,
  Decisions,
  type Machine,
  type MachineChange,
  type MenuSettings,
  OpeningIndex,
  type Release,
  type ReleaseFile,
  strangerMachine,
  usualChannel,
} from '../src/index.ts'
import { linuxRelease } from './linux-release.ts'

/** All that a `CatalogueBootSource` asks, in memory: the newest release of each image is in `stable`. */
export class MemoryPlatform {
  readonly blobs = new MemoryStore()
  readonly releases: Release[] = []
  readonly machines = new Map<string, Machine>()
  readonly openings = new OpeningIndex<Opening>()
  readonly menu: MenuSettings = { menuDefault: 'wait', menuSeconds: 9 }
  /** Boots that are left, of openings by a number of them. */
  left = 1
  defaultImage: string | undefined
  imagesOf: 'all' | ReadonlySet<string> = 'all'
  readonly noted: string[] = []

  source(files?: BlobFiles): CatalogueBootSource {
    const { openings, blobs } = this
    const imagesOf = async () => this.imagesOf
    const installs = {
      readiness: async (all: readonly unknown[]) =>
        all.map(() => ({ documents: {}, values: new Map(), problems: [] })),
      document: async () => undefined,
    }
    const catalogue = {
      defaultImage: async () => this.defaultImage,
      releasesFor: async (references: readonly string[]) => this.#releasesFor(references),
      listImages: async () => ({ items: this.#images(), next: undefined }),
      findFile: async (digest: string) => this.#files().find((file) => file.digest === digest),
      hasTree: async () => false,
    }
    const known = async (facts: MachineFacts): Promise<Machine> => ({
      ...(this.machines.get(facts.mac) ?? strangerMachine(facts.mac)),
      ...facts,
      architecture: facts.architecture ?? 'unknown',
    })
    return new CatalogueBootSource({
      ...{ catalogue, installs, imagesOf },
      machines: {
        ...{ boots: known, knownWith: known, heard: () => undefined, quirksOf: () => ({}) },
        change: async (mac, change) => this.change(mac, change),
      },
      openings: { begin: async () => this.left-- > 0, finished: () => undefined },
      decisions: new Decisions({
        ...{ catalogue, installs, imagesOf, now: () => 10 },
        openings: { meaning: (facts) => openings.meaning(facts), underWay: () => new Set() },
      }),
      settings: { menu: async () => this.menu },
      phoneLog: { note: () => undefined },
      audit: { note: ({ action, about }) => void this.noted.push(`${action} ${about}`) },
      blobs: {
        find: (digest) => blobs.find(digest),
        read: (digest, range) => blobs.read(digest, range),
        ...files,
      },
    })
  }

  /** A release with this kernel, which is here. */
  async publish(image: string, kernel = Buffer.from(`the kernel of ${image}`)): Promise<Release> {
    const bytes = async function* () {
      yield kernel
    }
    await this.blobs.put(bytes())
    const part = { name: 'vmlinuz', digest: digestOf(kernel), size: kernel.length }
    const { channel: _, blobs: __, ...release } = linuxRelease({ image, kernel: part })
    return this.add({ ...release, number: this.releases.filter((one) => one.image === image).length + 1 })
  }

  add(release: Release): Release {
    this.releases.push(release)
    return release
  }

  change(mac: string, { image, nextImage }: MachineChange): void {
    const known = this.machines.get(mac) ?? strangerMachine(mac)
    this.machines.set(mac, {
      ...known,
      ...(image !== undefined && { image: image ?? undefined }),
      ...(nextImage !== undefined && { nextImage: nextImage ?? undefined }),
    })
  }

  #files(): readonly ReleaseFile[] {
    return this.releases.flatMap(({ variants }) => variants.flatMap(({ files }) => files))
  }

  #images() {
    const names = [...new Set(this.releases.map(({ image }) => image))].sort()
    return names.map((name) => ({ name, channels: [{ name: usualChannel, number: 1 }] }))
  }

  #releasesFor(references: readonly string[]): ReadonlyMap<string, Release> {
    return new Map(
      references.flatMap((reference) => {
        const [name, number] = reference.split('@')
        const found = this.releases.findLast(
          (one) =>
            one.image === name &&
            (number === undefined || number === usualChannel || one.number === Number(number)),
        )
        return found === undefined ? [] : [[reference, found] as const]
      }),
    )
  }
}
