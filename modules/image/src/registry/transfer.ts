import { createHash } from 'node:crypto'
import { digestOf } from '../bundle/bundle.ts'
import { blobPath, type Descriptor, indexSchema, manifestSchema, mediaTypes } from '../bundle/documents.ts'
import { blobAt, readBundle } from '../bundle/read-bundle.ts'
import { tarEnd, tarHeader, tarPadding } from '../tar-writer.ts'
import { piecesOf, readStart, type Tree, Unreadable } from '../tree.ts'
import { type RegistryClient, RegistryRefused } from './registry-client.ts'

/** How many bytes of all are done. */
export type OnBytes = (done: number, total: number) => void

const documentLimit = 4 * 1024 * 1024

/**
 * Brings a bundle to a registry: blobs that it has not, then manifests, then the tag. Signatures go to the tag
 * `sha256-…` (distribution-spec 1.1, "Referrers Tag Schema"). @returns the digest of the release's index
 */
export async function pushBundle(
  tree: Tree,
  client: RegistryClient,
  tag: string,
  onBytes: OnBytes,
): Promise<string> {
  const bundle = await readBundle(tree)
  if (bundle === undefined) throw new Unreadable('It is no bundle.')
  const documents = new DocumentsOf(tree)
  const index = indexSchema.parse(await documents.json(bundle.index.digest))
  const manifests = await Promise.all(
    index.manifests.map(async ({ digest }) => ({ digest, ...(await documents.manifest(digest)) })),
  )
  const blobs = new Map(
    manifests.flatMap(({ config, layers }) => [config, ...layers]).map((blob) => [blob.digest, blob]),
  )
  const total = [...blobs.values()].reduce((sum, { size }) => sum + size, 0)
  let done = 0
  for (const { digest, size } of blobs.values()) {
    const before = done
    if (!(await client.hasBlob(digest)))
      await client.putBlob(digest, size, () =>
        bytesOf(tree, digest, size, (bytes) => onBytes(before + bytes, total)),
      )
    done = before + size
    onBytes(done, total)
  }
  for (const { digest } of manifests)
    await client.putManifest(digest, mediaTypes.manifest, await documents.bytes(digest))
  await pushSignatures(tree, client, bundle.index.digest)
  await client.putManifest(tag, mediaTypes.index, await documents.bytes(bundle.index.digest))
  return bundle.index.digest
}

async function pushSignatures(tree: Tree, client: RegistryClient, subject: string): Promise<void> {
  const documents = new DocumentsOf(tree)
  const file = tree.files.get('index.json')
  const layout = indexSchema.parse(JSON.parse(String(file && (await readStart(tree, file, documentLimit)))))
  const signatures = layout.manifests.filter(({ artifactType }) => artifactType === mediaTypes.signature)
  if (signatures.length === 0) return
  for (const { digest } of signatures) {
    const { config, layers } = await documents.manifest(digest)
    for (const blob of [config, ...layers])
      if (!(await client.hasBlob(blob.digest)))
        await client.putBlob(blob.digest, blob.size, () =>
          bytesOf(tree, blob.digest, blob.size, () => undefined),
        )
    await client.putManifest(digest, mediaTypes.manifest, await documents.bytes(digest))
  }
  const referrers = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: signatures }
  await client.putManifest(referrersTag(subject), mediaTypes.index, Buffer.from(JSON.stringify(referrers)))
}

const referrersTag = (digest: string) => digest.replace(':', '-')

