import { existsSync, readFileSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

export type SoftwareVersion = { readonly digest: string; readonly version: string }

type Kept = {
  /** The newest last. */
  readonly versions: readonly SoftwareVersion[]
  /** Digests of those that did not start here where another one did. */
  readonly bad: readonly string[]
}

const mostVersions = 2
const mostBad = 20
const digestPattern = /^sha256:[0-9a-f]{64}$/

/**
 * The software that a site got from its upstream:
 *
 *     DATA/software/
 *       current.json        which versions are here, which of them did not start
 *       1a2b3c4d5e6f7a8b/   one of them, unpacked, with the file that it came in
 *       incoming/           one on its way
 *
 * The launcher of an older version reads this, too: keys may be added, and what there is keeps its meaning. Written by
 * one process at a time, the site that works on DATA or else its launcher.
 */
export class SoftwareVersions {
  readonly folder: string

  constructor(data: string) {
    this.folder = join(data, 'software')
  }

  /** What shall run. `undefined`: what is installed. */
  newest(): SoftwareVersion | undefined {
    const { versions, bad } = this.#read()
    return versions.findLast(({ digest }) => !bad.includes(digest) && existsSync(this.programOf(digest)))
  }

  has(digest: string): boolean {
    return this.#read().versions.some((one) => one.digest === digest) && existsSync(this.programOf(digest))
  }

  isBad(digest: string): boolean {
    return this.#read().bad.includes(digest)
  }

  folderOf(digest: string): string {
    return join(this.folder, digest.slice('sha256:'.length, 'sha256:'.length + 16))
  }

  programOf(digest: string): string {
    return join(this.folderOf(digest), 'apps/site/src/main.ts')
  }

  /** The file that it came in. */
  packedOf(digest: string): string {
    return join(this.folderOf(digest), 'software.tar.zst')
  }

  /** From now on it is the newest; of the others the last one stays. */
  async prefer(version: SoftwareVersion): Promise<void> {
    const { versions, bad } = this.#read()
    const others = versions.filter(({ digest }) => digest !== version.digest)
    const kept = [...others, version].slice(-mostVersions)
    await this.#write({ versions: kept, bad })
    await this.#removeOthers(kept)
  }

  async markBad(digest: string): Promise<void> {
    const { versions, bad } = this.#read()
    await this.#write({ versions, bad: [...bad, digest].slice(-mostBad) })
  }

  /** Something else was wrong: the others did not start either. */
  async forgive(digests: ReadonlySet<string>): Promise<void> {
    const { versions, bad } = this.#read()
    await this.#write({ versions, bad: bad.filter((digest) => !digests.has(digest)) })
  }

  /** What cannot be read is none: then the installed software runs, and gets it anew. */
  #read(): Kept {
    try {
      const { versions, bad } = JSON.parse(readFileSync(join(this.folder, 'current.json'), 'utf8'))
      return { versions: versions.filter(isVersion), bad: bad.filter(isDigest) }
    } catch {
      return { versions: [], bad: [] }
    }
  }

  async #write(kept: Kept): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o750 })
    const path = join(this.folder, 'current.json')
    const file = await open(`${path}.new`, 'w', 0o640)
    try {
      await file.writeFile(`${JSON.stringify(kept)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${path}.new`, path)
    await syncFolder(this.folder)
  }

  async #removeOthers(kept: readonly SoftwareVersion[]): Promise<void> {
    const folders = new Set(kept.map(({ digest }) => this.folderOf(digest)))
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name)
      if (name !== 'current.json' && !folders.has(path)) await rm(path, { recursive: true, force: true })
    }
  }
}

const isDigest = (value: unknown): value is string => typeof value === 'string' && digestPattern.test(value)

const isVersion = (value: SoftwareVersion | undefined): boolean =>
  isDigest(value?.digest) && typeof value?.version === 'string'

/** A renamed file is durable when its folder is (fsync(2), NOTES). */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync().finally(() => folder.close())
}
