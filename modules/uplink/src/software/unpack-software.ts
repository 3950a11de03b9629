import { constants } from 'node:fs'
import { mkdir, open, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { bufferSource, readTar, type Tree, type TreeFile } from '@bootcast/image'

/** Of the packed file. */
export const mostSoftwareBytes = 64 * 2 ** 20
const mostUnpackedBytes = 128 * 2 ** 20
const mostFiles = 25_000
const mostPathBytes = 512
const program = 'apps/site/src/main.ts'
/** Files that are waited for at once until the disk has them. */
const atOnce = 16

const decompress = promisify(zstdDecompress)

/**
 * Unpacks what `packSoftware` has made into a folder that is not there yet; durable when fulfilled. Links in the file
 * are refused, those between our own packages are made here. Memory: all of it, at most 128 MiB.
 * @throws {SoftwareRefused} when it is damaged, leaves the folder, is beyond the limits, or is no software of a site
 */
export async function unpackSoftware(packed: Uint8Array, folder: string): Promise<void> {
  const { files, sources } = await read(packed)
  await mkdir(folder, { mode: 0o750 })
  const folders = new Set([...files.keys()].flatMap((path) => foldersOf(path)))
  for (const path of [...folders].sort()) await mkdir(join(folder, path), { mode: 0o750 })
  const all = [...files.values()]
  for (let at = 0; at < all.length; at += atOnce)
    await Promise.all(all.slice(at, at + atOnce).map((file) => write(folder, file, sources)))
  await linkOwnPackages(folder)
  for (const path of ['', ...folders, ownLinks]) await syncFolder(join(folder, path))
}

async function read(packed: Uint8Array): Promise<Tree> {
  if (packed.length > mostSoftwareBytes) throw new SoftwareRefused('it is too large')
  const tree = await treeIn(packed)
  if (tree === undefined) throw new SoftwareRefused('it is no tar')
  if (tree.files.size > mostFiles) throw new SoftwareRefused('it has too many files')
  if (tree.links.size > 0) throw new SoftwareRefused('it has links')
  if (!tree.files.has(program)) throw new SoftwareRefused('it is no software of a site')
  for (const path of tree.files.keys())
    if (Buffer.byteLength(path) > mostPathBytes || foldersOf(path).some((one) => tree.files.has(one)))
      throw new SoftwareRefused(`it has a name that cannot be: ${JSON.stringify(path.slice(0, 100))}`)
  return tree
}

async function treeIn(packed: Uint8Array): Promise<Tree | undefined> {
  try {
    return await readTar(bufferSource(await decompress(packed, { maxOutputLength: mostUnpackedBytes })))
  } catch (cause) {
    throw new SoftwareRefused((cause as Error).message, { cause })
  }
}

/** `a/b/c` → `a`, `a/b` */
function foldersOf(path: string): readonly string[] {
  const names = path.split('/').slice(0, -1)
  return names.map((_, index) => names.slice(0, index + 1).join('/'))
}

async function write(folder: string, { path, extents }: TreeFile, sources: Tree['sources']): Promise<void> {
  const file = await open(join(folder, path), 'wx', 0o640)
  try {
    for (const { source, offset, length } of extents) {
      const bytes = await sources[source]?.read(offset, length)
      if (bytes !== undefined) await file.writeFile(bytes)
    }
    await file.datasync()
  } finally {
    await file.close()
  }
}

const ownLinks = 'node_modules/@bootcast'

/** As npm makes them for workspaces: `@bootcast/boot` is found where its source is. */
async function linkOwnPackages(folder: string): Promise<void> {
  await mkdir(join(folder, ownLinks), { recursive: true, mode: 0o750 })
  for (const name of await readdir(join(folder, 'modules')))
    await symlink(join('../../modules', name), join(folder, ownLinks, name))
}

/** Names are durable when their folder is (fsync(2), NOTES). */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  await handle.sync().finally(() => handle.close())
}

/** A file that is not unpacked. */
export class SoftwareRefused extends Error {
  override readonly name = 'SoftwareRefused'
  readonly code = 'software_refused'

  constructor(why: string, options?: ErrorOptions) {
    super(`The software of the upstream is refused: ${why}`, options)
  }
}
