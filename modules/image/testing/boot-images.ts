/** The first 64 KiB of a bzImage with the fields of the x86 boot protocol that matter. */
export function bzImageHead({ version = 0x020f, xloadflags = 1 } = {}): Buffer {
  const head = Buffer.alloc(64 * 1024)
  head.write('MZ', 0, 'latin1')
  head.writeUInt16LE(0xaa55, 0x1fe)
  head.write('HdrS', 0x202, 'latin1')
  head.writeUInt16LE(version, 0x206)
  head.writeUInt16LE(xloadflags, 0x236)
  return head
}

/** An uncompressed arm64 or riscv64 Image, with an EFI stub or without. */
export function flatImageHead(magic: 'ARM\x64' | 'RSC\x05', start: 'MZ' | '' = 'MZ'): Buffer {
  const head = Buffer.alloc(4096)
  head.write(start, 0, 'latin1')
  head.write(magic, 0x38, 'latin1')
  return head
}

/** A PE file for a machine type: any program, an EFI zboot kernel, or another kernel with an EFI stub. */
export function peHead(machine: number, kind: 'program' | 'zboot' | 'kernel'): Buffer {
  const head = Buffer.alloc(4096)
  head.write('MZ', 0, 'latin1')
  if (kind === 'zboot') head.write('zimg', 4, 'latin1')
  if (kind === 'kernel') head.writeUInt32LE(0x818223cd, 0x38)
  head.writeUInt32LE(0x80, 0x3c)
  head.write('PE\0\0', 0x80, 'latin1')
  head.writeUInt16LE(machine, 0x84)
  return head
}

export const gzipInitrd: Buffer = Buffer.from([
  0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
])
