import { gunzipSync } from 'node:zlib'
import type { Architecture } from '../netboot-config.ts'
import { seemsToBe } from './seems-to-be.ts'

/** How much of a kernel must be read to know it, in bytes. */
export const kernelHeadBytes = 64 * 1024

export type KernelVerdict = { readonly architecture: Architecture } | { readonly refused: string }

/** Which kernel this is, from its first 64 KiB. */
export function inspectKernel(head: Buffer): KernelVerdict {
  for (const recognise of recognisers) {
    const verdict = recognise(head)
    if (verdict !== undefined) return verdict
  }
  return { refused: `It is ${seemsToBe(head)}, not a Linux kernel.` }
}

const recognisers: readonly ((head: Buffer) => KernelVerdict | undefined)[] = [
  bzImage,
  flatImage,
  efiStubImage,
  gzippedImage,
  otherProgram,
]

/** Linux Documentation/arch/x86/boot.rst: "HdrS" at 0x202, version at 0x206, xloadflags at 0x236 (from 2.12). */
function bzImage(head: Buffer): KernelVerdict | undefined {
  if (head.length < 0x240 || head.toString('latin1', 0x202, 0x206) !== 'HdrS') return undefined
  if (head.readUInt16LE(0x1fe) !== 0xaa55) return undefined
  const version = head.readUInt16LE(0x206)
  if (version < 0x0200)
    return { refused: 'It is a Linux kernel from before 1996 that cannot take an initrd.' }
  const runsIn64Bit = version >= 0x020c && (head.readUInt16LE(0x236) & 1) !== 0
  return { architecture: runsIn64Bit ? 'x86_64' : 'i386' }
}

/** Magic at 0x38 of an uncompressed Image: Documentation/arch/arm64/booting.rst, arch/riscv/boot-image-header.rst. */
const flatMagics: readonly (readonly [string, Architecture])[] = [
  ['ARM\x64', 'arm64'],
  ['RSC\x05', 'riscv64'],
]

function flatImage(head: Buffer): KernelVerdict | undefined {
  const magic = head.toString('latin1', 0x38, 0x3c)
  const architecture = flatMagics.find(([text]) => text === magic)?.[1]
  if (architecture === undefined) return undefined
  if (head.toString('latin1', 0, 2) === 'MZ') return { architecture }
  return {
    refused: `It is a Linux kernel for ${architecture} without an EFI stub (CONFIG_EFI); UEFI cannot start it.`,
  }
}

/** Machine types of PE files (Microsoft's PE format, "Machine Types"). */
const peMachines: Readonly<Record<number, Architecture>> = {
  332: 'i386',
  450: 'arm32',
  452: 'arm32',
  20580: 'riscv64',
  25188: 'loong64',
  34404: 'x86_64',
  43620: 'arm64',
}

/** The instruction set of an EFI program, from its first 4 KiB. */
export function peArchitecture(head: Buffer): Architecture | undefined {
  if (head.length < 0x40 || head.toString('latin1', 0, 2) !== 'MZ') return undefined
  const at = head.readUInt32LE(0x3c)
  if (at + 6 > head.length || head.toString('latin1', at, at + 4) !== 'PE\0\0') return undefined
  return peMachines[head.readUInt16LE(at + 4)]
}

/** At 0x38 of kernels with an EFI stub, their architecture as in the PE header (Linux include/linux/pe.h). */
const linuxPeMagic = Buffer.from([0xcd, 0x23, 0x82, 0x81])

/** A loong64 Image, an arm32 zImage; an EFI zboot image, "MZ\0\0zimg" (drivers/firmware/efi/libstub/zboot-header.S). */
function efiStubImage(head: Buffer): KernelVerdict | undefined {
  const isZboot = head.toString('latin1', 4, 8) === 'zimg'
  if (!isZboot && !head.subarray(0x38, 0x3c).equals(linuxPeMagic)) return undefined
  const architecture = peArchitecture(head)
  return architecture === undefined ? undefined : { architecture }
}

/** Image.gz, as some arm64 distributions ship it: only its first bytes are unpacked. */
function gzippedImage(head: Buffer): KernelVerdict | undefined {
  if (head[0] !== 0x1f || head[1] !== 0x8b) return undefined
  try {
    // Z_SYNC_FLUSH: the head is cut off on purpose. 4 KiB of gzip unpack to 4 MiB at the very most.
    const inner = gunzipSync(head.subarray(0, 4096), { finishFlush: 2, maxOutputLength: 8 * 1024 * 1024 })
    return flatImage(inner)
  } catch {
    return undefined // broken gzip: seemsToBe names it
  }
}

function otherProgram(head: Buffer): KernelVerdict | undefined {
  const architecture = peArchitecture(head)
  if (architecture === undefined) return undefined
  return { refused: `It is an EFI program for ${architecture}, but not a Linux kernel.` }
}
