import { buffer } from 'node:stream/consumers'
import type { Release, Variant } from '@bootcast/catalogue'
import { type BlobReader, type Digest, parseDigest } from '@bootcast/content'
import {
  type BundleRelease,
  type BundleVariant,
  blobPath,
  makeBundle,
  tarEnd,
  tarHeader,
  tarPadding,
  treeTableSchema,
} from '@bootcast/image'

/** A release as one tar: `docs/protocols/bundle.md`. Memory: one piece of a file. */
export type ExportedBundle = {
  readonly name: string
  /** Bytes of the tar. */
  readonly size: number
  bytes(): AsyncGenerator<Uint8Array>
}

type Part = { readonly path: string; readonly size: number; readonly read: () => AsyncIterable<Uint8Array> }

export async function exportBundle(release: Release, blobs: BlobReader): Promise<ExportedBundle> {
  const variants: BundleVariant[] = []
  for (const variant of release.variants) variants.push(await bundleVariant(variant, blobs))
  const said: BundleRelease = { ...release, variants }
  const bundle = makeBundle(said)
  const places = placesOf(release)
  const documents = [...bundle.documents].map(
    ([path, bytes]): Part => ({ path, size: bytes.length, read: () => once(bytes) }),
  )
  const files = bundle.blobs.map(({ digest, size }): Part => {
    const { blob, offset } = places.get(digest) ?? { blob: digest, offset: 0 }
    return { path: blobPath(digest), size, read: () => partOf(blobs, blob, offset, size) }
  })
  const parts = [...documents, ...files]
  const size = parts.reduce(
    (sum, part) => sum + tarHeader(part).length + part.size + tarPadding(part.size),
    tarEnd.length,
  )
  return { name: `${release.image}-${release.number}.pxe`, size, bytes: () => tarOf(parts) }
}

async function bundleVariant({ config, files, tree }: Variant, blobs: BlobReader): Promise<BundleVariant> {
  const plain = files.map(({ role, name, digest, size }) => ({ role, name, digest, size }))
  if (tree === undefined) return { config, files: plain }
  const bytes = await buffer(await blobs.read(digestIn(tree)))
  const { blobs: used } = treeTableSchema.parse(JSON.parse(bytes.toString('utf8')))
  return { config, files: plain, tree: { table: { digest: tree, size: bytes.length }, blobs: used } }
}

const placesOf = ({ variants }: Release) =>
  new Map(
    variants.flatMap(({ files }) => files.map(({ digest, blob, offset }) => [digest, { blob, offset }])),
  )

async function* tarOf(parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  for (const { path, size, read } of parts) {
    yield tarHeader({ path, size })
    yield* read()
    yield Buffer.alloc(tarPadding(size))
  }
  yield tarEnd
}

async function* partOf(blobs: BlobReader, blob: string, offset: number, size: number) {
  if (size === 0) return
  yield* (await blobs.read(digestIn(blob), {
    first: offset,
    last: offset + size - 1,
  })) as AsyncIterable<Uint8Array>
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

function digestIn(text: string): Digest {
  const digest = parseDigest(text)
  if (digest === undefined) throw new Error(`${text} is no digest`)
  return digest
}
