import type { ByteSource } from '../byte-source.ts'
import { readTar } from '../readers/tar.ts'
import { tarEnd, tarHeader, tarPadding } from '../tar-writer.ts'
import { piecesOf, readStart, type Tree, Unreadable } from '../tree.ts'
import { digestOf } from './bundle.ts'
import { blobPath, mediaTypes } from './documents.ts'
import { readBundle } from './read-bundle.ts'
import { emptyDocument, signatureManifest, signStatement } from './signature.ts'

const documentLimit = 4 * 1024 * 1024

/** A bundle with changes: `added` replaces or follows what is there. */
export type ChangedBundle = { readonly tree: Tree; readonly added: ReadonlyMap<string, Buffer> }

/** The documents that a signature adds to a bundle. @throws {Unreadable} for what is no bundle */
export async function signatureFor(tree: Tree, privateKeyPem: string): Promise<ReadonlyMap<string, Buffer>> {
  const bundle = await readBundle(tree)
  if (bundle === undefined) throw new Unreadable('It is no bundle.')
  const { release, index } = bundle
  const statement = { image: release.image, number: release.number, index: index.digest }
  const envelope = signStatement(statement, privateKeyPem)
  const blob = { mediaType: mediaTypes.envelope, digest: digestOf(envelope), size: envelope.length }
  const manifest = signatureManifest(blob, index)
  const file = tree.files.get('index.json')
  const layout = JSON.parse(String(file && (await readStart(tree, file, documentLimit)))) as {
    manifests: unknown[]
  }
  const descriptor = { mediaType: mediaTypes.manifest, digest: digestOf(manifest), size: manifest.length }
  layout.manifests.push({ ...descriptor, artifactType: mediaTypes.signature })
  return new Map([
    ['index.json', Buffer.from(JSON.stringify(layout))],
    [blobPath(blob.digest), envelope],
    [blobPath(digestOf(emptyDocument)), emptyDocument],
    [blobPath(descriptor.digest), manifest],
  ])
}

/** The files of a layout as one tar, small documents first. Memory: one piece of a file. */
export async function* bundleTar({ tree, added }: ChangedBundle): AsyncGenerator<Buffer> {
  const kept = [...tree.files.values()].filter(({ path }) => !added.has(path))
  for (const [path, bytes] of added) {
    yield tarHeader({ path, size: bytes.length })
    yield bytes
    yield Buffer.alloc(tarPadding(bytes.length))
  }
  for (const file of kept) {
    yield tarHeader(file)
    yield* piecesOf(tree, file)
    yield Buffer.alloc(tarPadding(file.size))
  }
  yield tarEnd
}

/** A tar that is a bundle. @throws {Unreadable} */
export async function bundleIn(source: ByteSource): Promise<Tree> {
  const tree = await readTar(source)
  if (tree === undefined) throw new Unreadable('It is no tar, so it is no bundle.')
  return tree
}
