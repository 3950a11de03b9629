import type { ByteSource } from '../byte-source.ts'

export type VirtualDiskFormat = 'qcow2' | 'vmdk' | 'vhdx' | 'vhd'
export type DiskFormat = 'raw' | VirtualDiskFormat

const magics: readonly (readonly [VirtualDiskFormat, string])[] = [
  ['qcow2', 'QFI\xfb'],
  ['vmdk', 'KDMV'],
  ['vmdk', '# Disk DescriptorFile'],
  ['vhdx', 'vhdxfile'],
  ['vhd', 'conectix'],
]

export const vhdFooterBytes = 512
export const vhdKinds = { fixed: 2, dynamic: 3, differencing: 4 } as const

/** Which of its kinds a VHD is, by its footer (Virtual Hard Disk Image Format Specification 1.0, "Disk Type"). */
export const vhdKindOf = (footer: Buffer): number | undefined =>
  footer.toString('latin1', 0, 8) === 'conectix' ? footer.readUInt32BE(60) : undefined

/** Whether it is a disk image: a known format, by its first bytes or its last, or a raw disk with a partition table. */
export async function diskFormatOf(source: ByteSource): Promise<DiskFormat | undefined> {
  if (source.size < 1024) return undefined
  const head = await source.read(0, 1024)
  const start = head.toString('latin1', 0, 32)
  const known = magics.find(([, magic]) => start.startsWith(magic))?.[0]
  if (known !== undefined) return known
  // A fixed VHD is a raw disk with a footer behind it.
  const end = await source.read(source.size - vhdFooterBytes, vhdFooterBytes)
  if (vhdKindOf(end) === vhdKinds.fixed) return 'vhd'
  // UEFI 2.10 §5.3.2: the header of a GUID partition table is in the second sector.
  if (head.toString('latin1', 512, 520) === 'EFI PART') return 'raw'
  return hasPartitions(head, source.size) ? 'raw' : undefined
}

/** An MBR: its mark, flags of 0 or 0x80, and at least one partition that lies within the disk. */
function hasPartitions(head: Buffer, size: number): boolean {
  if (head.readUInt16LE(510) !== 0xaa55) return false
  const entries = [446, 462, 478, 494].map((at) => head.subarray(at, at + 16))
  if (entries.some((entry) => (entry.readUInt8(0) & 0x7f) !== 0)) return false
  return entries.some((entry) => {
    const [type, first, sectors] = [entry.readUInt8(4), entry.readUInt32LE(8), entry.readUInt32LE(12)]
    return type !== 0 && first > 0 && sectors > 0 && first * 512 < size
  })
}
