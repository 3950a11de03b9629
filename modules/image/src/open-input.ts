import { isBundle } from './bundle/read-bundle.ts'
import { type ByteSource, OutsideOfSource, streamOf } from './byte-source.ts'
import { inspectKernel, kernelHeadBytes } from './inspect/kernel.ts'
import { checkWholeDisk } from './inspect/whole-disk.ts'
import { type DiskFormat, diskFormatOf, type VirtualDiskFormat } from './readers/disk.ts'
import { readIso } from './readers/iso.ts'
import { readContainerImage } from './readers/oci.ts'
import { readTar } from './readers/tar.ts'
import { readUki } from './readers/uki.ts'
import { type Tree, Unreadable } from './tree.ts'
import { type Compression, compressionOf, decompress, type UnpackLimits } from './unpack.ts'

/** What opening an input needs from whoever has room: it is unpacked there, nowhere else. */
export interface Workshop {
  /** Keeps bytes and gives them back. `what`: for people. */
  keep(bytes: AsyncIterable<Uint8Array>, what: string): Promise<ByteSource>
  /** A disk image of another format, whole by itself, as a raw one. */
  rawDisk(source: ByteSource, format: VirtualDiskFormat): Promise<ByteSource>
  readonly limits: UnpackLimits
}

export type Input = { readonly source: ByteSource; readonly name: string }

/** image.tar.xz is two layers, and nobody makes more. */
const layersLimit = 3

/**
 * What is in an uploaded file, whatever its form: CD image, tar (a folder, a container image), unified kernel image,
 * disk, or a single file; each perhaps compressed.
 * @throws {Unreadable} with the reason, for whoever publishes it
 */
export async function openInput(input: Input, workshop: Workshop): Promise<Tree> {
  try {
    return { ...(await opened(input, workshop, layersLimit)), name: input.name }
  } catch (error) {
    throw error instanceof OutsideOfSource ? new Unreadable(error.message) : error
  }
}

async function opened({ source, name }: Input, workshop: Workshop, layers: number): Promise<Tree> {
  if (source.size === 0) throw new Unreadable(`${name} is empty.`)
  const head = await source.read(0, Math.min(source.size, kernelHeadBytes))
  const isKernel = 'architecture' in inspectKernel(head)
  const compression = isKernel ? undefined : compressionOf(head)
  if (compression !== undefined) {
    if (layers === 0) throw new Unreadable(`${name} is compressed again and again.`)
    const inside = await workshop.keep(
      decompress(streamOf(source), compression, workshop.limits),
      `${name} (${compression}, unpacked)`,
    )
    return await opened({ source: inside, name: withoutEnding(name, compression) }, workshop, layers - 1)
  }
  const tree = (await readTar(source)) ?? (await readIso(source)) ?? (await readUki(source))
  if (tree?.format === 'tar') {
    if (await isBundle(tree)) return { ...tree, format: 'bundle' }
    return (await readContainerImage(tree, workshop)) ?? tree
  }
  if (tree !== undefined) return tree
  const disk = isKernel ? undefined : await diskFormatOf(source)
  return disk === undefined ? singleFile(source, name) : await diskTree(source, disk, workshop)
}

async function diskTree(source: ByteSource, format: DiskFormat, workshop: Workshop): Promise<Tree> {
  const raw = format === 'raw' ? source : await converted(source, format, workshop)
  return { ...singleFile(raw, 'disk.raw'), format: 'disk' }
}

async function converted(source: ByteSource, format: VirtualDiskFormat, workshop: Workshop) {
  await checkWholeDisk(source, format)
  return await workshop.rawDisk(source, format)
}

function singleFile(source: ByteSource, name: string): Tree {
  const path = name.replace(/[^A-Za-z0-9._+~-]/g, '_')
  const file = { path, size: source.size, extents: [{ source: 0, offset: 0, length: source.size }] }
  return { format: 'file', sources: [source], files: new Map([[path, file]]), links: new Map() }
}

const endings: Readonly<Record<Compression, RegExp>> = {
  gzip: /\.(gz|tgz)$/i,
  xz: /\.(xz|txz)$/i,
  zstd: /\.(zst|zstd|tzst)$/i,
  bzip2: /\.(bz2|tbz2?)$/i,
}

const withoutEnding = (name: string, compression: Compression) =>
  name.replace(endings[compression], '') || name
