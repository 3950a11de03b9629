import { constants } from 'node:fs'
import { lstat, open, readdir, readlink, realpath } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { tarEnd, tarHeader, tarPadding } from '@bootcast/image'
import { nameIn } from '../publishing/fetch/fetched.ts'
import type { MadeInput } from '../publishing/take-input.ts'
import { BuildStopped } from './build.ts'

const mostFiles = 200_000
const pieceBytes = 1024 * 1024

/**
 * What a command left in its output folder, to be published: the one file; else all of it, or of the one folder, as an
 * archive. `wanted`: a path within, when that is something else. It is read, not moved, since the builder may have
 * links to it elsewhere, through which a file in the store could be changed.
 * @throws {BuildStopped} for nothing, or something that is no file or folder
 */
export async function madeIn(folder: string, image: string, wanted: string | undefined): Promise<MadeInput> {
  const path = wanted === undefined ? await onlyOneIn(folder) : await within(folder, wanted)
  const found = await lstat(path)
  if (found.isFile()) return { name: nameIn(basename(path)), made: () => readWhole(path, found.size) }
  if (found.isDirectory()) return { name: `${image}.tar`, made: () => tarOf(path) }
  throw unusable(`${basename(path)} in BOOTCAST_OUTPUT is neither a file nor a folder.`)
}

const unusable = (message: string) => new BuildStopped('build_output_unusable', message)

async function onlyOneIn(folder: string): Promise<string> {
  const names = await readdir(folder)
  const [name = '', ...more] = names
  if (names.length === 0)
    throw unusable('The command ended well, but has left nothing in the folder that BOOTCAST_OUTPUT names.')
  return more.length === 0 ? join(folder, name) : folder
}

/** Factories leave links to the newest of several files; none leads out of the folder. */
async function within(folder: string, wanted: string): Promise<string> {
  const root = await realpath(folder)
  const path = await realpath(join(root, wanted)).catch(() => undefined)
  if (path !== undefined && (path === root || path.startsWith(root + sep))) return path
  const there = (await readdir(folder)).slice(0, 20).join(', ') || 'nothing'
  throw unusable(`There is no ${wanted} in BOOTCAST_OUTPUT. There is: ${there}.`)
}

/** @throws {BuildStopped} when the file is shorter than it was, or became a link */
async function* readWhole(path: string, size: number): AsyncGenerator<Uint8Array> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  for (let at = 0; at < size; ) {
    const { bytesRead, buffer } = await file.read(
      Buffer.allocUnsafe(Math.min(pieceBytes, size - at)),
      0,
      undefined,
      at,
    )
    if (bytesRead === 0) throw unusable(`${basename(path)} changes while it is read.`)
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function* tarOf(folder: string): AsyncGenerator<Uint8Array> {
  const counted = { files: 0 }
  yield* below(folder, '', counted)
  if (counted.files === 0) throw unusable('There are only empty folders in BOOTCAST_OUTPUT.')
  yield tarEnd
}

async function* below(
  folder: string,
  prefix: string,
  counted: { files: number },
): AsyncGenerator<Uint8Array> {
  for (const name of (await readdir(folder)).sort()) {
    const [path, inside] = [join(folder, name), prefix + name]
    const found = await lstat(path)
    if (found.isDirectory()) {
      yield* below(path, `${inside}/`, counted)
      continue
    }
    counted.files += 1
    if (counted.files > mostFiles)
      throw unusable(`There are more than ${mostFiles} files in BOOTCAST_OUTPUT.`)
    if (found.isSymbolicLink()) yield tarHeader({ path: inside, size: 0, link: await readlink(path) })
    else if (found.isFile()) {
      yield tarHeader({ path: inside, size: found.size })
      yield* readWhole(path, found.size)
      yield Buffer.alloc(tarPadding(found.size))
    } else throw unusable(`${inside} in BOOTCAST_OUTPUT is no file, folder or link: a release has none such.`)
  }
}
