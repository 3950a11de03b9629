import type { ByteSource } from '../byte-source.ts'
import { type Extent, type Tree, treeLimits, Unreadable } from '../tree.ts'
import { TreeBuilder } from '../tree-builder.ts'

const sectorBytes = 2048
/** Descriptor tags (ECMA-167 3/7.2.1, 4/7.2.1). */
const tags = {
  anchor: 2,
  partition: 5,
  logicalVolume: 6,
  terminator: 8,
  fileSet: 256,
  fileIdentifier: 257,
  allocationExtent: 258,
  fileEntry: 261,
  extendedFileEntry: 266,
} as const
const directoryLimit = 64 * 1024 * 1024
const sequenceLimit = 64

/** A place within the partition. */
type Icb = { readonly block: number }
type Entry = { readonly isDirectory: boolean; readonly isFile: boolean; readonly extents: readonly Extent[] }

/**
 * The files of a UDF volume, in place: one partition of type 1, as DVD and Windows images have it (ECMA-167, UDF 1.02
 * to 2.01). `undefined`: no such volume. @throws {Unreadable} when it is cut, broken, of a later kind, or beyond limits
 */
export async function readUdf(source: ByteSource): Promise<Tree | undefined> {
  if (source.size < 257 * sectorBytes) return undefined
  const anchor = await source.read(256 * sectorBytes, sectorBytes)
  if (tagOf(anchor) !== tags.anchor) return undefined
  const volume = await readSequence(source, anchor)
  const walk = new Walk(source, volume.partitionStart)
  const fileSet = await source.read((volume.partitionStart + volume.fileSet) * sectorBytes, sectorBytes)
  if (tagOf(fileSet) !== tags.fileSet) throw new Unreadable('The UDF volume has no file set: it is damaged.')
  await walk.from({ block: fileSet.readUInt32LE(404) })
  return {
    format: 'iso',
    sources: [source],
    files: walk.built.files,
    links: walk.built.links,
    ...volume.named,
  }
}

const tagOf = (bytes: Buffer) => bytes.readUInt16LE(0)

/** The volume descriptor sequence: where the partition begins, and the file set within it. */
async function readSequence(source: ByteSource, anchor: Buffer) {
  let partitionStart: number | undefined
  let logical: Buffer | undefined
  for (let n = 0; n < sequenceLimit; n++) {
    const bytes = await source.read((anchor.readUInt32LE(20) + n) * sectorBytes, sectorBytes)
    const tag = tagOf(bytes)
    if (tag === tags.partition) partitionStart ??= bytes.readUInt32LE(188)
    if (tag === tags.logicalVolume) logical ??= bytes
    if (tag === tags.terminator || tag === 0) break
  }
  if (partitionStart === undefined || logical === undefined)
    throw new Unreadable('The UDF volume has no partition: it is damaged.')
  if (
    logical.readUInt32LE(212) !== sectorBytes ||
    logical.readUInt32LE(268) !== 1 ||
    logical.readUInt8(440) !== 1
  )
    throw new Unreadable('The UDF volume is of a kind that Bootcast cannot read (Blu-ray, rewritable).')
  const label = dstring(logical.subarray(84, 212))
  return { partitionStart, fileSet: logical.readUInt32LE(252), named: label === '' ? {} : { label } }
}

/** A text field: OSTA compressed Unicode, its length in the last byte (UDF 2.1.3). */
function dstring(field: Buffer): string {
  return compressedUnicode(field.subarray(0, Math.min(field.length - 1, field.readUInt8(field.length - 1))))
}

function compressedUnicode(bytes: Buffer): string {
  if (bytes.length < 2) return ''
  if (bytes.readUInt8(0) === 8) return bytes.toString('latin1', 1)
  const even = bytes.subarray(1, 1 + ((bytes.length - 1) & ~1))
  return Buffer.from(even).swap16().toString('utf16le')
}

class Walk {
  readonly built = new TreeBuilder('The UDF volume')
  readonly #source: ByteSource
  readonly #start: number
  readonly #seen = new Set<number>()

  constructor(source: ByteSource, partitionStart: number) {
    this.#source = source
    this.#start = partitionStart
  }

