import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { digestOf } from '../bundle/bundle.ts'
import { blobPath, type Descriptor, indexSchema, manifestSchema, mediaTypes } from '../bundle/documents.ts'
import { chosenImage, imageIndexSchema, imageManifestSchema, indexDepthLimit } from '../oci-image.ts'
import { tarEnd, tarHeader, tarPadding } from '../tar-writer.ts'
import { Unreadable } from '../tree.ts'
import { referrersTag } from './push-bundle.ts'
import type { RegistryClient } from './registry-client.ts'
import { RegistryCorrupt, RegistryRefused } from './registry-reference.ts'

/** What stands in a registry, as the tar of an OCI image layout. */
export type Pull = {
  /** A release of Bootcast with its signatures, or a container image: of several platforms the first. */
  readonly kind: 'bundle' | 'image'
  /** Of the manifest or index that stands there. */
  readonly digest: string
  /** Bytes of the tar. */
  readonly size: number
  /**
   * The tar. Every digest is checked as the bytes go by: whoever writes them keeps the file only when this ends without
   * an error. Memory: one piece of a file. @throws {RegistryCorrupt | RegistryRefused}
   */
  readonly bytes: () => AsyncGenerator<Uint8Array>
}

type Blob = { readonly digest: string; readonly size: number }

/** What a place holds, beside the documents that were kept on the way. */
type Contents = {
  readonly kind: Pull['kind']
  /** index.json. */
  readonly layout: object
  readonly blobs: ReadonlyMap<string, Blob>
}

/** All documents of one place together. */
const documentsLimit = 32 * 1024 * 1024
const imageConfigs = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]

/**
 * Reads the documents of the place that the client has; its blobs come when they are asked for.
 * @throws {RegistryCorrupt | RegistryRefused} what the registry does not give
 * @throws {Unreadable} when it is neither a bundle nor a container image
 */
export async function openPull(client: RegistryClient): Promise<Pull> {
  const { name } = client.reference
  const documents = new Documents(client)
  const top = await documents.read(name)
  const release = indexSchema.safeParse(jsonOf(top))
  const isRelease = release.success && release.data.artifactType === mediaTypes.release
  const { kind, layout, blobs } = isRelease
    ? await bundleAt(documents, top, release.data)
    : await imageAt(documents, top)
  const entries = [
    ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')] as const,
    ['index.json', Buffer.from(JSON.stringify(layout))] as const,
    ...[...documents.kept].map(([digest, bytes]) => [blobPath(digest), bytes] as const),
  ]
  const sizes = [
    ...entries.map(([path, { length }]) => ({ path, size: length })),
    ...[...blobs.values()].map(({ digest, size }) => ({ path: blobPath(digest), size })),
  ]
  const size = sizes.reduce((sum, entry) => sum + tarHeader(entry).length + padded(entry.size), tarEnd.length)
  return { kind, digest: digestOf(top), size, bytes: () => tarOf(client, entries, blobs) }
}

const padded = (size: number) => size + tarPadding(size)

async function* tarOf(
  client: RegistryClient,
  entries: readonly (readonly [path: string, bytes: Buffer])[],
  blobs: ReadonlyMap<string, Blob>,
): AsyncGenerator<Uint8Array> {
  for (const [path, bytes] of entries) {
    yield tarHeader({ path, size: bytes.length })
    yield bytes
    yield Buffer.alloc(tarPadding(bytes.length))
  }
  for (const { digest, size } of blobs.values()) {
    yield tarHeader({ path: blobPath(digest), size })
    yield* checked(client.blob(digest), digest, size)
    yield Buffer.alloc(tarPadding(size))
  }
  yield tarEnd
}

