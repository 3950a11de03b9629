import type { ByteSource } from '../byte-source.ts'
import { type Extent, type Tree, treeLimits, Unreadable } from '../tree.ts'
import { TreeBuilder } from '../tree-builder.ts'
import { type IsoRecord, type RockRidge, recordsOf, rockRidgeOf, suspSkip } from './iso-record.ts'
import { type Directory, readVolume, sectorBytes, type Volume } from './iso-volume.ts'
import { readUdf } from './udf.ts'

/** A directory of 200,000 files with long names. */
const directoryLimit = 64 * 1024 * 1024

/**
 * The files of a CD or DVD image, in place: ISO 9660 (ECMA-119) with Rock Ridge, Joliet, or plain names (lower case),
 * several extents per file, El Torito; UDF where that has more. Left out: zisofs files, devices.
 * Growth: one read per directory, memory by `treeLimits`.
 * @throws {Unreadable} when it is cut, broken or beyond the limits
 */
export async function readIso(source: ByteSource): Promise<Tree | undefined> {
  const volume = await readVolume(source)
  if (!('primary' in volume)) return volume.hasUdf ? readUdf(source) : undefined
  const tree = await new Walk(source, volume).tree()
  const other = volume.hasUdf ? await readUdf(source) : undefined
  return other !== undefined && bytesOf(other) > bytesOf(tree) ? { ...tree, ...other } : tree
}

/** Windows' CDs have but a README on their ISO 9660 side. */
const bytesOf = ({ files }: Tree) => [...files.values()].reduce((sum, { size }) => sum + size, 0)

type Names = 'rock-ridge' | 'joliet' | 'plain'
type Step = { readonly directory: Directory; readonly path: string; readonly depth: number }
type Part = { readonly path: string; readonly extents: Extent[] }

class Walk {
  readonly #source: ByteSource
  readonly #volume: Volume
  readonly #built = new TreeBuilder('The ISO')
  readonly #seen = new Set<number>()
  #names: Names = 'plain'
  #skip = 0

  constructor(source: ByteSource, volume: Volume) {
    this.#source = source
    this.#volume = volume
  }

  async tree(): Promise<Tree> {
    const steps: Step[] = [{ directory: await this.#start(), path: '', depth: 0 }]
    for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
      for (const below of await this.#walked(step)) steps.push(below)
    }
    const { label, startsAsCd } = this.#volume
    return {
      format: 'iso',
      sources: [this.#source],
      files: this.#built.files,
      links: this.#built.links,
      label,
      startsAsCd,
      ...(this.#names === 'plain' && { ignoresCase: true }),
    }
  }

  /** The root of the best names there are. */
  async #start(): Promise<Directory> {
    const { primary, joliet, blockBytes } = this.#volume
    const [itself] = recordsOf(await this.#bytesOf({ ...primary, size: sectorBytes }), blockBytes)
    const skip = suspSkip(itself)
    if (skip === undefined && joliet !== undefined) this.#names = 'joliet'
    if (skip === undefined) return joliet ?? primary
    this.#names = 'rock-ridge'
    this.#skip = skip
    return primary
  }

  async #walked({ directory, path, depth }: Step): Promise<readonly Step[]> {
    this.#enter(directory, depth)
    const below: Step[] = []
    let part: Part | undefined
    for (const record of recordsOf(await this.#bytesOf(directory), this.#volume.blockBytes)) {
      if (isItselfOrParent(record)) continue
      const more = await this.#more(record)
      const found = this.#built.path(`${path}/${this.#nameOf(record, more)}`)
      if (found === undefined || more.isRelocated || more.isCompressed) continue
      const folder = await this.#folderOf(record, more)
      if (folder !== undefined) below.push({ directory: folder, path: found, depth: depth + 1 })
      else if (more.link !== undefined) this.#built.addLink(found, more.link)
      else part = this.#addPart(part?.path === found ? part : { path: found, extents: [] }, record)
    }
    return below
  }

  #enter({ block }: Directory, depth: number): void {
    if (depth > treeLimits.depth)
      throw new Unreadable('The ISO has folders deeper than any system makes them.')
    if (this.#seen.has(block)) throw new Unreadable('Folders of the ISO contain each other: it is forged.')
    this.#seen.add(block)
    if (this.#seen.size > treeLimits.files)
      throw new Unreadable(`The ISO has more than ${treeLimits.files} folders.`)
  }

  async #folderOf(record: IsoRecord, { childAt }: RockRidge): Promise<Directory | undefined> {
    if (childAt !== undefined) return await this.#relocated(childAt)
    return record.isDirectory ? record : undefined
  }

  /** `undefined`: the file is complete. */
  #addPart(part: Part, { block, size, goesOn }: IsoRecord): Part | undefined {
    const offset = block * this.#volume.blockBytes
    if (size > 0 && offset + size > this.#source.size)
      throw new Unreadable(
        `The ISO ends at byte ${this.#source.size}, and ${part.path} goes to ${offset + size}: is it complete?`,
      )
    part.extents.push({ source: 0, offset, length: size })
    if (part.extents.length > treeLimits.extents)
      throw new Unreadable(`${part.path} is in more than ${treeLimits.extents} pieces.`)
    if (goesOn) return part
    this.#built.addFile(part.path, part.extents)
    return undefined
  }

  async #more(record: IsoRecord): Promise<RockRidge> {
    if (this.#names !== 'rock-ridge') return { isRelocated: false, isCompressed: false }
    return await rockRidgeOf(record, this.#skip, this.#source, this.#volume.blockBytes)
  }

  #nameOf({ identifier }: IsoRecord, { name }: RockRidge): string {
    if (name !== undefined) return name
    if (this.#names === 'joliet') return withoutVersion(ucs2(identifier))
    return withoutVersion(identifier.toString('latin1')).replace(/\.$/, '').toLowerCase()
  }

  /** The size of a directory that stands elsewhere is told by its own first record. */
  async #relocated(block: number): Promise<Directory> {
    const [itself] = recordsOf(await this.#bytesOf({ block, size: sectorBytes }), this.#volume.blockBytes)
    if (itself === undefined) throw new Unreadable('A folder of the ISO that stands elsewhere is not there.')
    return { block, size: itself.size }
  }

  async #bytesOf({ block, size }: Directory): Promise<Buffer> {
    const offset = block * this.#volume.blockBytes
    if (size > directoryLimit) throw new Unreadable(`A folder of the ISO claims ${size} bytes.`)
    if (offset + size > this.#source.size)
      throw new Unreadable(
        `The ISO ends at byte ${this.#source.size}, and a folder goes to ${offset + size}: is it complete?`,
      )
    return await this.#source.read(offset, size)
  }
}

const isItselfOrParent = ({ identifier }: IsoRecord) =>
  identifier.length === 1 && identifier.readUInt8(0) <= 1

/** `NAME.EXT;1` */
const withoutVersion = (name: string) => name.replace(/;\d*$/, '')

function ucs2(identifier: Buffer): string {
  return Buffer.from(identifier.subarray(0, identifier.length & ~1))
    .swap16()
    .toString('utf16le')
}
