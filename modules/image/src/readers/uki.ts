import type { ByteSource } from '../byte-source.ts'
import { type Tree, type TreeFile, Unreadable } from '../tree.ts'

type Section = { readonly name: string; readonly offset: number; readonly size: number }
type Pe = { readonly sections: readonly Section[]; readonly isSigned: boolean }

/** Windows loads no more; a UKI has about 15. */
const sectionLimit = 96
const sectionHeader = 40
/** What a UKI holds for the kernel and for people (UAPI.5 Unified Kernel Image). The first of a name counts. */
const parts = [
  'linux',
  'initrd',
  'cmdline',
  'osrel',
  'uname',
  'dtb',
  'splash',
  'ucode',
  'sbat',
  'pcrsig',
  'pcrpkey',
]

/**
 * The parts of a unified kernel image: `uki.efi` is all of it, `linux`, `initrd`, `cmdline`… its sections.
 * `undefined` for other PE programs. Three small reads.
 * @throws {Unreadable} when its headers or sections point outside of it
 */
export async function readUki(source: ByteSource): Promise<Tree | undefined> {
  const pe = await readPe(source)
  if (pe === undefined || !pe.sections.some(({ name }) => name === '.linux')) return undefined
  const files = new Map<string, TreeFile>([['uki.efi', wholeFile('uki.efi', 0, source.size)]])
  for (const { name, offset, size } of pe.sections) {
    const path = name.slice(1)
    if (!name.startsWith('.') || !parts.includes(path) || files.has(path)) continue
    if (offset + size > source.size)
      throw new Unreadable(
        `Section ${name} of the UKI ends at byte ${offset + size}, the file at ${source.size}: is it complete?`,
      )
    files.set(path, wholeFile(path, offset, size))
  }
  return { format: 'uki', sources: [source], files, links: new Map() }
}

/**
 * Whether an EFI program carries a signature (a certificate table). Says nothing about who signed, nor whether it fits.
 * @throws {Unreadable} when it is a PE program and broken
 */
export async function isSigned(source: ByteSource): Promise<boolean> {
  return (await readPe(source))?.isSigned ?? false
}

const wholeFile = (path: string, offset: number, length: number): TreeFile => ({
  path,
  size: length,
  extents: length === 0 ? [] : [{ source: 0, offset, length }],
})

/** PE/COFF: "MZ", at 0x3c where "PE\0\0" is, then the COFF header, the optional header and the table of sections. */
async function readPe(source: ByteSource): Promise<Pe | undefined> {
  if (source.size < 64) return undefined
  const dos = await source.read(0, 64)
  const start = dos.readUInt32LE(0x3c)
  if (dos.toString('latin1', 0, 2) !== 'MZ' || start + 24 > source.size) return undefined
  const coff = await source.read(start, 24)
  if (coff.toString('latin1', 0, 4) !== 'PE\0\0') return undefined
  const count = coff.readUInt16LE(6)
  const optionalSize = coff.readUInt16LE(20)
  const tableSize = optionalSize + count * sectionHeader
  if (count > sectionLimit) throw new Unreadable(`The EFI program claims ${count} sections.`)
  if (start + 24 + tableSize > source.size)
    throw new Unreadable('The EFI program ends within its headers: is it complete?')
  const table = await source.read(start + 24, tableSize)
  return {
    sections: Array.from({ length: count }, (_, index) =>
      section(table.subarray(optionalSize + index * sectionHeader)),
    ),
    isSigned: hasCertificates(table.subarray(0, optionalSize), source.size),
  }
}

/**
 * A section in the file is padded to the file alignment (SizeOfRawData), in memory it has its true size
 * (VirtualSize); the smaller one is content. Old linkers leave VirtualSize 0.
 */
function section(header: Buffer): Section {
  const name = header.toString('latin1', 0, 8).replace(/\0.*$/s, '')
  const virtualSize = header.readUInt32LE(8)
  const rawSize = header.readUInt32LE(16)
  const size = virtualSize === 0 ? rawSize : Math.min(virtualSize, rawSize)
  return { name, offset: header.readUInt32LE(20), size }
}

/** Where the data directories begin, by the magic of the optional header: PE32, PE32+. */
const directories: Readonly<Record<number, number>> = { 267: 96, 523: 112 }
const certificateTable = 4

function hasCertificates(optional: Buffer, fileSize: number): boolean {
  const start = optional.length < 2 ? undefined : directories[optional.readUInt16LE(0)]
  if (start === undefined) return false
  const entry = start + certificateTable * 8
  if (entry + 8 > optional.length || optional.readUInt32LE(start - 4) <= certificateTable) return false
  const offset = optional.readUInt32LE(entry)
  const size = optional.readUInt32LE(entry + 4)
  if (size > 0 && offset + size > fileSize)
    throw new Unreadable('The signature of the EFI program lies outside of it: is it complete?')
  return size > 0
}
