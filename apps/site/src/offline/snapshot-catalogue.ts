import { type Catalogue, type ListedImage, type Release, usualChannel } from '@bootcast/catalogue'
import type { Snapshot } from '@bootcast/uplink'
import { releaseOf } from '../cache/cache-groups.ts'
import { nameOf, type ReleaseBook } from '../cache/release-book.ts'

type Published = Pick<Snapshot, 'images' | 'releases' | 'references' | 'defaultImage'>

/** What is published, as the snapshot has it; where its bytes lie, as far as this site knows. */
export class SnapshotCatalogue implements Catalogue {
  readonly #snapshot: Published
  readonly #book: ReleaseBook
  readonly #images: readonly ListedImage[]

  constructor({ snapshot, book }: { readonly snapshot: Published; readonly book: ReleaseBook }) {
    this.#snapshot = snapshot
    this.#book = book
    this.#images = [...snapshot.images].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async defaultImage(): Promise<string | undefined> {
    return this.#snapshot.defaultImage
  }

  async releasesFor(references: readonly string[]): Promise<ReadonlyMap<string, Release>> {
    const found = new Map<string, Release>()
    for (const reference of references) {
      const release = this.#book.find(this.#followed(reference) ?? '')
      if (release !== undefined) found.set(reference, release)
    }
    return found
  }

  async listImages({ limit, after = '' }: Parameters<Catalogue['listImages']>[0]) {
    const rest = this.#images.filter(({ name }) => name > after)
    const items = rest.slice(0, limit)
    return { items, next: rest.length > limit ? items.at(-1)?.name : undefined }
  }

  async findFile(digest: string) {
    return this.#book.fileAt(digest)
  }

  async hasTree(digest: string): Promise<boolean> {
    return this.#book.hasTree(digest)
  }

  /** `demo@3` of `demo`, `demo@testing` or `demo@3`; only what the snapshot has. */
  #followed(reference: string): string | undefined {
    const [name = '', follows = usualChannel] = reference.split('@')
    const image = this.#snapshot.images.find((one) => one.name === name)
    if (image === undefined) return undefined
    if (/^\d+$/.test(follows)) {
      const asked = `${name}@${follows}`
      return this.#snapshot.releases.some((release) => nameOf(release) === asked) ? asked : undefined
    }
    const channel = image.channels.find((one) => one.name === follows)
    if (channel !== undefined) return `${name}@${channel.number}`
    // An image without the usual channel means its newest release, as the platform has said.
    return reference === name ? releaseOf(this.#snapshot.references, reference) : undefined
  }
}