async function bundleAt(
  documents: Documents,
  top: Buffer,
  { manifests }: z.infer<typeof indexSchema>,
): Promise<Contents> {
  const release: Descriptor = {
    mediaType: mediaTypes.index,
    digest: digestOf(top),
    size: top.length,
    artifactType: mediaTypes.release,
  }
  documents.kept.set(release.digest, top)
  const signatures = await signaturesOf(documents, release.digest)
  const blobs = new Map<string, Blob>()
  for (const { digest } of [...manifests, ...signatures]) {
    const { config, layers } = parsed(manifestSchema, await documents.keep(digest))
    for (const blob of [config, ...layers]) blobs.set(blob.digest, blob)
  }
  const layout = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [release, ...signatures] }
  return { kind: 'bundle', layout, blobs }
}

async function signaturesOf(documents: Documents, digest: string): Promise<readonly Descriptor[]> {
  const bytes = await documents.find(referrersTag(digest))
  if (bytes === undefined) return []
  const { manifests } = parsed(indexSchema, bytes)
  return manifests.filter(({ artifactType }) => artifactType === mediaTypes.signature)
}

async function imageAt(documents: Documents, top: Buffer): Promise<Contents> {
  let bytes = top
  for (let depth = 0; depth < indexDepthLimit; depth++) {
    const index = imageIndexSchema.safeParse(jsonOf(bytes))
    const chosen = index.success ? chosenImage(index.data.manifests) : undefined
    if (chosen === undefined) break
    bytes = await documents.read(chosen.digest)
  }
  const manifest = imageManifestSchema.safeParse(jsonOf(bytes))
  const { config, layers = [], artifactType, mediaType = mediaTypes.manifest } = manifest.data ?? {}
  if (config === undefined || !imageConfigs.includes(config.mediaType ?? ''))
    throw new Unreadable(
      `What stands there is neither a bundle of Bootcast nor a container image${kindText(artifactType ?? config?.mediaType)}. Give the tag of one.`,
    )
  const blobs = new Map(
    [config, ...layers].map(({ digest, size }) => {
      if (size === undefined) throw new Unreadable('The manifest does not say how large its layers are.')
      return [digest, { digest, size }]
    }),
  )
  const digest = digestOf(bytes)
  documents.kept.set(digest, bytes)
  const layout = { schemaVersion: 2, manifests: [{ mediaType, digest, size: bytes.length }] }
  return { kind: 'image', layout, blobs }
}

const kindText = (kind: string | undefined) =>
  kind === undefined ? '' : ` (it is ${kind.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)})`

/** Documents of a registry, bounded together; some become part of the layout. */
class Documents {
  readonly kept = new Map<string, Buffer>()
  readonly #client: RegistryClient
  #bytes = 0

  constructor(client: RegistryClient) {
    this.#client = client
  }

  async find(name: string): Promise<Buffer | undefined> {
    const bytes = await this.#client.manifest(name)
    this.#bytes += bytes?.length ?? 0
    if (this.#bytes > documentsLimit)
      throw new RegistryRefused('The documents of the registry are larger than such documents are.')
    return bytes
  }

  async read(name: string): Promise<Buffer> {
    const bytes = await this.find(name)
    const { host, repository } = this.#client.reference
    if (bytes === undefined)
      throw new RegistryRefused(`The registry has no ${name} there: ${host}/${repository}.`)
    return bytes
  }

  async keep(digest: string): Promise<Buffer> {
    const bytes = await this.read(digest)
    this.kept.set(digest, bytes)
    return bytes
  }
}

async function* checked(
  bytes: AsyncIterable<Uint8Array>,
  digest: string,
  size: number,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let left = size
  for await (const piece of bytes) {
    left -= piece.length
    if (left < 0) break
    hash.update(piece)
    yield piece
  }
  if (left !== 0 || `sha256:${hash.digest('hex')}` !== digest)
    throw new RegistryCorrupt(`The registry gives other bytes for ${digest}.`)
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

function parsed<T>(schema: z.ZodType<T>, bytes: Buffer): T {
  const found = schema.safeParse(jsonOf(bytes))
  if (found.success) return found.data
  throw new Unreadable('The registry has a document that is not of the right form.')
}
