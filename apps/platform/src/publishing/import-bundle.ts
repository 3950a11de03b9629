import { ImageNotFound, type Release, type Signer, type Variant } from '@bootcast/catalogue'
import {
  blobAt,
  type PublicKey,
  piecesOf,
  readBundle,
  signerOf,
  type Tree,
  Unreadable,
  verifyBlobs,
} from '@bootcast/image'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import type { OnStage } from './release-maker.ts'
import type { Stock } from './stock.ts'

export class BundleRefused extends Error {
  override readonly name = 'BundleRefused'
  readonly code: 'bundle_not_trusted' | 'bundle_replayed'

  constructor(code: BundleRefused['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** A public key and what its owner here calls it. */
export type TrustedKey = PublicKey & { readonly name: string }

export type ImportOptions = {
  readonly image: string
  readonly tree: Tree
  readonly stock: Stock
  readonly catalogue: CatalogueStore
  /** `undefined`: signatures are not asked for. */
  readonly trusted: readonly TrustedKey[] | undefined
  readonly onStage: OnStage
}

export type Imported = {
  readonly variants: readonly Variant[]
  /** Whose signature was verified; `undefined`: signatures are not asked for. */
  readonly signedBy: Signer | undefined
}

/**
 * The variants of a bundle, its files in the stock. Every digest is checked; where keys are trusted, its signature; and
 * it must be newer than any bundle of the same origin that this image has. @throws {Unreadable | BundleRefused}
 */
export async function importBundle(options: ImportOptions): Promise<Imported> {
  const { image, tree, stock, catalogue, trusted, onStage } = options
  const bundle = await readBundle(tree)
  if (bundle === undefined) throw new Unreadable('The bundle has no release of Bootcast.')
  const { release, index, envelopes } = bundle
  const statement = { image: release.image, number: release.number, index: index.digest }
  const signer = trusted && signerOf(envelopes, statement, trusted)
  if (trusted !== undefined && signer === undefined)
    throw new BundleRefused(
      'bundle_not_trusted',
      `${release.image} ${release.number} is ${envelopes.length === 0 ? 'not signed' : 'signed by no key that is trusted here, or its signature is wrong'}.`,
    )
  await refuseReplay(catalogue, image, release)
  const total = release.variants.flatMap(({ files }) => files).reduce((sum, { size }) => sum + size, 0)
  onStage('verify', { done: 0, total })
  await verifyBlobs(tree, bundle, (done) => onStage('verify', { done, total }))
  const origin = {
    name: `${release.image}@${release.number}`.slice(0, 255),
    digest: index.digest,
    size: index.size,
  }
  const variants: Variant[] = []
  for (const { config, files, tree: own } of release.variants) {
    const placed = files.map((file) => ({ ...file, ...placeOf(tree, file, stock) }))
    for (const blob of own === undefined ? [] : [own.table, ...own.blobs]) await copy(tree, blob, stock)
    const provenance = [
      origin,
      ...config.provenance.filter(({ name }) => originOf(name) === undefined),
    ].slice(0, 64)
    variants.push({ config: { ...config, provenance }, files: placed, tree: own?.table.digest })
  }
  return { variants, signedBy: signer && { key: signer.id, name: signer.name } }
}

type Blob = { readonly digest: string; readonly size: number }

/** Files of a bundle are whole, one after another, within the archive that is stored. */
function placeOf(tree: Tree, blob: Blob, stock: Stock): { readonly blob: string; readonly offset: number } {
  const [extent, ...more] = blobAt(tree, blob).extents
  const source = extent && tree.sources[extent.source]
  const stored = source && stock.blobOf(source)
  if (extent === undefined || stored === undefined || more.length > 0)
    throw new Unreadable('A file of the bundle is empty or not in one piece.')
  stock.use(stored.digest)
  return { blob: stored.digest, offset: extent.offset }
}

async function copy(tree: Tree, blob: Blob, stock: Stock): Promise<void> {
  const kept = stock.blobOf(await stock.keep(piecesOf(tree, blobAt(tree, blob)), () => undefined))
  if (kept?.digest !== blob.digest) throw new Unreadable(`A file of the bundle is not ${blob.digest}.`)
  stock.use(kept.digest)
}

/** `demo@3` → image and number. */
function originOf(name: string): { readonly image: string; readonly number: number } | undefined {
  const [, image, number] = /^(.+)@([1-9][0-9]{0,14})$/.exec(name) ?? []
  return image === undefined ? undefined : { image, number: Number(number) }
}

/** Somebody who has an old signed bundle must not be able to make it the newest release again. */
async function refuseReplay(
  catalogue: CatalogueStore,
  image: string,
  release: Pick<Release, 'image' | 'number'>,
) {
  const known = await catalogue.releasesOf(image).catch((error: unknown) => {
    if (error instanceof ImageNotFound) return []
    throw error
  })
  const newest = Math.max(
    0,
    ...known.map(({ variants: [variant] }) => {
      const origin = originOf(variant?.config.provenance[0]?.name ?? '')
      return origin?.image === release.image ? origin.number : 0
    }),
  )
  if (release.number <= newest)
    throw new BundleRefused(
      'bundle_replayed',
      `${release.image} ${release.number} is not newer than ${release.image} ${newest}, which ${image} has already. To go back, move the channel: bootcast image rollback ${image}.`,
    )
}
