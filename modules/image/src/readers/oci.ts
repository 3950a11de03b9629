import { z } from 'zod'
import type { ByteSource } from '../byte-source.ts'
import { chosenImage, imageIndexSchema, imageManifestSchema, indexDepthLimit } from '../oci-image.ts'
import type { Workshop } from '../open-input.ts'
import { findFile, piecesOf, readStart, type Tree, type TreeFile, treeLimits, Unreadable } from '../tree.ts'
import { TreeBuilder } from '../tree-builder.ts'
import { compressionOf, decompress } from '../unpack.ts'
import { readTar } from './tar.ts'

const jsonLimit = 4 * 1024 * 1024

/** `docker save`: https://github.com/moby/docker-image-spec, "manifest.json". */
const dockerSchema = z.array(z.object({ Layers: z.array(z.string()).max(256) })).min(1)

/**
 * The file system of a container image that lies in a tree: an OCI image layout (of several platforms the first) or
 * what `docker save` writes. Layers are unpacked in the workshop when they are compressed. `undefined`: it is none.
 */
export async function readContainerImage(tree: Tree, workshop: Workshop): Promise<Tree | undefined> {
  const layers = (await ociLayers(tree)) ?? (await dockerLayers(tree))
  if (layers === undefined) return undefined
  const merged = new Merged()
  for (const layer of layers) await merged.add(await opened(tree, layer, workshop))
  return { format: 'oci', sources: merged.sources, files: merged.files, links: merged.links }
}

async function ociLayers(tree: Tree): Promise<readonly TreeFile[] | undefined> {
  if (findFile(tree, 'oci-layout') === undefined || findFile(tree, 'index.json') === undefined)
    return undefined
  let json = await jsonAt(tree, 'index.json')
  for (let depth = 0; depth < indexDepthLimit; depth++) {
    const index = imageIndexSchema.safeParse(json)
    if (!index.success) break
    json = await jsonAt(tree, blobPath(chosenImage(index.data.manifests)?.digest ?? ''))
  }
  const manifest = imageManifestSchema.safeParse(json)
  if (!manifest.success) throw new Unreadable('The OCI image layout has no manifest of an image.')
  return manifest.data.layers.map(({ digest }) => needed(tree, blobPath(digest)))
}

async function dockerLayers(tree: Tree): Promise<readonly TreeFile[] | undefined> {
  if (findFile(tree, 'manifest.json') === undefined) return undefined
  const found = dockerSchema.safeParse(await jsonAt(tree, 'manifest.json'))
  return found.success ? found.data[0]?.Layers.map((path) => needed(tree, path)) : undefined
}

const blobPath = (digest: string) => `blobs/${digest.replace(':', '/')}`

function needed(tree: Tree, path: string): TreeFile {
  const file = findFile(tree, path)
  if (file === undefined)
    throw new Unreadable(`The container image needs ${path}, which is not there: is it complete?`)
  return file
}

async function jsonAt(tree: Tree, path: string): Promise<unknown> {
  const file = needed(tree, path)
  if (file.size > jsonLimit)
    throw new Unreadable(`${path} of the container image is larger than such a file is.`)
  try {
    return JSON.parse((await readStart(tree, file, jsonLimit)).toString('utf8'))
  } catch (cause) {
    throw new Unreadable(`${path} of the container image is no JSON.`, { cause })
  }
}

/** A layer is a tar, compressed or as it is; in the tree it is one extent. */
async function opened(tree: Tree, layer: TreeFile, workshop: Workshop): Promise<Tree> {
  const compression = compressionOf(await readStart(tree, layer, 6))
  const bytes = piecesOf(tree, layer)
  const source = await workshop.keep(
    compression === undefined ? bytes : decompress(bytes, compression, workshop.limits),
    'a layer of the container image',
  )
  const found = await readTar(source)
  if (found === undefined && source.size > 1024)
    throw new Unreadable('A layer of the container image is no tar.')
  return found ?? { format: 'tar', sources: [source], files: new Map(), links: new Map() }
}

const whiteout = '.wh.'
const opaque = '.wh..wh..opq'

/** Layers one over another (OCI image-spec, layer.md "Whiteouts"). */
class Merged extends TreeBuilder {
  readonly sources: ByteSource[] = []

  constructor() {
    super('The container image')
  }

  async add(layer: Tree): Promise<void> {
    const index = this.sources.length
    this.sources.push(...layer.sources)
    for (const path of layer.files.keys()) this.#whiteOut(path)
    for (const [path, { extents }] of layer.files)
      if (!nameOf(path).startsWith(whiteout))
        this.addFile(
          path,
          extents.map((extent) => ({ ...extent, source: extent.source + index })),
        )
    for (const [path, target] of layer.links) this.addLink(path, target)
    if (this.files.size > treeLimits.files) throw new Unreadable('The container image has too many files.')
  }

  #whiteOut(path: string): void {
    const name = nameOf(path)
    if (!name.startsWith(whiteout)) return
    const folder = path.slice(0, path.length - name.length)
    if (name === opaque) this.#removeBelow(folder)
    else {
      const gone = folder + name.slice(whiteout.length)
      this.remove(gone)
      this.#removeBelow(`${gone}/`)
    }
  }

  #removeBelow(folder: string): void {
    for (const path of [...this.files.keys(), ...this.links.keys()])
      if (path.startsWith(folder)) this.remove(path)
  }
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
