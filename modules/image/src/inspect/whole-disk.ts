import type { ByteSource } from '../byte-source.ts'
import { type VirtualDiskFormat, vhdFooterBytes, vhdKindOf, vhdKinds } from '../readers/disk.ts'
import { Unreadable } from '../tree.ts'

type Check = (disk: ByteSource) => Promise<string | undefined>

/** What a disk image lacks, in words; `undefined`: it is whole. */
const checks: Readonly<Record<VirtualDiskFormat, Check>> = {
  qcow2: qcow2Lacks,
  vmdk: vmdkLacks,
  vhdx: vhdxLacks,
  vhd: vhdLacks,
}

/**
 * A disk image may be the difference to another file, a part of several, or only their description: files that are not
 * here, or files of this computer. Nothing opens it before this.
 * @throws {Unreadable} when it is not whole by itself
 */
export async function checkWholeDisk(disk: ByteSource, format: VirtualDiskFormat): Promise<void> {
  const lacks = await checks[format](disk)
  if (lacks !== undefined)
    throw new Unreadable(
      `The disk image is not whole: ${lacks}. Make one whole image of it where all its files are (qemu-img convert -O qcow2 IMAGE whole.qcow2) and publish that.`,
    )
}

const difference = (parent: string) =>
  `it is the difference to another image${parent === '' ? '' : `, “${printable(parent)}”`}`
const printable = (text: string) => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)

/** QEMU docs/interop/qcow2: backing file at 8 and 16; incompatible feature 2 (bit 2 of 72 to 80), external data. */
async function qcow2Lacks(disk: ByteSource): Promise<string | undefined> {
  const head = await startOf(disk, 64 * 1024)
  if (head.readBigUInt64BE(8) !== 0n) {
    const at = Number(head.readBigUInt64BE(8))
    return difference(head.toString('latin1', at, at + head.readUInt32BE(16)))
  }
  const hasExternalData = head.readUInt32BE(4) >= 3 && (head.readUInt8(79) & 4) !== 0
  return hasExternalData ? 'its data are in another file' : undefined
}

const sector = 512
/** As many as QEMU reads. */
const vmdkDescriptorSectors = 20
const vmdkMostSectors = 128

/**
 * Virtual Disk Format 1.1 (VMware), "The Descriptor File" and "Hosted Sparse Extents": capacity at 12; descriptor at
 * 28, its size at 36, in sectors. A sparse extent without a descriptor is one of several.
 */
async function vmdkLacks(disk: ByteSource): Promise<string | undefined> {
  const head = await startOf(disk, (1 + vmdkDescriptorSectors) * sector)
  if (head.toString('latin1', 0, 4) !== 'KDMV' || head.readBigUInt64LE(12) === 0n) {
    const [, file = ''] = /^\s*(?:RW|RDONLY)\s[^"\n]*"([^"\n]*)"/m.exec(head.toString('latin1')) ?? []
    return `it only describes a disk whose data are in other files${file === '' ? '' : `, “${printable(file)}”`}`
  }
  const [at, sectors] = [Number(head.readBigUInt64LE(28)) * sector, Number(head.readBigUInt64LE(36))]
  const own = textOf(at === 0 ? undefined : await disk.read(at, Math.min(sectors, vmdkMostSectors) * sector))
  if (!own.includes('createType')) return 'it is one of several parts of a disk'
  // QEMU looks for the parent in the second sector, wherever the header says that the descriptor is.
  for (const text of [own, textOf(head.subarray(sector))]) {
    const [, parent] = /parentFileNameHint[ \t]*=?[ \t]*"?([^"\n]*)/.exec(text) ?? []
    if (parent !== undefined) return difference(parent)
    if (/^parentCID[ \t]*=[ \t]*(?!ffffffff)[0-9a-f]/im.test(text)) return difference('')
  }
  return undefined
}

/** Descriptors end with a zero or with their sectors. */
const textOf = (bytes: Buffer | undefined) => bytes?.toString('latin1').replace(/\0.*$/s, '') ?? ''

/** MS-VHDX 2.2.3 and 2.6: the GUIDs as they lie in the file. */
const vhdxGuids = {
  metadata: '06a27c8b90479a4bb8fe575f050f886e',
  parameters: '3767a1ca36fa434db3b633f0aa44e76b',
  parentLocator: '2d5fd3a80bb34d45abf7d3d84834ab0c',
}
const vhdxRegionTable = 192 * 1024
const vhdxTableBytes = 64 * 1024
const vhdxMostEntries = 2047

/** MS-VHDX 2.2.3.2 (region table), 2.6.1 (metadata table), 2.6.2.1 (file parameters: bit 1, it has a parent). */
async function vhdxLacks(disk: ByteSource): Promise<string | undefined> {
  const regions = await disk.read(vhdxRegionTable, vhdxTableBytes)
  const region = entriesOf(regions, 16, regions.readUInt32LE(8)).get(vhdxGuids.metadata)
  if (region === undefined) return 'it has no metadata'
  const start = Number(region.readBigUInt64LE(16))
  const table = await disk.read(start, vhdxTableBytes)
  const items = entriesOf(table, 32, table.readUInt16LE(10))
  const parameters = items.get(vhdxGuids.parameters)
  const flags = parameters && (await disk.read(start + parameters.readUInt32LE(16) + 4, 4)).readUInt32LE(0)
  const hasParent = items.has(vhdxGuids.parentLocator) || ((flags ?? 0) & 2) !== 0
  return hasParent ? difference('') : undefined
}

/** Entries of 32 bytes that begin with a GUID. */
function entriesOf(table: Buffer, from: number, count: number): ReadonlyMap<string, Buffer> {
  const entries = Array.from({ length: Math.min(count, vhdxMostEntries) }, (_, index) =>
    table.subarray(from + index * 32, from + index * 32 + 32),
  )
  return new Map(
    entries
      .filter(({ length }) => length === 32)
      .map((entry): [string, Buffer] => [entry.toString('hex', 0, 16), entry]),
  )
}

/** Dynamic and differencing disks have a copy of the footer at the start, which QEMU reads; a fixed one has not. */
async function vhdLacks(disk: ByteSource): Promise<string | undefined> {
  const copy = vhdKindOf(await disk.read(0, vhdFooterBytes))
  const footer = vhdKindOf(await disk.read(disk.size - vhdFooterBytes, vhdFooterBytes))
  if (copy === vhdKinds.differencing || footer === vhdKinds.differencing) return difference('')
  const isFixed = copy === undefined && footer === vhdKinds.fixed
  const isDynamic = copy === vhdKinds.dynamic && footer === vhdKinds.dynamic
  return isFixed || isDynamic ? undefined : 'its two ends do not fit together, as of a file that was cut'
}

const startOf = (disk: ByteSource, bytes: number) => disk.read(0, Math.min(disk.size, bytes))
