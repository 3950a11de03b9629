import { gzipSync } from 'node:zlib'

/**
 * Head of a Linux kernel for x86-64 with `size` bytes in all, as the boot protocol describes it
 * (Documentation/arch/x86/boot.rst): enough to be recognised, not to run. `fill` makes its digest another.
 */
export function bzImage(size: number, fill: number): Buffer {
  const image = Buffer.alloc(size, fill)
  const setupSectors = 4
  image.fill(0, 0, 512 * (setupSectors + 1))
  image[0x1f1] = setupSectors
  image.writeUInt32LE(Math.floor((size - 512 * (setupSectors + 1)) / 16), 0x1f4)
  image.writeUInt16LE(0xaa55, 0x1fe)
  image.writeUInt16LE(0x66eb, 0x200)
  image.write('HdrS', 0x202, 'latin1')
  image.writeUInt16LE(0x020f, 0x206)
  image.writeUInt16LE(0x0300, 0x20e)
  image[0x211] = 0x01 // LOADED_HIGH
  image.writeUInt32LE(0x0010_0000, 0x214)
  image.writeUInt32LE(0x7fff_ffff, 0x22c)
  image.writeUInt16LE(0x0001, 0x236) // XLF_KERNEL_64
  image.writeUInt32LE(2047, 0x238)
  image.write('6.1.0-bootcast (test)\0', 0x300 + 0x200, 'latin1')
  return image
}

/** An initial RAM disk with nothing in it: the closing entry of a newc archive, compressed. */
export function emptyInitrd(): Buffer {
  const name = 'TRAILER!!!\0'
  const fields = Array.from({ length: 13 }, (_, at) => (at === 4 ? 1 : at === 11 ? name.length : 0))
  const head = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`
  return gzipSync(Buffer.alloc(512).fill(head + name, 0, head.length + name.length, 'latin1'))
}
