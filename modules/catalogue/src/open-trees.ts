import { buffer } from 'node:stream/consumers'
import { type BlobReader, parseDigest } from '@bootcast/content'
import { type TreeTable, treeTableSchema } from '@bootcast/image'
import type { Catalogue } from './ports.ts'

/** A table of 200,000 files is about 20 MiB. */
const mostTrees = 4
/** How long a tree counts as published without another look. */
const trustMs = 5_000
const mostBytes = 256 * 1024 * 1024

type Open = { readonly table: Promise<TreeTable | undefined>; checkedAt: number }

/** Tables of the trees that machines read now, parsed once. Memory: that of `mostTrees` tables. */
export class OpenTrees {
  readonly #catalogue: Catalogue
  readonly #blobs: BlobReader
  readonly #open = new Map<string, Open>()

  constructor({ catalogue, blobs }: { readonly catalogue: Catalogue; readonly blobs: BlobReader }) {
    this.#catalogue = catalogue
    this.#blobs = blobs
  }

  /** `undefined`: no published release has it. */
  async open(digest: string): Promise<TreeTable | undefined> {
    const known = this.#open.get(digest)
    if (known !== undefined && known.checkedAt > Date.now() - trustMs) return await known.table
    if (!(await this.#catalogue.hasTree(digest))) {
      this.#open.delete(digest)
      return undefined
    }
    const table = known?.table ?? this.#read(digest)
    this.#open.delete(digest)
    this.#open.set(digest, { table, checkedAt: Date.now() })
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= mostTrees) break
      this.#open.delete(oldest)
    }
    try {
      return await table
    } catch (error) {
      this.#open.delete(digest)
      throw error
    }
  }

  async #read(text: string): Promise<TreeTable | undefined> {
    const digest = parseDigest(text)
    if (digest === undefined) return undefined
    const { size } = await this.#blobs.find(digest)
    if (size > mostBytes) throw new Error(`the tree ${digest} is ${size} bytes large`)
    const bytes = await buffer(await this.#blobs.read(digest))
    return treeTableSchema.parse(JSON.parse(bytes.toString('utf8')))
  }
}