  async from(root: Icb): Promise<void> {
    const steps = [{ icb: root, path: '', depth: 0 }]
    for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
      const { icb, path, depth } = step
      if (this.#seen.has(icb.block) || depth > treeLimits.depth)
        throw new Unreadable('Folders of the UDF volume contain each other: it is forged.')
      this.#seen.add(icb.block)
      for (const { name, icb: below } of identifiersIn(await this.#contentOf(await this.#entry(icb)))) {
        const found = this.built.path(`${path}/${name}`)
        if (found === undefined) continue
        const entry = await this.#entry(below)
        if (entry.isDirectory) steps.push({ icb: below, path: found, depth: depth + 1 })
        else if (entry.isFile) this.built.addFile(found, entry.extents)
      }
    }
  }

  async #contentOf({ isDirectory, extents }: Entry): Promise<Buffer> {
    const size = extents.reduce((sum, { length }) => sum + length, 0)
    if (!isDirectory || size > directoryLimit)
      throw new Unreadable(`A folder of the UDF volume claims ${size} bytes or is none.`)
    const parts: Buffer[] = []
    for (const { offset, length } of extents) parts.push(await this.#source.read(offset, length))
    return Buffer.concat(parts)
  }

  async #entry({ block }: Icb): Promise<Entry> {
    const at = (this.#start + block) * sectorBytes
    const bytes = await this.#source.read(at, sectorBytes)
    const tag = tagOf(bytes)
    if (tag !== tags.fileEntry && tag !== tags.extendedFileEntry)
      throw new Unreadable('The UDF volume has a file without an entry: it is damaged.')
    const head = tag === tags.fileEntry ? 168 : 208
    const first = head + 8 + bytes.readUInt32LE(head)
    const length = bytes.readUInt32LE(head + 4)
    if (first + length > sectorBytes) throw new Unreadable('The UDF volume has an entry longer than a block.')
    const size = Number(bytes.readBigUInt64LE(56))
    const kind = bytes.readUInt16LE(34) & 7
    const type = bytes.readUInt8(27)
    const areas = bytes.subarray(first, first + length)
    const extents =
      kind === 3
        ? [{ source: 0, offset: at + first, length: Math.min(size, length) }]
        : await this.#extents(areas, kind, size)
    return { isDirectory: type === 4, isFile: type === 5, extents }
  }

  /** Allocation descriptors: short (kind 0) or long (1), the last perhaps pointing to more of them (4/14.14.1). */
  async #extents(first: Buffer, kind: number, size: number): Promise<readonly Extent[]> {
    const found: Extent[] = []
    const step = kind === 0 ? 8 : 16
    if (kind > 1) throw new Unreadable('The UDF volume has files of a kind that Bootcast cannot read.')
    let areas = first
    let left = size
    for (let at = 0; at + step <= areas.length && left > 0; at += step) {
      const [length, block] = [areas.readUInt32LE(at) & 0x3fffffff, areas.readUInt32LE(at + 4)]
      const type = areas.readUInt32LE(at) >>> 30
      if (length === 0) break
      if (found.length >= treeLimits.extents)
        throw new Unreadable('The UDF volume has a file in too many pieces.')
      if (type === 3) {
        areas = await this.#moreAreas(block)
        at = -step
        found.push({ source: 0, offset: 0, length: 0 })
        continue
      }
      if (type !== 0) throw new Unreadable('The UDF volume has a file with holes.')
      const taken = Math.min(length, left)
      const offset = (this.#start + block) * sectorBytes
      if (offset + taken > this.#source.size)
        throw new Unreadable(
          `The UDF volume ends at byte ${this.#source.size}, a file at ${offset + taken}: is it complete?`,
        )
      found.push({ source: 0, offset, length: taken })
      left -= taken
    }
    if (left > 0) throw new Unreadable('The UDF volume has a file that is shorter than it claims.')
    return joined(found)
  }

  async #moreAreas(block: number): Promise<Buffer> {
    const bytes = await this.#source.read((this.#start + block) * sectorBytes, sectorBytes)
    if (tagOf(bytes) !== tags.allocationExtent)
      throw new Unreadable('The UDF volume has a damaged file entry.')
    return bytes.subarray(24, 24 + Math.min(bytes.readUInt32LE(20), sectorBytes - 24))
  }
}

/** Descriptors hold less than 1 GiB each: those that follow one another are one extent. */
function joined(extents: readonly Extent[]): readonly Extent[] {
  const found: Extent[] = []
  for (const extent of extents) {
    const last = found.at(-1)
    if (extent.length === 0) continue
    if (last !== undefined && last.offset + last.length === extent.offset)
      found[found.length - 1] = { ...last, length: last.length + extent.length }
    else found.push(extent)
  }
  return found
}

const characteristics = { deleted: 4, parent: 8 }

/** File identifier descriptors (4/14.4), each padded to four bytes. */
function* identifiersIn(bytes: Buffer): Generator<{ readonly name: string; readonly icb: Icb }> {
  for (let at = 0; at + 38 <= bytes.length; ) {
    if (bytes.readUInt16LE(at) !== tags.fileIdentifier)
      throw new Unreadable('A folder of the UDF volume is damaged.')
    const nameLength = bytes.readUInt8(at + 19)
    const nameAt = at + 38 + bytes.readUInt16LE(at + 36)
    if (nameAt + nameLength > bytes.length) throw new Unreadable('A folder of the UDF volume is cut.')
    if ((bytes.readUInt8(at + 18) & (characteristics.deleted | characteristics.parent)) === 0)
      yield {
        name: compressedUnicode(bytes.subarray(nameAt, nameAt + nameLength)),
        icb: { block: bytes.readUInt32LE(at + 24) },
      }
    at = Math.ceil((nameAt + nameLength) / 4) * 4
  }
}
