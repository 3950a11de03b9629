const alignment = 512
const headers = 0x80 + 24 + 240

/** A PE32+ program with these sections, as far as a reader of sections sees one. */
export function efiProgram(
  sections: Readonly<Record<string, string | Buffer>>,
  { machine = 0x8664, signature }: { readonly machine?: number; readonly signature?: string } = {},
): Buffer {
  const parts = Object.entries(sections).map(([name, bytes]) => ({ name, bytes: Buffer.from(bytes) }))
  const head = Buffer.alloc(padded(headers + parts.length * 40))
  head.write('MZ', 0, 'latin1')
  head.writeUInt32LE(0x80, 0x3c)
  head.write('PE\0\0', 0x80, 'latin1')
  head.writeUInt16LE(machine, 0x84)
  head.writeUInt16LE(parts.length, 0x86)
  head.writeUInt16LE(240, 0x80 + 20)
  head.writeUInt16LE(0x20b, 0x98)
  head.writeUInt32LE(16, 0x98 + 108)
  const bodies: Buffer[] = []
  let offset = head.length
  for (const [index, { name, bytes }] of parts.entries()) {
    const at = headers + index * 40
    head.write(name, at, 8, 'latin1')
    head.writeUInt32LE(bytes.length, at + 8)
    head.writeUInt32LE(padded(bytes.length), at + 16)
    head.writeUInt32LE(offset, at + 20)
    bodies.push(Buffer.concat([bytes], padded(bytes.length)))
    offset += padded(bytes.length)
  }
  if (signature !== undefined) {
    head.writeUInt32LE(offset, 0x98 + 112 + 32)
    head.writeUInt32LE(signature.length, 0x98 + 112 + 36)
    bodies.push(Buffer.from(signature))
  }
  return Buffer.concat([head, ...bodies])
}

const padded = (size: number) => Math.ceil(size / alignment) * alignment
