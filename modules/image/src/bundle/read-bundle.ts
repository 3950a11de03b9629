import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { netbootConfigSchema } from '../netboot-config.ts'
import { piecesOf, readStart, type Tree, type TreeFile, Unreadable } from '../tree.ts'
import { type BundleRelease, type BundleVariant, digestOf } from './bundle.ts'
import {
  annotations,
  blobPath,
  type Descriptor,
  descriptorSchema,
  indexSchema,
  type Manifest,
  manifestSchema,
  mediaTypes,
} from './documents.ts'

const documentLimit = 4 * 1024 * 1024

export type ReadBundle = {
  readonly release: BundleRelease
  readonly index: Descriptor
  /** DSSE envelopes that are said to sign the index: nobody has checked them. */
  readonly envelopes: readonly Buffer[]
}

/**
 * A bundle that lies in a tree: its documents are read and their digests checked, the files are not (see
 * `verifyBlobs`). `undefined`: no bundle. @throws {Unreadable} when it is broken
 */
export async function readBundle(tree: Tree): Promise<ReadBundle | undefined> {
  if (!tree.files.has('oci-layout') || !tree.files.has('index.json')) return undefined
  const layout = parsed(indexSchema, await bytesAt(tree, 'index.json'), 'index.json')
  const [found, ...more] = layout.manifests.filter(({ artifactType }) => artifactType === mediaTypes.release)
  if (found === undefined) return undefined
  if (more.length > 0) throw new Unreadable('The bundle has several releases; a bundle is one.')
  const release = await releaseAt(tree, found)
  const signatures = layout.manifests.filter(({ artifactType }) => artifactType === mediaTypes.signature)
  const envelopes: Buffer[] = []
  for (const signature of signatures) envelopes.push(...(await envelopesOf(tree, signature, found.digest)))
  const { mediaType, digest, size } = found
  return { release, index: { mediaType, digest, size, artifactType: mediaTypes.release }, envelopes }
}

/** Whether a tree is an OCI image layout with a release of ours. */
export async function isBundle(tree: Tree): Promise<boolean> {
  if (!tree.files.has('oci-layout') || !tree.files.has('index.json')) return false
  return (await bytesAt(tree, 'index.json')).includes(mediaTypes.release)
}

async function releaseAt(tree: Tree, index: Descriptor): Promise<BundleRelease> {
  const { manifests, annotations: notes } = parsed(indexSchema, await documentAt(tree, index), 'the release')
  const image = notes[annotations.image] ?? ''
  const number = Number(notes[annotations.number])
  const createdAt = Date.parse(notes[annotations.created] ?? '')
  if (image === '' || !Number.isSafeInteger(number) || number < 1 || Number.isNaN(createdAt))
    throw new Unreadable('The bundle does not say which release of which image it is.')
  const variants: BundleVariant[] = []
  for (const descriptor of manifests) variants.push(await variantAt(tree, descriptor))
  if (variants.length === 0) throw new Unreadable('The bundle has nothing to boot.')
  return { image: image.slice(0, 200), number, createdAt, variants }
}

async function variantAt(tree: Tree, descriptor: Descriptor): Promise<BundleVariant> {
  const manifest = parsed(manifestSchema, await documentAt(tree, descriptor), 'a manifest')
  if (manifest.artifactType !== mediaTypes.netboot)
    throw new Unreadable('The bundle has a manifest of another kind.')
  const config = parsed(netbootConfigSchema, await documentAt(tree, manifest.config), 'netboot.json')
  const files = layers(manifest, mediaTypes.file).map(({ digest, size, annotations: notes = {} }) => ({
    digest,
    size,
    role: notes[annotations.role] ?? '',
    name: notes[annotations.title] ?? '',
  }))
  for (const { digest, size } of manifest.layers) blobAt(tree, { digest, size })
  const roles = new Set(files.map(({ role }) => role))
  if (roles.size !== files.length || roles.has(''))
    throw new Unreadable('Files of the bundle have no role, or the same.')
  if (files.some(({ name }) => !/^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/.test(name)))
    throw new Unreadable('A file of the bundle has a name that machines could not be told.')
  const plain = ({ digest, size }: Descriptor) => ({ digest, size })
  const [table] = layers(manifest, mediaTypes.treeTable).map(plain)
  const blobs = layers(manifest, mediaTypes.treeBlob).map(plain)
  return { config, files, ...(table !== undefined && { tree: { table, blobs } }) }
}

const layers = (manifest: Manifest, mediaType: string) =>
  manifest.layers.filter((layer) => layer.mediaType === mediaType)

async function envelopesOf(tree: Tree, signature: Descriptor, subject: string): Promise<readonly Buffer[]> {
  const manifest = parsed(manifestSchema, await documentAt(tree, signature), 'a signature')
  if (manifest.subject?.digest !== subject) return []
  const found: Buffer[] = []
  for (const layer of layers(manifest, mediaTypes.envelope)) found.push(await documentAt(tree, layer))
  return found
}

/** Where the bytes of a blob of the bundle lie. @throws {Unreadable} when it is not there, or of another size */
export function blobAt(tree: Tree, { digest, size }: Pick<Descriptor, 'digest' | 'size'>): TreeFile {
  const file = tree.files.get(blobPath(digest))
  if (file === undefined) throw new Unreadable(`The bundle has no ${digest}: is it complete?`)
  if (file.size !== size)
    throw new Unreadable(`${digest} of the bundle is ${file.size} bytes, ${size} were announced.`)
  return file
}

/** Reads all files and compares their digests. @throws {Unreadable} for the first that is not what it says */
export async function verifyBlobs(
  tree: Tree,
  { release }: ReadBundle,
  onProgress: (bytes: number) => void = () => undefined,
): Promise<void> {
  const blobs = release.variants.flatMap(({ files, tree: own }) => [
    ...files,
    ...(own === undefined ? [] : [own.table, ...own.blobs]),
  ])
  let done = 0
  for (const { digest, size } of new Map(blobs.map((blob) => [blob.digest, blob])).values()) {
    const hash = createHash('sha256')
    for await (const piece of piecesOf(tree, blobAt(tree, { digest, size }))) {
      hash.update(piece)
      done += piece.length
      onProgress(done)
    }
    const actual = `sha256:${hash.digest('hex')}`
    if (actual !== digest)
      throw new Unreadable(`A file of the bundle is ${actual}, and ${digest} was announced.`)
  }
}

async function documentAt(tree: Tree, descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Buffer> {
  const { size } = blobAt(tree, descriptorSchema.pick({ digest: true, size: true }).parse(descriptor))
  if (size > documentLimit) throw new Unreadable('A document of the bundle is larger than documents are.')
  const bytes = await bytesAt(tree, blobPath(descriptor.digest))
  if (digestOf(bytes) !== descriptor.digest)
    throw new Unreadable(`A document of the bundle is not ${descriptor.digest}: it was changed.`)
  return bytes
}

async function bytesAt(tree: Tree, path: string): Promise<Buffer> {
  const file = tree.files.get(path)
  if (file === undefined || file.size > documentLimit)
    throw new Unreadable(`The bundle has no proper ${path}.`)
  return await readStart(tree, file, documentLimit)
}

function parsed<T>(schema: z.ZodType<T>, bytes: Buffer, what: string): T {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new Unreadable(`In the bundle, ${what} is no JSON.`, { cause })
  }
  const found = schema.safeParse(value)
  if (found.success) return found.data
  const [issue] = found.error.issues
  throw new Unreadable(
    `In the bundle, ${what} is not of the right form: ${issue?.path.join('.')}: ${issue?.message}`,
  )
}
