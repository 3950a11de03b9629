import { type ByteSource, streamOf } from './byte-source.ts'

/** A run of bytes within one source. `source` is the index of a source of its tree. */
export type Extent = { readonly source: number; readonly offset: number; readonly length: number }

/** A regular file of a tree. Its bytes are those of its extents, one after another; a file of 0 bytes has none. */
export type TreeFile = {
  /** Without a slash at the beginning, `/` between names, neither `.` nor `..`: `live/vmlinuz`. */
  readonly path: string
  readonly size: number
  readonly extents: readonly Extent[]
}

/** What a reader found in a container: which files there are and where their bytes lie. Nothing is unpacked. */
export type Tree = {
  /** Row of the readers' table: `iso`, `tar`, `directory`, `uki`… */
  readonly format: string
  readonly sources: readonly ByteSource[]
  readonly files: ReadonlyMap<string, TreeFile>
  /** Symbolic links: path → target as written. Targets outside of the tree are no links: they are left out. */
  readonly links: ReadonlyMap<string, string>
  /** Names are of a format without case (plain ISO 9660): stored in lower case. */
  readonly ignoresCase?: boolean
  /** The file's name as it was uploaded. */
  readonly name?: string
  /** The volume's name, for people. */
  readonly label?: string
  /** Which firmware finds something to start when the whole is given to it as a CD (El Torito). */
  readonly startsAsCd?: readonly ('bios' | 'uefi')[]
}

/** Limits on what a container may claim; beyond them it is refused. */
export const treeLimits = {
  files: 200_000,
  pathBytes: 1024,
  depth: 64,
  links: 20_000,
  extents: 10_000,
} as const

/** Why a container cannot be read, in words for whoever publishes it. */
export class Unreadable extends Error {
  override readonly name: string = 'Unreadable'
  readonly code = 'unreadable_input'
}

const hops = 8

/** The file at a path, through symbolic links of files and folders, or `undefined`. */
export function findFile(tree: Tree, path: string): TreeFile | undefined {
  let wanted = tree.ignoresCase === true ? path.toLowerCase() : path
  for (let hop = 0; hop <= hops; hop++) {
    const file = tree.files.get(wanted)
    if (file !== undefined) return file
    const next = throughLink(tree, wanted)
    if (next === undefined) return undefined
    wanted = next
  }
  return undefined
}

/** The first link on the way to `path`, replaced by its target. */
function throughLink({ links }: Tree, path: string): string | undefined {
  const names = path.split('/')
  for (let count = 1; count <= names.length; count++) {
    const target = links.get(names.slice(0, count).join('/'))
    if (target === undefined) continue
    return resolvePath(names.slice(0, count - 1).join('/'), target, names.slice(count).join('/'))
  }
  return undefined
}

/** `target` as seen from `folder`, then `rest` below it. `undefined` when it leaves the tree. */
function resolvePath(folder: string, target: string, rest: string): string | undefined {
  const names = target.startsWith('/') ? [] : folder.split('/').filter(Boolean)
  for (const name of `${target}/${rest}`.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') names.push(name)
    else if (names.pop() === undefined) return undefined
  }
  return names.join('/')
}

/** The bytes of a file of the tree, in order. Memory: one piece of 1 MiB. */
export async function* piecesOf(tree: Tree, { path, extents }: TreeFile): AsyncGenerator<Buffer> {
  for (const { source, offset, length } of extents)
    yield* streamOf(sourceOf(tree, source, path), offset, length)
}

function sourceOf({ sources }: Tree, index: number, path: string): ByteSource {
  const source = sources[index]
  if (source === undefined) throw new Unreadable(`${path} lies in a part that is not there.`)
  return source
}

/** Bytes of a file of the tree, at most `limit` of them from its start. Memory: `limit`. */
export async function readStart(tree: Tree, file: TreeFile, limit: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let left = Math.min(limit, file.size)
  for (const { source, offset, length } of file.extents) {
    if (left === 0) break
    const take = Math.min(left, length)
    parts.push(await sourceOf(tree, source, file.path).read(offset, take))
    left -= take
  }
  return Buffer.concat(parts)
}

/**
 * A path of a container made safe: relative, no empty names, no `.`; `undefined` for what leaves the tree or has
 * control characters, a backslash, or is beyond the limits.
 */
export function safePath(raw: string): string | undefined {
  const names = raw.split('/').filter((name) => name !== '' && name !== '.')
  if (names.length === 0 || names.length > treeLimits.depth || names.includes('..')) return undefined
  const path = names.join('/')
  if (Buffer.byteLength(path) > treeLimits.pathBytes) return undefined
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return /[\u0000-\u001f\u007f\\]/.test(path) ? undefined : path
}
