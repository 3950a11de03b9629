import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  bundleIn,
  fileSource,
  type PublicKey,
  piecesOf,
  type ReadBundle,
  readBundle,
  readDirectory,
  signerOf,
  type Tree,
  Unreadable,
  verifyBlobs,
} from '@bootcast/image'
import { Failure } from './failure.ts'
import { localFile } from './local-file.ts'
import { Progress } from './progress.ts'
import type { World } from './world.ts'

export type OpenBundle = AsyncDisposable & { readonly tree: Tree; readonly bundle: ReadBundle }

/** A bundle as a tar or as a folder. @throws {Failure | Unreadable} */
export async function openBundle(path: string): Promise<OpenBundle> {
  if ((await stat(path).catch(() => undefined))?.isDirectory() === true) {
    const tree = await readDirectory(path)
    return { tree, bundle: await bundleOf(tree), [Symbol.asyncDispose]: async () => undefined }
  }
  const { size } = await localFile(path)
  const file = await open(path, 'r')
  try {
    const tree = await bundleIn(fileSource(file, size))
    return { tree, bundle: await bundleOf(tree), [Symbol.asyncDispose]: () => file.close() }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function bundleOf(tree: Tree): Promise<ReadBundle> {
  const bundle = await readBundle(tree)
  if (bundle === undefined) throw new Unreadable('It is no bundle of Bootcast.')
  return bundle
}

/** A bundle whose files have all been read and are what they say. @throws {Failure | Unreadable} */
export async function checkedBundle(world: World, file: string): Promise<OpenBundle> {
  const opened = await openBundle(file)
  const total = opened.bundle.release.variants
    .flatMap(({ files }) => files)
    .reduce((sum, { size }) => sum + size, 0)
  const progress = new Progress(world, 'verify', file, total)
  try {
    await verifyBlobs(opened.tree, opened.bundle, (bytes) => {
      world.signal.throwIfAborted()
      progress.at(bytes)
    })
    return opened
  } catch (error) {
    await opened[Symbol.asyncDispose]()
    throw error
  } finally {
    progress.clear()
  }
}

/** Which of these keys signed it. */
export function signedBy(
  { release, index, envelopes }: ReadBundle,
  keys: readonly PublicKey[],
): PublicKey | undefined {
  const statement = { image: release.image, number: release.number, index: index.digest }
  return signerOf(envelopes, statement, keys)
}

/** Writes a file whole or not at all: it appears under its name when all bytes are durable. @returns its size */
export async function writeWhole(
  world: World,
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  onBytes: (written: number) => void = () => undefined,
): Promise<number> {
  const part = `${path}.${randomBytes(4).toString('hex')}.part`
  const file = await open(part, 'wx', 0o644).catch((error: Error) => {
    throw new Failure(`Cannot write ${path}.`, { code: 'file_unwritable', why: error.message })
  })
  let size = 0
  try {
    for await (const piece of bytes) {
      world.signal.throwIfAborted()
      await file.appendFile(piece)
      size += piece.length
      onBytes(size)
    }
    await file.sync()
    await file.close()
    await rename(part, path)
    return size
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(part, { force: true })
    throw error
  }
}

/** The files of a tree below a folder that is made; it must not be there. */
export async function unpackTree(world: World, tree: Tree, folder: string): Promise<void> {
  await mkdir(folder).catch((error: Error) => {
    throw new Failure(`Cannot make the folder ${folder}.`, { code: 'file_unwritable', why: error.message })
  })
  for (const file of tree.files.values()) {
    const target = join(folder, file.path)
    await mkdir(dirname(target), { recursive: true })
    await writeWhole(world, target, piecesOf(tree, file))
  }
}
