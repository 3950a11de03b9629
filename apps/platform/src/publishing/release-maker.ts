import { createHash } from 'node:crypto'
import { checkCommandLine } from '@bootcast/boot'
import type { ReleaseFile, Variant } from '@bootcast/catalogue'
import {
  type ByteSource,
  type DraftFile,
  type DraftVariant,
  diskMap,
  type Extent,
  type NetbootConfig,
  openInput,
  piecesOf,
  type Recipe,
  type Recognised,
  recognise,
  type Tree,
  type TreeFile,
  treeTableOf,
  Unreadable,
  type Workshop,
} from '@bootcast/image'
import { PublishRefused } from '../catalogue/publish.ts'
import type { Imported } from './import-bundle.ts'
import type { Stock } from './stock.ts'

export type Stage = 'fetch' | 'digest' | 'read' | 'recognise' | 'verify' | 'publish'

/** Where a piece of work is; bytes where they are what takes its time. */
export type OnStage = (stage: Stage, bytes?: { readonly done: number; readonly total?: number }) => void

export type MakeOptions = {
  readonly source: ByteSource
  readonly name: string
  readonly recipes: readonly Recipe[]
  /** A family, when people know better. */
  readonly recipe: string | undefined
  /** Further words of the command line. */
  readonly words: string | undefined
  readonly stock: Stock
  readonly workshop: Workshop
  /** What a bundle says itself. */
  readonly fromBundle: (tree: Tree) => Promise<Imported>
  readonly onStage: OnStage
  readonly signal: AbortSignal
}

/** Works out how an input boots, and puts what machines need of it into the stock. @throws {Unreadable} */
export async function makeVariants(options: MakeOptions): Promise<Imported> {
  const { source, name, recipes, recipe, words, workshop, onStage } = options
  onStage('read')
  const whole = await openInput({ source, name }, workshop)
  if (whole.format === 'bundle') return await options.fromBundle(whole)
  onStage('recognise')
  const found = await recognise(whole, recipes, { recipe, words })
  for (const { config } of found.variants) checkWords(config.boot)
  onStage('verify')
  const provenance = [provenanceOf(options)]
  const variants: Variant[] = []
  for (const draft of found.variants)
    variants.push(await new VariantMaker(options, found).make(draft, provenance))
  return { variants, signedBy: undefined }
}

/** @throws {PublishRefused} a command line that no script can say */
function checkWords(boot: NetbootConfig['boot']): void {
  const words = boot.method === 'linux' ? boot.cmdline : boot.method === 'efi' ? boot.arguments : ''
  const problem = checkCommandLine(words)
  if (problem !== undefined) throw new PublishRefused('invalid_command_line', problem)
}

function provenanceOf({ source, name, stock }: MakeOptions): NetbootConfig['provenance'][number] {
  const digest = stock.blobOf(source)?.digest ?? ''
  return { name: name.slice(0, 255), digest, size: source.size }
}

class VariantMaker {
  readonly #options: MakeOptions
  readonly #found: Recognised

  constructor(options: MakeOptions, found: Recognised) {
    this.#options = options
    this.#found = found
  }

  async make(draft: DraftVariant, provenance: NetbootConfig['provenance']): Promise<Variant> {
    const { recipe, tree } = this.#found
    const files: ReleaseFile[] = []
    for (const file of draft.files) files.push(await this.#fileOf(tree, file))
    if (draft.config.boot.method === 'disk') files.push(await this.#mapOf(tree))
    const { family, name, text } = recipe
    const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
    const config = { ...draft.config, recipe: { family, name, digest, text }, provenance }
    return { config, files, tree: draft.needsTree ? await this.#treeOf(tree) : undefined }
  }

  async #fileOf(tree: Tree, { role, name, file }: DraftFile): Promise<ReleaseFile> {
    const { stock, source } = this.#options
    if (file === 'whole') {
      const blob = stock.blobOf(tree.format === 'disk' ? (tree.sources[0] ?? source) : source)
      if (blob === undefined) throw new Unreadable('The input itself is not kept.')
      stock.use(blob.digest)
      return { role, name, digest: blob.digest, size: blob.size, blob: blob.digest, offset: 0 }
    }
    return { role, name, ...(await this.#placeOf(tree, file)) }
  }

  /** What the deploy environment reads first: `docs/protocols/disk-deploy.md`. */
  async #mapOf({ sources: [disk] }: Tree): Promise<ReleaseFile> {
    const { stock, source, onStage } = this.#options
    const { size: total } = disk ?? source
    const text = await diskMap(disk ?? source, (done) => onStage('verify', { done, total }))
    const { digest, size } = await stock.putBytes(Buffer.from(text))
    stock.use(digest)
    return { role: 'map', name: 'disk.map', digest, size, blob: digest, offset: 0 }
  }

  /** Where the bytes lie: within a blob when they are in one piece, else in a blob of their own. */
  async #placeOf(tree: Tree, file: TreeFile): Promise<Omit<ReleaseFile, 'role' | 'name'>> {
    const { stock } = this.#options
    const [extent, ...more] = file.extents
    const source = more.length === 0 ? tree.sources[extent?.source ?? -1] : undefined
    const blob = source && stock.blobOf(source)
    if (extent === undefined || source === undefined || blob === undefined) {
      const own = stock.blobOf(await stock.keep(this.#bytesOf(tree, file), () => undefined))
      if (own === undefined) throw new Error('a blob went missing on its way')
      stock.use(own.digest)
      return { digest: own.digest, size: own.size, blob: own.digest, offset: 0 }
    }
    stock.use(blob.digest)
    const isWhole = extent.offset === 0 && extent.length === blob.size
    const digest = isWhole ? blob.digest : await this.#digestOf(source, extent)
    return { digest, size: file.size, blob: blob.digest, offset: extent.offset }
  }

  async #digestOf(source: ByteSource, extent: Extent): Promise<string> {
    const { stock, onStage, signal } = this.#options
    return await stock.digestOf(source, extent, (done) => {
      signal.throwIfAborted()
      onStage('verify', { done, total: extent.length })
    })
  }

  async *#bytesOf(tree: Tree, file: TreeFile): AsyncGenerator<Buffer> {
    for await (const piece of piecesOf(tree, file)) {
      this.#options.signal.throwIfAborted()
      yield piece
    }
  }

  async #treeOf(tree: Tree): Promise<string> {
    const { stock } = this.#options
    const blobs = tree.sources.map((source) => stock.blobOf(source))
    const known = blobs.filter((blob) => blob !== undefined).map(({ digest, size }) => ({ digest, size }))
    if (known.length !== blobs.length) throw new Error('a part of the tree is not in the store')
    const { digest } = await stock.putBytes(Buffer.from(JSON.stringify(treeTableOf(tree, known))))
    for (const used of [digest, ...known.map((blob) => blob.digest)]) stock.use(used)
    return digest
  }
}
