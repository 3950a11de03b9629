import {
  type BlobOfImage,
  comparable,
  type FileLocation,
  type MappedBlob,
  type WholeRelease,
} from '@bootcast/catalogue'

/** Where releases that were told in the past stay, so that their bytes serve the next ones. */
export interface ReleaseStore {
  load(): readonly WholeRelease[]
  keep(release: WholeRelease): void
  forget(name: string): void
}

/** A file beside those of releases: the deploy environment. */
export type LooseFile = { readonly digest: string; readonly location: FileLocation; readonly size: number }

/** Releases beside those of the snapshot that are remembered. */
const mostOthers = 500
const mostLoose = 100

export const nameOf = ({ image, number }: Pick<WholeRelease, 'image' | 'number'>): string =>
  `${image}@${number}`

/**
 * The releases that this site knows: those of its snapshot, those that it was told to boot, and older ones whose bytes
 * may still be here. Growth: the releases of the snapshot, and 500.
 */
export class ReleaseBook {
  readonly #store: ReleaseStore | undefined
  readonly #onTrouble: (error: unknown) => void
  readonly #releases = new Map<string, WholeRelease>()
  readonly #files = new Map<string, FileLocation>()
  readonly #trees = new Set<string>()
  readonly #blobs = new Map<string, BlobOfImage>()
  readonly #loose = new Map<string, LooseFile>()
  #current: ReadonlySet<string> = new Set()

  /** `onTrouble`: something could not be kept for the next start; nothing stops for it. */
  constructor(store?: ReleaseStore, onTrouble: (error: unknown) => void = () => undefined) {
    this.#store = store
    this.#onTrouble = onTrouble
    for (const release of store?.load() ?? []) this.#add(release)
  }

  /** Those of the snapshot now; others stay while there is room. */
  follow(releases: readonly WholeRelease[]): void {
    this.#current = new Set(releases.map(nameOf))
    for (const release of releases) this.#put(release)
    this.#makeRoom()
  }

  /** A published release never changes: one that is known already is the same. */
  know(release: WholeRelease): void {
    this.#put(release)
    this.#makeRoom()
  }

  knowFile(file: LooseFile): void {
    if (this.#files.has(file.digest)) return
    this.#loose.delete(file.digest)
    this.#loose.set(file.digest, file)
    const [oldest] = this.#loose.keys()
    if (this.#loose.size > mostLoose && oldest !== undefined) this.#loose.delete(oldest)
  }

  find(name: string): WholeRelease | undefined {
    return this.#releases.get(name)
  }

  all(): Iterable<WholeRelease> {
    return this.#releases.values()
  }

  /** Of files that no release has. */
  looseBlobs(): readonly string[] {
    return [...this.#loose.values()].map(({ location }) => location.blob)
  }

  fileAt(digest: string): FileLocation | undefined {
    return this.#files.get(digest) ?? this.#loose.get(digest)?.location
  }

  hasTree(digest: string): boolean {
    return this.#trees.has(digest)
  }

  /** What is known of a blob before it is here. */
  blob(digest: string): BlobOfImage | undefined {
    const known = this.#blobs.get(digest)
    if (known !== undefined) return known
    const loose = this.#loose.get(digest)
    return loose && { digest, size: loose.size, image: undefined }
  }

  /** What a blob is compared with; whoever asks knows which of it is here. */
  basesOf(digest: string): readonly MappedBlob[] {
    return comparable(this.#blobs.get(digest) ?? { digest, image: undefined }, this.#blobs.values())
  }

  #put(release: WholeRelease): void {
    const name = nameOf(release)
    const known = this.#releases.get(name)
    this.#releases.delete(name)
    if (known !== undefined) {
      this.#releases.set(name, known)
      return
    }
    this.#add(release)
    this.#stored((store) => store.keep(release))
  }

  #stored(work: (store: ReleaseStore) => void): void {
    try {
      if (this.#store !== undefined) work(this.#store)
    } catch (error) {
      this.#onTrouble(error)
    }
  }

  #add(release: WholeRelease): void {
    this.#releases.set(nameOf(release), release)
    for (const blob of release.blobs) this.#blobs.set(blob.digest, { ...blob, image: release.image })
    for (const { files, tree } of release.variants) {
      for (const { digest, size, blob, offset } of files) this.#files.set(digest, { size, blob, offset })
      if (tree !== undefined) this.#trees.add(tree)
    }
  }

  /** Those that were told longest ago go. */
  #makeRoom(): void {
    const over = this.#releases.size - this.#current.size - mostOthers
    if (over <= 0) return
    const others = [...this.#releases.keys()].filter((name) => !this.#current.has(name))
    for (const name of others.slice(0, over)) {
      this.#releases.delete(name)
      this.#stored((store) => store.forget(name))
    }
    this.#indexAnew()
  }

  #indexAnew(): void {
    for (const index of [this.#files, this.#trees, this.#blobs]) index.clear()
    for (const release of [...this.#releases.values()]) this.#add(release)
  }
}
