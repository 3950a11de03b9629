import { blobPath, indexSchema, manifestSchema, mediaTypes } from '../bundle/documents.ts'
import { blobAt, readBundle } from '../bundle/read-bundle.ts'
import { piecesOf, readStart, type Tree, Unreadable } from '../tree.ts'
import { documentLimit, type RegistryClient } from './registry-client.ts'
import { isDigest, RegistryRefused } from './registry-reference.ts'

/** How many bytes of all are done. */
export type OnBytes = (done: number, total: number) => void

/**
 * Brings a bundle to a registry: blobs that it has not, then manifests, then the tag. Signatures go to the tag
 * `sha256-…` (distribution-spec 1.1, "Referrers Tag Schema"). @returns the digest of the release's index
 * @throws {Unreadable | RegistryRefused}
 */
export async function pushBundle(tree: Tree, client: RegistryClient, onBytes: OnBytes): Promise<string> {
  const { name: tag } = client.reference
  if (isDigest(tag)) throw new RegistryRefused('A release is pushed to a tag, not to a digest.')
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

export const referrersTag = (digest: string) => digest.replace(':', '-')

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
