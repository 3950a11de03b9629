import type { ByteSource } from '../byte-source.ts'

export type DiskFormat = 'raw' | 'qcow2' | 'vmdk' | 'vhdx' | 'vhd'

const magics: readonly (readonly [DiskFormat, string])[] = [
  ['qcow2', 'QFI\xfb'],
  ['vmdk', 'KDMV'],
  ['vmdk', '# Disk DescriptorFile'],
  ['vhdx', 'vhdxfile'],
  ['vhd', 'conectix'],
]

/** Whether it is a disk image, by its first bytes: a known format, or a raw disk with a partition table. */
export async function diskFormatOf(source: ByteSource): Promise<DiskFormat | undefined> {
  if (source.size < 1024) return undefined
  const head = await source.read(0, 1024)
  const start = head.toString('latin1', 0, 32)
  const known = magics.find(([, magic]) => start.startsWith(magic))?.[0]
  if (known !== undefined) return known
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
