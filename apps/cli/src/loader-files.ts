import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { debianPackageFiles } from './debian-package.ts'
import { Failure, failureOf } from './failure.ts'
import { localFile, piecesOf } from './local-file.ts'
import { sizeText } from './quantities.ts'

/** A file that may be a loader, or why it is not even offered to the platform. */
export type LoaderFile =
  | { readonly from: string; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly from: string; readonly refused: Failure }

const looksLikeLoader = /\.(efi|kpxe|kkpxe|pxe)$/i
/**
 * Files of Debian's packages shim-signed, shim-helpers-…-signed and grub-efi-…-signed → the names that shim asks for.
 * The other files there are GRUB for disks and CDs, which knows no TFTP.
 */
const signedLoader = /^(?:(shim|mm)|grubnet)(x64|aa64)\.efi\.signed$/
/** The largest loaders with drivers and fonts have some MiB. */
const mostLoaderBytes = 32 * 2 ** 20
const deepest = 8
const mostEntries = 20_000

/**
 * What may be a loader in a directory, in a Debian package, or the file itself whatever its name.
 * Memory: one file of at most 32 MiB. @throws {Failure} when the place cannot be read
 */
export async function* loaderFiles(path: string): AsyncGenerator<LoaderFile, void, undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true) yield* fromDirectory(path)
  else if (/\.deb$/i.test(path)) yield* fromPackage(path)
  else yield await fromFile(path, path)
}

async function* fromDirectory(root: string): AsyncGenerator<LoaderFile, void, undefined> {
  const paths = await loadersBelow(root, 0, { left: mostEntries })
  for (const path of paths) yield await fromFile(path, relative(root, path))
}

/** Links to files are followed, links to directories are not. */
async function loadersBelow(
  dir: string,
  depth: number,
  budget: { left: number },
): Promise<readonly string[]> {
  const paths: string[] = []
  const entries = await readdir(dir, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    budget.left -= 1
    if (budget.left < 0)
      throw new Failure(`There are more than ${mostEntries} files below ${dir}.`, {
        code: 'directory_too_large',
        todo: 'Name the directory of the loaders itself.',
      })
    const path = join(dir, entry.name)
    if (entry.isDirectory() && depth < deepest) paths.push(...(await loadersBelow(path, depth + 1, budget)))
    else if (!entry.isDirectory() && loaderNameOf(entry.name) !== undefined) paths.push(path)
  }
  return paths
}

/** What machines call a file; `undefined` when it is none that they ask for. */
function loaderNameOf(fileName: string): string | undefined {
  const [signed, program = 'grub', architecture] = signedLoader.exec(fileName) ?? []
  if (signed !== undefined) return `${program}${architecture}.efi`
  return looksLikeLoader.test(fileName) ? fileName : undefined
}

async function fromFile(path: string, from: string): Promise<LoaderFile> {
  try {
    const file = await localFile(path)
    if (file.size > mostLoaderBytes) return { from, refused: tooLarge(file.size) }
    const pieces: Uint8Array[] = []
    for await (const piece of piecesOf(file, () => undefined)) pieces.push(piece.slice())
    return { from, name: loaderNameOf(file.name) ?? file.name, bytes: Buffer.concat(pieces) }
  } catch (error) {
    return { from, refused: failureOf(error) }
  }
}

async function* fromPackage(path: string): AsyncGenerator<LoaderFile, void, undefined> {
  await localFile(path)
  for await (const entry of debianPackageFiles(path)) {
    const from = entry.path.replace(/^\.?\//, '')
    const name = loaderNameOf(basename(from))
    if (name === undefined) continue
    if (entry.size > mostLoaderBytes) yield { from, refused: tooLarge(entry.size) }
    else yield { from, name, bytes: Uint8Array.from(await entry.bytes()) }
  }
}

function tooLarge(size: number): Failure {
  return new Failure(`It has ${sizeText(size)}; no loader has more than ${sizeText(mostLoaderBytes)}.`, {
    code: 'not_a_loader',
  })
}
