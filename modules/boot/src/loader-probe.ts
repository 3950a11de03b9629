import type { LoaderFeature } from './loaders.ts'
import type { Architecture } from './machine.ts'

/** What the bytes of a loader tell of it. */
export type ProbedLoader = {
  readonly platform: 'bios' | 'uefi'
  readonly architecture: Architecture
  /** Other boot programs are given only to machines whose operator names them, or with Secure Boot (`signedChains`). */
  readonly isIpxe: boolean
  readonly version?: string
  readonly features: readonly LoaderFeature[]
}

/** Looks at a whole file (16 MiB at most) and says what loader it is, or why it is none. */
export function probeLoader(bytes: Uint8Array): ProbedLoader | { readonly notALoader: string } {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (data.length < 512) return { notALoader: `it has only ${data.length} bytes` }
  if (data.toString('latin1', 0, 2) === 'MZ') return probeEfi(data)
  if (data.toString('latin1', 0x202, 0x206) === 'HdrS')
    return {
      notALoader: 'it is in the format of a Linux kernel (as ipxe.lkrn is): firmware cannot start that',
    }
  if (data.readUInt16BE(0) === 0x55aa) return { notALoader: 'it is an option ROM, to be flashed into a card' }
  return probeBios(data)
}

/** Machine types of the PE header (PE format, "Machine Types"). */
const peMachines: Readonly<Record<number, Architecture>> = {
  332: 'i386',
  34404: 'x86_64',
  450: 'arm32',
  452: 'arm32',
  43620: 'arm64',
  20580: 'riscv64',
  25188: 'loong64',
}
const efiApplication = 10

function probeEfi(data: Buffer): ProbedLoader | { readonly notALoader: string } {
  if (data.toString('latin1', 0x202, 0x206) === 'HdrS')
    return { notALoader: 'it is a Linux kernel; publish it as a release instead' }
  const pe = data.readUInt32LE(0x3c)
  if (pe > data.length - 96 || data.toString('latin1', pe, pe + 4) !== 'PE\0\0')
    return { notALoader: 'it is a DOS program' }
  if (data.readUInt16LE(pe + 24 + 68) !== efiApplication)
    return { notALoader: 'it is a Windows program or an EFI driver, not an EFI application' }
  const machine = data.readUInt16LE(pe + 4)
  const architecture = peMachines[machine]
  if (architecture === undefined)
    return {
      notALoader: `it is for a processor that Bootcast does not know (PE machine ${machine.toString(16)})`,
    }
  const isIpxe = data.includes('iPXE/%s\0') || data.includes('\0iPXE\0')
  const version = isIpxe ? versionIn(data) : sbatVersion(data)
  const features = isIpxe ? featuresIn(data, ipxeSigns) : featuresIn(data, grubSigns)
  return { platform: 'uefi', architecture, isIpxe, features, ...(version !== undefined && { version }) }
}

/**
 * shim and GRUB carry their generations as text (SBAT.md of shim), a line for each who made them what they are; the
 * second is the distribution's: `grub.debian,5,Debian,grub2,2.12-9+deb13u4,https://…`.
 */
function sbatVersion(data: Buffer): string | undefined {
  const at = data.indexOf('sbat,1,SBAT Version,')
  if (at < 0) return undefined
  const lines =
    data
      .toString('latin1', at, at + 2048)
      .split('\0', 1)[0]
      ?.split('\n') ?? []
  const versions = lines.flatMap((line) => {
    const found = /^(?:shim|grub)[\w.]*,\d+,[^,]*,[^,]*,([\w.+~-]{1,60}),/.exec(line)
    return found?.[1] === undefined ? [] : [found[1]]
  })
  return versions[1] ?? versions[0]
}

function versionIn(data: Buffer): string | undefined {
  return /\0(\d+\.\d+\.\d+[\w.+~-]{0,60})(?: \([0-9a-f]{4,12}\))?\0/.exec(data.toString('latin1'))?.[1]
}

type Signs = { readonly [Feature in LoaderFeature]?: string }

/** Names of commands, URI schemes and files stand in an EFI binary as C strings. */
const ipxeSigns: Signs = {
  https: 'https\0',
  params: '<key> [<value>]\0',
  console: 'picture\0',
  shim: 'shim\0',
  autoexec: 'autoexec.ipxe\0',
  poweroff: 'poweroff\0',
}

/** GRUB's modules lie uncompressed in its image, and so do their messages. */
const grubSigns: Signs = { proxydhcp: 'setting values from proxy offer' }

function featuresIn(data: Buffer, signs: Signs): readonly LoaderFeature[] {
  const known = Object.entries(signs) as readonly (readonly [LoaderFeature, string])[]
  return known.filter(([, sign]) => data.includes(sign, 0, 'latin1')).map(([name]) => name)
}

/**
 * A BIOS network boot program has no header. iPXE's begin with a long jump to 07c0 and say `PXE->EB` on the screen
 * (src/arch/x86/prefix/pxeprefix.S); the rest is compressed, so version and features cannot be read.
 */
function probeBios(data: Buffer): ProbedLoader | { readonly notALoader: string } {
  const jumps = data[0] === 0xea && data.readUInt16LE(3) === 0x07c0
  if (jumps && data.subarray(0, 8192).includes('PXE->EB'))
    return { platform: 'bios', architecture: 'i386', isIpxe: true, features: [] }
  return { notALoader: 'it is neither an EFI application nor an iPXE program for BIOS (undionly.kpxe)' }
}