class DocumentsOf {
  readonly #tree: Tree
  constructor(tree: Tree) {
    this.#tree = tree
  }
  async bytes(digest: string): Promise<Buffer> {
    const file = this.#tree.files.get(blobPath(digest))
    if (file === undefined) throw new Unreadable(`The bundle has no ${digest}: is it complete?`)
    return await readStart(this.#tree, file, documentLimit)
  }
  async json(digest: string): Promise<unknown> {
    return JSON.parse(String(await this.bytes(digest)))
  }
  async manifest(digest: string) {
    return manifestSchema.parse(await this.json(digest))
  }
}

async function* bytesOf(tree: Tree, digest: string, size: number, onBytes: (done: number) => void) {
  let done = 0
  for await (const piece of piecesOf(tree, blobAt(tree, { digest, size }))) {
    done += piece.length
    onBytes(done)
    yield piece
  }
}

/**
 * A bundle out of a registry as the bytes of its tar. Every digest is checked as the bytes go by: whoever writes them
 * keeps the file only when this ends without an error. Memory: documents, and one piece of a file.
 * @throws {RegistryRefused | Unreadable}
 */
export async function* pullBundle(
  client: RegistryClient,
  tag: string,
  onBytes: OnBytes,
): AsyncGenerator<Uint8Array> {
  const top = await client.manifest(tag)
  if (top === undefined) throw new RegistryRefused(`The registry has no ${tag} there.`)
  const index = parsed(indexSchema, top)
  if (index.artifactType !== mediaTypes.release)
    throw new Unreadable('What stands there is no release of Bootcast.')
  const release: Descriptor = {
    mediaType: mediaTypes.index,
    digest: digestOf(top),
    size: top.length,
    artifactType: mediaTypes.release,
  }
  const documents = new Map<string, Buffer>([[release.digest, top]])
  const blobs = new Map<string, Descriptor>()
  const signatures = await referrersOf(client, release.digest)
  for (const { digest } of [...index.manifests, ...signatures])
    await pullManifest(client, digest, documents, blobs)
  const layout = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [release, ...signatures] }
  yield* entry('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'))
  yield* entry('index.json', Buffer.from(JSON.stringify(layout)))
  for (const [digest, bytes] of documents) yield* entry(blobPath(digest), bytes)
  const total = [...blobs.values()].reduce((sum, { size }) => sum + size, 0)
  let done = 0
  for (const { digest, size } of blobs.values()) {
    yield tarHeader({ path: blobPath(digest), size })
    for await (const piece of checked(await client.blob(digest), digest, size)) {
      done += piece.length
      onBytes(done, total)
      yield piece
    }
    yield Buffer.alloc(tarPadding(size))
  }
  yield tarEnd
}

async function referrersOf(client: RegistryClient, digest: string): Promise<readonly Descriptor[]> {
  const bytes = await client.manifest(referrersTag(digest))
  if (bytes === undefined) return []
  return parsed(indexSchema, bytes).manifests.filter(
    ({ artifactType }) => artifactType === mediaTypes.signature,
  )
}

async function pullManifest(
  client: RegistryClient,
  digest: string,
  documents: Map<string, Buffer>,
  blobs: Map<string, Descriptor>,
): Promise<void> {
  const bytes = await client.manifest(digest)
  if (bytes === undefined || digestOf(bytes) !== digest)
    throw new Unreadable(`The registry has no proper ${digest}.`)
  documents.set(digest, bytes)
  const { config, layers } = parsed(manifestSchema, bytes)
  for (const blob of [config, ...layers]) blobs.set(blob.digest, blob)
}

/** @throws {Unreadable} at the end, when the bytes were others */
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
    throw new Unreadable(`The registry gives other bytes for ${digest}.`)
}

function* entry(path: string, bytes: Buffer): Generator<Buffer> {
  yield tarHeader({ path, size: bytes.length })
  yield bytes
  yield Buffer.alloc(tarPadding(bytes.length))
}

function parsed<T>(schema: { safeParse(value: unknown): { success: boolean; data?: T } }, bytes: Buffer): T {
  try {
    const found = schema.safeParse(JSON.parse(bytes.toString('utf8')))
    if (found.success && found.data !== undefined) return found.data
  } catch {
    // said below
  }
  throw new Unreadable('The registry has a document that is not of the right form.')
}
