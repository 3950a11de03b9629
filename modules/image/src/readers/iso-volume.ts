import type { ByteSource } from '../byte-source.ts'
import { Unreadable } from '../tree.ts'

/** Descriptors stand in sectors of this size whatever the volume's block size is (ECMA-119 §6.1.2). */
export const sectorBytes = 2048
const firstDescriptor = 16
const descriptorLimit = 64

export type Directory = { readonly block: number; readonly size: number }
export type Volume = {
  readonly label: string
  readonly blockBytes: number
  /** Root of the primary names, perhaps with Rock Ridge. */
  readonly primary: Directory
  /** Root of the names in UCS-2. */
  readonly joliet: Directory | undefined
  readonly startsAsCd: readonly ('bios' | 'uefi')[]
  /** It has a UDF file system, too (ECMA-167 3/9.1). */
  readonly hasUdf: boolean
}

/** `undefined`: no ISO 9660 volume. */
export async function readVolume(source: ByteSource): Promise<Volume | { readonly hasUdf: boolean }> {
  const descriptors = await readDescriptors(source)
  const primary = descriptors.find(({ id, type }) => id === 'CD001' && type === 1)?.bytes
  const hasUdf = descriptors.some(({ id }) => id === 'NSR02' || id === 'NSR03')
  if (primary === undefined) return { hasUdf }
  const blockBytes = primary.readUInt16LE(128)
  if (![512, 1024, 2048].includes(blockBytes))
    throw new Unreadable(`The ISO claims blocks of ${blockBytes} bytes: it is damaged.`)
  const joliet = descriptors.find(({ id, type, bytes }) => id === 'CD001' && type === 2 && isUcs2(bytes))
  const boot = descriptors.find(({ id, type }) => id === 'CD001' && type === 0)?.bytes
  return {
    label: primary.toString('latin1', 40, 72).trim(),
    blockBytes,
    primary: rootOf(primary),
    joliet: joliet && rootOf(joliet.bytes),
    startsAsCd: boot === undefined ? [] : await bootPlatforms(source, boot),
    hasUdf,
  }
}

type Descriptor = { readonly id: string; readonly type: number; readonly bytes: Buffer }

/** Volume descriptors of ISO 9660 and of UDF's recognition area, which follows them. */
async function readDescriptors(source: ByteSource): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = []
  for (let n = 0; n < descriptorLimit; n++) {
    const at = (firstDescriptor + n) * sectorBytes
    if (at + sectorBytes > source.size) break
    const bytes = await source.read(at, sectorBytes)
    const id = bytes.toString('latin1', 1, 6)
    if (!/^(CD001|BEA01|TEA01|NSR0[23]|BOOT2)$/.test(id)) break
    found.push({ id, type: bytes.readUInt8(0), bytes })
    if (id === 'TEA01') break
  }
  return found
}

/** Joliet: the escape sequences of UCS-2 levels 1 to 3. */
const isUcs2 = (bytes: Buffer) => /^%\/[@CE]/.test(bytes.toString('latin1', 88, 91))

/** ECMA-119 §8.4.18: the root's directory record stands in the descriptor. */
const rootOf = (descriptor: Buffer): Directory => ({
  block: descriptor.readUInt32LE(156 + 2) + descriptor.readUInt8(156 + 1),
  size: descriptor.readUInt32LE(156 + 10),
})

const platforms: Readonly<Record<number, 'bios' | 'uefi'>> = { 0: 'bios', 239: 'uefi' }

/** "El Torito" 1.0 §2: a validation entry, the default entry, then sections for other platforms. */
async function bootPlatforms(source: ByteSource, boot: Buffer): Promise<readonly ('bios' | 'uefi')[]> {
  if (!boot.toString('latin1', 7, 39).startsWith('EL TORITO SPECIFICATION')) return []
  const at = boot.readUInt32LE(0x47) * sectorBytes
  if (at + sectorBytes > source.size) return []
  const catalog = await source.read(at, sectorBytes)
  if (catalog.readUInt8(0) !== 1 || catalog.readUInt16LE(30) !== 0xaa55) return []
  const found = new Set([platforms[catalog.readUInt8(1)]])
  for (let entry = 64; entry + 32 <= catalog.length; ) {
    if (![0x90, 0x91].includes(catalog.readUInt8(entry))) break
    found.add(platforms[catalog.readUInt8(entry + 1)])
    entry += 32 * (1 + catalog.readUInt16LE(entry + 2))
  }
  return [...found].filter((platform) => platform !== undefined)
}
