import { inspectKernel } from './kernel.ts'
import { seemsToBe } from './seems-to-be.ts'

export const initrdHeadBytes = 64 * 1024

/** What the kernel's unpacker takes (Linux Documentation/driver-api/early-userspace/buffer-format.rst, lib/decompress.c). */
const initrdMagics: readonly string[] = [
  '070701', // cpio newc; microcode in front of the rest is one of these too
  '070702', // cpio newc with checksums
  '\x1f\x8b', // gzip
  '\xfd7zXZ\0',
  '\x28\xb5\x2f\xfd', // zstd
  '\x02\x21\x4c\x18', // lz4, legacy frame
  'BZh',
  '\x5d\0\0', // lzma
  '\x89LZO',
]

/** Why this cannot be an initial RAM disk, or `undefined` when it can. */
export function initrdRefusal(head: Buffer): string | undefined {
  const fits = initrdMagics.some((magic) =>
    head.subarray(0, magic.length).equals(Buffer.from(magic, 'latin1')),
  )
  if (fits) return undefined
  const kernel = inspectKernel(head)
  const what = 'architecture' in kernel ? `a Linux kernel for ${kernel.architecture}` : seemsToBe(head)
  return `It is ${what}, not an initial RAM disk (cpio, plain or compressed).`
}
