import { createHash } from 'node:crypto'
import type { NetbootConfig } from '../netboot-config.ts'
import { annotations, blobPath, type Descriptor, mediaTypes } from './documents.ts'

export type BundleBlob = { readonly digest: string; readonly size: number }
export type BundleFile = BundleBlob & { readonly role: string; readonly name: string }

/** One way to boot, as a bundle says it. */
export type BundleVariant = {
  readonly config: NetbootConfig
  readonly files: readonly BundleFile[]
  /** The tree's table and the blobs that it names. */
  readonly tree?: { readonly table: BundleBlob; readonly blobs: readonly BundleBlob[] }
}

export type BundleRelease = {
  readonly image: string
  readonly number: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly variants: readonly BundleVariant[]
}

/** A release as an OCI image layout: small documents, and the blobs that belong beside them. */
export type Bundle = {
  /** Digest of the release's index: what is signed. */
  readonly index: Descriptor
  /** Path in the layout → content. */
  readonly documents: ReadonlyMap<string, Buffer>
  /** Each once; at `blobPath`. */
  readonly blobs: readonly BundleBlob[]
}

const goArchitectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  i386: '386',
  arm64: 'arm64',
  arm32: 'arm',
  riscv64: 'riscv64',
  loong64: 'loong64',
}

/** The same release is the same bytes, whoever makes the bundle. */
export function makeBundle({ image, number, createdAt, variants }: BundleRelease): Bundle {
  const documents = new Map<string, Buffer>([['oci-layout', json({ imageLayoutVersion: '1.0.0' })]])
  const blobs = new Map<string, BundleBlob>()
  const put = (mediaType: string, value: unknown): Descriptor => {
    const bytes = json(value)
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
    documents.set(blobPath(descriptor.digest), bytes)
    return descriptor
  }
  const manifests = variants.map((variant) => {
    for (const blob of blobsOf(variant)) blobs.set(blob.digest, { digest: blob.digest, size: blob.size })
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType: mediaTypes.netboot,
      config: put(mediaTypes.netboot, variant.config),
      layers: layersOf(variant),
    }
    return {
      ...put(mediaTypes.manifest, manifest),
      artifactType: mediaTypes.netboot,
      platform: platformOf(variant),
    }
  })
  const notes = {
    [annotations.image]: image,
    [annotations.number]: String(number),
    [annotations.created]: new Date(createdAt).toISOString(),
  }
  const release = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    artifactType: mediaTypes.release,
    manifests,
    annotations: notes,
  }
  const index = { ...put(mediaTypes.index, release), artifactType: mediaTypes.release }
  const named = { ...index, annotations: { [annotations.refName]: `${image}-${number}` } }
  documents.set('index.json', json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [named] }))
  return { index, documents, blobs: [...blobs.values()] }
}

const blobsOf = ({ files, tree }: BundleVariant): readonly BundleBlob[] => [
  ...files,
  ...(tree === undefined ? [] : [tree.table, ...tree.blobs]),
]

function layersOf({ files, tree }: BundleVariant) {
  const layers = files.map(({ role, name, digest, size }) => ({
    mediaType: mediaTypes.file,
    digest,
    size,
    annotations: { [annotations.role]: role, [annotations.title]: name },
  }))
  if (tree === undefined) return layers
  const plain = (mediaType: string) => (blob: BundleBlob) => ({
    mediaType,
    digest: blob.digest,
    size: blob.size,
  })
  return [...layers, plain(mediaTypes.treeTable)(tree.table), ...tree.blobs.map(plain(mediaTypes.treeBlob))]
}

function platformOf({ config: { architecture, cpuLevel } }: BundleVariant) {
  const name = goArchitectures[architecture] ?? architecture
  // Go's names of the levels: amd64/v2.
  const level = cpuLevel === undefined ? {} : { variant: cpuLevel.replace('x86-64-', '') }
  return { architecture: name, os: 'linux', ...level }
}

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

const json = (value: unknown) => Buffer.from(JSON.stringify(value))
