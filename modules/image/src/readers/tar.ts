import type { ByteSource } from '../byte-source.ts'
import { type Tree, treeLimits, Unreadable } from '../tree.ts'
import { shown, TreeBuilder } from '../tree-builder.ts'
import {
  block,
  checkExtension,
  type Overrides,
  parseHeader,
  parsePax,
  sumFits,
  type TarHeader,
  text,
} from './tar-header.ts'

/** Headers of all kinds: a file may have three of its own (pax, long name, long link), folders have one each. */
const headerLimit = 4 * treeLimits.files
/** What one read fetches: the header, and of a small file the next ones too. */
const windowBytes = 8 * 1024
/** Hard link, symbolic link, devices, folder, FIFO: no content follows, whatever the size says. */
const headerOnly = '123456'

/**
 * The files of an uncompressed tar (POSIX ustar and pax, GNU, v7), in place. A later entry replaces an earlier one of
 * its name, as unpacking does. Left out: sparse files, devices, FIFOs, names with control characters or a backslash,
 * links out of the tree. Growth: one read per header, or per 8 KiB of small files; memory by `treeLimits`.
 * @throws {Unreadable} when it is cut, broken, beyond the limits, or a name leaves the tree
 */
export async function readTar(source: ByteSource): Promise<Tree | undefined> {
  if (source.size < block) return undefined
  const first = await source.read(0, block)
  if (isZero(first)) return undefined
  const claimsTar = first.toString('latin1', 257, 262) === 'ustar'
  if (!sumFits(first)) {
    if (claimsTar) throw new Unreadable('The first header of the tar archive is damaged.')
    return undefined
  }
  // A sum of six digits fits by chance too rarely to matter, but a v7 header begins with a name.
  if (!claimsTar && (first[0] ?? 0) <= 0x20) return undefined
  const entries = new Entries()
  for await (const { header, offset } of headers(source)) entries.add(header, offset)
  return { format: 'tar', sources: [source], files: entries.files, links: entries.links }
}

type Entry = { readonly header: TarHeader & Overrides; readonly offset: number }

async function* headers(source: ByteSource): AsyncGenerator<Entry> {
  const readAt = windowed(source)
  let at = 0
  let overrides: Overrides = {}
  for (let count = 0; ; count++) {
    if (count === headerLimit) throw new Unreadable(`The tar archive has more than ${headerLimit} headers.`)
    const own = await headerAt(readAt, at)
    if (own === undefined) return
    const isExtension = 'LKxg'.includes(own.type)
    const header = isExtension ? own : { ...own, ...overrides }
    const { offset, end } = await dataOf(readAt, header, at)
    if (end > source.size) throw cut(header, end, source.size)
    overrides = isExtension ? { ...overrides, ...(await extension(readAt, own, offset)) } : {}
    if (!isExtension) yield { header, offset }
    at = offset + Math.ceil((end - offset) / block) * block
  }
}

/** Where the bytes of the entry begin and end whose header stands at `at`. */
async function dataOf(readAt: ReadAt, { type, goesOn, size }: TarHeader, at: number) {
  const offset = type === 'S' && goesOn ? await afterSparseMap(readAt, at) : at + block
  return { offset, end: offset + (headerOnly.includes(type) ? 0 : size) }
}

/** `undefined`: the end mark. One block of zeros is taken for it, as GNU tar does. */
async function headerAt(readAt: ReadAt, at: number): Promise<TarHeader | undefined> {
  const bytes = await readAt(at, block)
  if (isZero(bytes)) return undefined
  if (!sumFits(bytes)) throw new Unreadable(`The header at byte ${at} of the tar archive is damaged.`)
  return parseHeader(bytes)
}

type ReadAt = (offset: number, length: number) => Promise<Buffer>

/** Reads with a window ahead, so that many small files cost few reads. */
function windowed(source: ByteSource): ReadAt {
  let window: Buffer = Buffer.alloc(0)
  let start = 0
  return async (offset, length) => {
    if (offset + length > source.size)
      throw new Unreadable(
        `The tar archive ends at byte ${source.size} without its end mark: is it complete?`,
      )
    if (offset < start || offset + length > start + window.length) {
      window = await source.read(offset, Math.min(Math.max(length, windowBytes), source.size - offset))
      start = offset
    }
    return window.subarray(offset - start, offset - start + length)
  }
}

async function extension(readAt: ReadAt, { type, size }: TarHeader, offset: number): Promise<Overrides> {
  checkExtension(size)
  const bytes = await readAt(offset, size)
  if (type === 'x') return parsePax(bytes)
  if (type === 'L') return { path: text(bytes, 0, size) }
  if (type === 'K') return { link: text(bytes, 0, size) }
  return {} // g: for all entries after it; in practice a comment (git archive)
}

/** Blocks of a GNU sparse map, 21 pieces each; the last byte but seven says whether another follows. */
async function afterSparseMap(readAt: ReadAt, header: number): Promise<number> {
  for (let count = 1; count <= 10_000; count++) {
    const bytes = await readAt(header + count * block, block)
    if (bytes[504] !== 1) return header + (count + 1) * block
  }
  throw new Unreadable('The tar archive has a sparse file in more than 200,000 pieces.')
}

class Entries extends TreeBuilder {
  constructor() {
    super('The tar archive')
  }

  add(header: TarHeader & Overrides, offset: number): void {
    const name = header.path ?? header.name
    if (!'\x000127'.includes(header.type) || (header.type !== '2' && name.endsWith('/'))) return
    const path = this.path(name)
    if (path === undefined || header.sparse === true) return
    if (header.type === '1') this.#addHardLink(path, header.link)
    else if (header.type === '2') this.addLink(path, header.link)
    else this.addFile(path, [{ source: 0, offset, length: header.size }])
  }

  #addHardLink(path: string, target: string): void {
    const wanted = this.path(target) ?? ''
    const file = this.files.get(wanted)
    const link = this.links.get(wanted)
    this.remove(path)
    if (file !== undefined) this.addFile(path, file.extents)
    else if (link !== undefined) this.addLink(path, link)
  }
}

function cut({ name }: TarHeader, needed: number, size: number): Unreadable {
  return new Unreadable(
    `The tar archive ends at byte ${size}, and ${shown(name)} needs ${needed}: is it complete?`,
  )
}

const zeros = Buffer.alloc(block)
const isZero = (bytes: Buffer) => bytes.equals(zeros)
